// The main job as a program would do it over HTTP, on the real thing: a list with faults in it, a
// limit, a provider that counts, and a power cut.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startServer } from "../server.mjs";
import { startProvider } from "./provider.mjs";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LIMIT = 120;
const GOOD = 301;

let provider;
let server;
let state;
before(async () => {
  state = mkdtempSync(join(tmpdir(), "tidegate-main-job-"));
  provider = await startProvider();
  server = await startServer({ state });
});
after(async () => {
  await server.kill();
  await provider.close();
  rmSync(state, { recursive: true, force: true });
});

async function api(method, path, body, type = "application/json") {
  const response = await fetch(`${server.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${server.key}`, "content-type": type },
    body: typeof body === "object" ? JSON.stringify(body) : body,
  });
  const answer = await response.json();
  assert.ok(response.ok, JSON.stringify(answer));
  return answer;
}

/** 301 good rows, three bad ones and two duplicates, as a spreadsheet writes them. */
function people() {
  const rows = Array.from({ length: GOOD }, (_, index) => `"Person ${index}, Esq.",+336120${String(index).padStart(5, "0")}`);
  rows.splice(40, 0, "Nobody,not a number");
  rows.splice(90, 0, "Short,+331");
  rows.push("Again,+33612000007", "And again,+33 6 12 00 00 08", "Too,many,fields");
  return `\uFEFFname,phone\r\n${rows.join("\r\n")}\r\n`;
}

const instantsOf = (plan) =>
  plan.runs.flatMap(({ start, count, every }) => Array.from({ length: count }, (_, index) => start + index * every));

test("exactly the limit goes, at the instants of the plan, and a power cut changes nothing", async () => {
  const sender = await api("POST", "senders", {
    name: "Front desk",
    channel: "sms",
    provider: { kind: "webhook", url: `${provider.url}/hook` },
    policy: { time_zone: "Europe/Paris", limits: [{ max: LIMIT, rolling: "24h" }] },
  });
  const { id, status } = await api("POST", "campaigns", {
    name: "Term dates",
    sender_id: sender.id,
    content: { text: "Hello {{name}}" },
  });
  assert.equal(status, "draft");

  const list = await api("POST", `campaigns/${id}/recipients?file_name=people.csv`, people(), "text/csv");
  assert.deepEqual([list.accepted, list.duplicates], [GOOD, 2]);
  assert.deepEqual(list.rejected.map(({ line }) => line), [42, 92, 307]);

  const plan = await api("POST", `campaigns/${id}/plan`);
  const promised = instantsOf(plan);
  assert.equal(promised.length, GOOD);
  await api("POST", `campaigns/${id}/schedule`, { version: list.version });
  await sleep(promised[LIMIT - 1] - Date.now() + 3_000);

  const posts = provider.posts.toSorted((one, other) => one.atMs - other.atMs);
  assert.equal(posts.length, LIMIT);
  assert.equal(new Set(posts.map(({ body }) => body.to)).size, LIMIT, "nobody twice");
  for (const [index, { atMs, headers, body }] of posts.entries()) {
    const lateMs = atMs - promised[index];
    assert.ok(lateMs >= -50 && lateMs < 2_500, `message ${index} came ${lateMs} ms after its instant`);
    assert.equal(headers["idempotency-key"], body.id);
    assert.ok(body.text.startsWith("Hello Person "), body.text);
    assert.ok(body.callback_url.startsWith(`${server.url}/api/v1/receipts/`), body.callback_url);
  }

  const before = await campaignAtRest(id);
  assert.deepEqual(
    [before.status, before.progress.sent, before.progress.queued, before.progress.total],
    ["in_progress", LIMIT, GOOD - LIMIT, GOOD],
  );
  const [reason] = before.waiting.because;
  assert.equal(reason.code, "rolling_limit");
  assert.match(reason.text, /^120 of 120 sent in the last 24 h; the next place frees at /);
  assert.equal(before.waiting.until, promised[LIMIT]);
  assert.equal(promised[LIMIT], promised[0] + DAY_MS);

  // A receipt reaches the message it is for.
  const receipt = await fetch(posts[0].body.callback_url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ status: "delivered" }),
  });
  assert.equal(receipt.status, 204);

  await server.kill();
  server = await startServer({ state });
  // Past the next firing of the cron.
  await sleep(MINUTE_MS - (Date.now() % MINUTE_MS) + 4_000);
  assert.equal(provider.posts.length, LIMIT, "nothing is sent again");
  const after = await api("GET", `campaigns/${id}`);
  assert.deepEqual(after.progress, { ...before.progress, delivered: 1 });
  assert.deepEqual(after.waiting, before.waiting);
  const { items } = await api("GET", `campaigns/${id}/messages?status=delivered`);
  assert.deepEqual(items.map(({ to }) => to), [posts[0].body.to]);
});

/** The campaign once no message of it is being handed over. */
async function campaignAtRest(id) {
  for (;;) {
    const campaign = await api("GET", `campaigns/${id}`);
    if (campaign.progress.sending === 0 && campaign.waiting) return campaign;
    await sleep(200);
  }
}

// What a team asks for each person and for all its senders, on the real runtime: how often somebody is
// written to over all campaigns, in which hours, and what it costs in rows of D1.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { startTidegate } from "./harness.mjs";

const HOUR_MS = 3_600_000;
const PEOPLE = 60;

let tidegate;
before(async () => (tidegate = await startTidegate({ counts: true })));
beforeEach(() => tidegate.reset());
after(() => tidegate.stop());

async function ok(method, path, body, headers = {}) {
  const answer = await tidegate.api(method, `/api/v1/${path}`, body, { headers });
  assert.ok(answer.status < 300, JSON.stringify(answer.body));
  return answer.body;
}

async function sender() {
  const provider = { kind: "webhook", url: `${tidegate.provider.url}/hook`, per_second: 20 };
  return ok("POST", "senders", { name: "Front desk", channel: "sms", provider, policy: {} });
}

async function campaign(from, people = PEOPLE) {
  const made = await ok("POST", "campaigns", { name: "News", sender_id: from.id, content: { text: "Hello" } });
  const rows = Array.from({ length: people }, (_, index) => `+336120${String(index).padStart(5, "0")}\n`);
  const type = { "content-type": "text/csv" };
  await ok("POST", `campaigns/${made.id}/recipients?file_name=a.csv`, `phone\n${rows.join("")}`, type);
  return made;
}

const shown = (id) => ok("GET", `campaigns/${id}`);

/** Rows written and read since the last call. */
async function spent() {
  const tallies = await tidegate.tallies();
  const sum = (key) => tallies.reduce((sum, tally) => sum + tally[key], 0);
  return { written: sum("written"), read: sum("read") };
}

/** What is sent "now" starts within half a minute, for which nobody has to wait here. */
async function beginNow() {
  const { first } = await tidegate.db.prepare("SELECT min(start_ms) AS first FROM handovers WHERE done = 0").first();
  const early = Math.max(0, first - Date.now() - 1_500);
  await new Promise((resolve) => setTimeout(resolve, early));
}

async function settled(id, wanted) {
  await beginNow();
  const until = async () => {
    await tidegate.tick(Date.now());
    return wanted(await shown(id));
  };
  return tidegate.until(until, { timeoutMs: 90_000, everyMs: 1_000 });
}

test("nobody gets more than their team lets one person get, and who has to wait is not lost", async (t) => {
  const from = await sender();
  const plain = await campaign(from);
  await spent();
  await ok("POST", `campaigns/${plain.id}/schedule`, {});
  await settled(plain.id, ({ status }) => status === "completed");
  const without = await spent();
  const kept = () => tidegate.db.prepare("SELECT count(*) AS n FROM person_sends").first();
  assert.equal((await kept()).n, 0, "a team that asks for nothing pays for nothing");

  const person_policy = { limits: [{ max: 1, rolling: "24h" }] };
  const team = await ok("PATCH", "teams/team_main", { person_policy });
  assert.deepEqual(team.person_policy, person_policy);
  tidegate.provider.posts.length = 0;
  const first = await campaign(from);
  await spent();
  await ok("POST", `campaigns/${first.id}/schedule`, {});
  await settled(first.id, ({ status }) => status === "completed");
  const within = await spent();
  assert.equal((await kept()).n, PEOPLE);
  t.diagnostic(`rows written a message: ${without.written / PEOPLE} without limits, ${within.written / PEOPLE} with`);

  const second = await campaign(from, PEOPLE + 5);
  const estimate = await ok("GET", `campaigns/${second.id}/estimate`);
  assert.deepEqual(estimate.at_their_limit, { people: PEOPLE, looked_at: PEOPLE + 5 });
  await spent();
  await ok("POST", `campaigns/${second.id}/schedule`, {});
  const held = await settled(second.id, ({ progress, waiting }) => progress.sent === 5 && waiting && { progress, waiting });
  const put = await spent();
  t.diagnostic(`rows written a message that is put off: ${put.written / PEOPLE}`);
  assert.ok(put.written <= 1.5 * PEOPLE, "who is put off costs less than who is written to");
  assert.equal(held.progress.skipped, 0);
  assert.equal(held.waiting.because[0].code, "person_limit");
  assert.ok(held.waiting.until > Date.now() + 23 * HOUR_MS && held.waiting.until < Date.now() + 25 * HOUR_MS);
  const { n, rows } = await tidegate.db.prepare("SELECT sum(count) AS n, count(*) AS rows FROM backlog").first();
  assert.ok(n === PEOPLE && rows <= PEOPLE / 3, `one row for each group of six, until a tick joins them: ${n} in ${rows}`);

  const by = new Map();
  for (const { body } of tidegate.provider.posts) by.set(body.to, (by.get(body.to) ?? 0) + 1);
  assert.deepEqual([by.size, Math.max(...by.values())], [PEOPLE + 5, 1]);
});

test("[S3.4] what falls into a time that its team blocks is held, shown as Blocked Time, and can be moved or left to roll", async () => {
  const from = await sender();
  const held = await campaign(from, 3);
  const moved = await campaign(from, 3);
  const at = Date.now() + 2 * HOUR_MS;
  const text = (ms) => new Date(ms).toISOString();
  // Blocked around the time that was chosen.
  const blocked = [{ name: "Stock-taking", from: text(at - HOUR_MS), to: text(at + HOUR_MS) }];
  await ok("PATCH", "teams/team_main", { policy: { blocked } });
  for (const { id } of [held, moved]) await ok("POST", `campaigns/${id}/schedule`, { at });

  // It rolls to the end of the blocked time, and says so before anybody presses send.
  const { plan, status } = await shown(held.id);
  assert.equal(status, "scheduled");
  assert.ok(plan.first >= at + HOUR_MS && plan.first < at + HOUR_MS + 5_000, `${plan.first - at}`);
  // Once nothing but the team's rule holds it, that is what it waits for: `Blocked Time` in the words of
  // that list (tests/lexicon/exact_words.rs has layer and code).
  await ok("POST", `campaigns/${held.id}/schedule`, { at: Date.now() + 6 * 60_000 });
  const now = { from: text(Date.now() - HOUR_MS), to: text(Date.now() + 3 * HOUR_MS) };
  await ok("PATCH", "teams/team_main", { policy: { blocked: [{ name: "Stock-taking", ...now }] } });
  const because = (await shown(held.id)).waiting.because.find(({ layer }) => layer === "team");
  assert.equal(because.code, "blocked_time");
  assert.ok(because.text.includes("Stock-taking"), because.text);

  // It can be moved out of it, or left to roll.
  const free = Date.now() + 4 * HOUR_MS;
  const rescheduled = await ok("POST", `campaigns/${moved.id}/schedule`, { at: free });
  assert.equal(rescheduled.plan.first, free);
  assert.equal(tidegate.provider.posts.length, 0);
});

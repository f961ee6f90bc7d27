// What a campaign costs in rows of D1, which is the bill. Every row is counted that the Worker wrote
// or read for the whole job, from the first request to the last receipt, by what D1 itself says of
// each statement; see counted.mjs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTidegate } from "./harness.mjs";

/** Slow enough for a machine that is busy with other things. */
const PEOPLE = 400;
const PER_SECOND = 20;
/** Where it is too busy even so, messages come back and are handed over anew, which is another thing to measure. */
const TRIES = 3;

let tidegate;
before(async () => {
  tidegate = await startTidegate({ counts: true });
});
after(() => tidegate.stop());

test("a delivered message costs 2.5 rows written where receipts come in bulk, and 3.5 one by one", async (t) => {
  const { provider, db } = tidegate;
  let id;
  let setUp;
  let sent;
  for (let tries = 1; ; tries += 1) {
    await tidegate.reset();
    await spent();
    ({ id } = await campaign(PEOPLE, { kind: "webhook", url: `${provider.url}/send`, per_second: PER_SECOND }));
    setUp = await spent();
    await beginNow();
    await completed(id);
    sent = await spent();
    const { released } = await db.prepare("SELECT sum(count) AS released FROM handovers").first();
    if (released === PEOPLE) break;
    assert.ok(tries < TRIES, `messages came back in ${tries} of ${tries} campaigns: the machine is too busy`);
  }

  const callbacks = provider.posts.map(({ body }) => body.callback_url);
  const [half, rest] = [callbacks.slice(0, PEOPLE / 2), callbacks.slice(PEOPLE / 2)];
  await post("receipts", half.map((callback) => ({ callback, status: "delivered" })));
  const inBulk = await spent();
  await inTens(rest, (callback) => post(new URL(callback, "http://tidegate.test").pathname.slice(8), { status: "delivered" }));
  const oneByOne = await spent();

  const { progress } = await shown(id);
  assert.deepEqual([progress.sent, progress.delivered], [PEOPLE, PEOPLE]);
  const rows = {
    "set up, in all": each(setUp, 1),
    sent: each(sent, PEOPLE),
    "receipt in bulk": each(inBulk, half.length),
    "receipt alone": each(oneByOne, rest.length),
  };
  t.diagnostic(`rows a message: ${JSON.stringify(rows)}`);
  assert.ok(rows["set up, in all"].written <= 60 + 3 * (PEOPLE / 100), "made, imported, scheduled, planned");
  assert.ok(rows.sent.written <= 1.45, "handed over");
  assert.ok(rows["receipt in bulk"].written <= 1.01);
  assert.ok(rows["receipt alone"].written <= 2);
  // Measured: 6 to record an outcome, 2 each for its row, the opt-outs, who sent it, and this test's looks.
  assert.ok(rows.sent.read <= 21 && rows["receipt in bulk"].read <= 10 && rows["receipt alone"].read <= 16);
  const queries = Math.max(...[...setUp, ...sent].map((tally) => tally.queries));
  t.diagnostic(`at most ${queries} queries an invocation`);
  assert.ok(queries <= 1_000, "what D1 allows an invocation");

  // What the figures are good for: an index on a hot column would be seen.
  await db.prepare("CREATE INDEX too_much ON messages (campaign_seq, status)").run();
  await db.prepare("UPDATE messages SET status = 'sent', delivered_ms = NULL").run();
  await db.prepare("UPDATE campaigns SET delivered = 0").run();
  await spent();
  await post("receipts", half.map((callback) => ({ callback, status: "delivered" })));
  assert.ok(each(await spent(), half.length).written >= 2);
});

/** Ticks now and then until the campaign is completed: what came back is released again. */
async function completed(id) {
  const end = Date.now() + 240_000;
  for (let tick = Date.now() + 30_000; (await shown(id)).status !== "completed"; ) {
    assert.ok(Date.now() < end, "the campaign is completed within four minutes");
    if (Date.now() > tick) {
      await tidegate.tick(Date.now());
      tick = Date.now() + 30_000;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** What the invocations since the last call asked of the database. */
function spent() {
  return tidegate.tallies();
}

/** Rows written and read, of all of these invocations together, a message. */
function each(tallies, messages) {
  const sum = (key) => tallies.reduce((sum, tally) => sum + tally[key], 0) / messages;
  return { written: sum("written"), read: sum("read") };
}

async function post(path, body, type = "application/json") {
  const { status, body: answer } = await tidegate.api("POST", `/api/v1/${path}`, body, { headers: { "content-type": type } });
  assert.ok(status < 300, JSON.stringify(answer));
  return answer;
}

async function shown(id) {
  return (await tidegate.api("GET", `/api/v1/campaigns/${id}`)).body;
}

async function campaign(count, provider) {
  const sender = await post("senders", { name: "Shop", channel: "sms", provider, policy: {} });
  const made = await post("campaigns", { name: "Sale", sender_id: sender.id, content: { text: "Hi {{name}}" } });
  const rows = Array.from({ length: count }, (_, row) => `Person ${row},+3364${String(row).padStart(7, "0")}\n`);
  await post(`campaigns/${made.id}/recipients?file_name=a.csv`, `name,phone\n${rows.join("")}`, "text/csv");
  await post(`campaigns/${made.id}/schedule`, {});
  return made;
}

/** What is sent "now" starts within half a minute, for which nobody has to wait here. */
async function beginNow() {
  const { db } = tidegate;
  const { first } = await db.prepare("SELECT min(start_ms) AS first FROM handovers").first();
  const early = first - Date.now() - 1_500;
  await db
    .prepare(
      `UPDATE handovers SET start_ms = start_ms - ?1, items =
         (SELECT json_group_array(json_set(value, '$.start', CAST((value ->> 'start') - ?1 AS INTEGER))) FROM json_each(items))`,
    )
    .bind(early)
    .run();
  const { results } = await db.prepare("SELECT sender_seq, tick_no, slice FROM handovers ORDER BY start_ms").all();
  // Each call returns when its slice is done.
  return Promise.all(results.map((slice) => tidegate.deliver([slice])));
}

async function inTens(items, act) {
  const rest = items.values();
  const worker = async () => {
    for (const item of rest) await act(item);
  };
  await Promise.all(Array.from({ length: 10 }, worker));
}

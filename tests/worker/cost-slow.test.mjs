// What a message costs where a sender is slow: a tick, a slice and a claim for each, instead of for a
// hundred. Counted like everything in cost.test.mjs.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTidegate } from "./harness.mjs";

const MINUTE_MS = 60_000;
const MESSAGES = 8;
/** What has its turn in a minute of the hour, whatever is sent: it would cost in all of these ticks, or in none. */
const HOURLY = /^(DELETE FROM (handovers|ledger|dead_letters|idempotency)|WITH first AS .* FROM attachments)/;

let tidegate;
before(async () => {
  tidegate = await startTidegate({ counts: true });
});
after(() => tidegate.stop());

test("a message of a sender that sends one a minute costs 13 rows written", async (t) => {
  const { provider, db } = tidegate;
  const ok = async (path, body, type = "application/json") => {
    const answer = await tidegate.api("POST", `/api/v1/${path}`, body, { headers: { "content-type": type } });
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  };
  const webhook = { kind: "webhook", url: `${provider.url}/send` };
  const sender = await ok("senders", { name: "Shop", channel: "sms", provider: webhook, policy: { gap: "1m" } });
  const { id } = await ok("campaigns", { name: "Sale", sender_id: sender.id, content: { text: "Hi" } });
  const rows = Array.from({ length: MESSAGES + 3 }, (_, row) => `+3364000000${row}\n`);
  await ok(`campaigns/${id}/recipients?file_name=a.csv`, `phone\n${rows.join("")}`, "text/csv");
  await ok(`campaigns/${id}/schedule`, {});
  // People are put into the index once, whatever the sender's pace.
  await tidegate.tick(Date.now());
  await tidegate.tallies();

  // As if the minutes had passed: each tick commits one message.
  const committed = async () => (await db.prepare("SELECT coalesce(sum(count), 0) AS n FROM handovers").first()).n;
  const first = await committed();
  for (let minute = 1; (await committed()) < first + MESSAGES; minute += 1) await tidegate.tick(Date.now() + minute * MINUTE_MS);
  const ticked = each((await tidegate.tallies()).map(withoutHourly));

  const { results } = await db.prepare("SELECT sender_seq, tick_no, slice FROM handovers ORDER BY start_ms").all();
  const slices = results.slice(first);
  for (const slice of slices) {
    await db
      .prepare(
        `UPDATE handovers SET start_ms = ?4, items = json_array(json_set(items -> '$[0]', '$.start', CAST(?4 AS INTEGER)))
         WHERE sender_seq = ?1 AND tick_no = ?2 AND slice = ?3`,
      )
      .bind(slice.sender_seq, slice.tick_no, slice.slice, Date.now() + 300)
      .run();
    await tidegate.tallies();
    await tidegate.handOver(slice);
    slice.tallies = await tidegate.tallies();
  }
  assert.equal(provider.posts.length, MESSAGES);
  const handed = each(slices.flatMap(({ tallies }) => tallies));
  t.diagnostic(`rows a message: tick ${JSON.stringify(ticked)}, handed over ${JSON.stringify(handed)}`);
  assert.ok(ticked.written <= 5.2, "its slice with an index, the sender, the campaign's cursor, the ledger");
  assert.ok(handed.written <= 8.2, "lease, claim, outcome, message; the slice's end, and two counters");
  assert.ok(ticked.read <= 70 && handed.read <= 60);
});

/** What an invocation asked of the database but for what it does once an hour. */
function withoutHourly({ statements, read, written }) {
  for (const [sql, one] of Object.entries(statements)) {
    if (HOURLY.test(sql)) {
      read -= one.read;
      written -= one.written;
    }
  }
  return { read, written };
}

/** Rows written and read, of all of these invocations together, a message. */
function each(tallies) {
  const sum = (key) => tallies.reduce((sum, tally) => sum + tally[key], 0) / MESSAGES;
  return { written: sum("written"), read: sum("read") };
}

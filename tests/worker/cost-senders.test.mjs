// A tick over a thousand senders stays far below what an invocation has, and one of them that cannot be
// ticked holds nobody else up.
import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { fill } from "../../benches/dispatch/senders.mjs";
import { startTidegate } from "./harness.mjs";

const SENDERS = 1_000;

let tidegate;
before(async () => {
  tidegate = await startTidegate({ counts: true });
});
after(() => tidegate.stop());
beforeEach(() => tidegate.reset());

test("a tick over a thousand senders with work takes few queries, and bounded rows", async (t) => {
  const { db } = tidegate;
  await fill(db, SENDERS);
  await tidegate.tallies();
  const began = performance.now();
  await tidegate.tick(Date.now());
  const seconds = (performance.now() - began) / 1_000;
  const [tick] = await tidegate.tallies();
  const { ticked, released } = await db
    .prepare("SELECT (SELECT count(*) FROM senders WHERE tick_no = 1) AS ticked, (SELECT sum(cursor) FROM campaigns) AS released")
    .first();
  t.diagnostic(`${seconds.toFixed(2)} s, ${tick.queries} queries, ${tick.written} rows written, ${tick.read} read, ${released} messages`);
  assert.equal(ticked, SENDERS);
  assert.ok(released >= 10 * SENDERS, "each has a minute and more of messages to send");
  // A sixtieth of the senders have their turn to forget what is old, with two queries each.
  assert.ok(tick.queries <= 100, "an invocation has 1,000");
  assert.ok(tick.read <= 150 * SENDERS, "no statement looks at every sender for each");
  assert.ok(tick.written <= 30 * SENDERS);
});

test("senders whose state cannot be read are named, and all others are ticked", async () => {
  const { db, logs } = tidegate;
  await fill(db, 100);
  await db.prepare("UPDATE senders SET policy = '{\"gap\": \"no time\"}' WHERE seq IN (17, 64)").run();
  await tidegate.tallies();
  await tidegate.tick(Date.now());
  const [tick] = await tidegate.tallies();
  const { ticked } = await db.prepare("SELECT count(*) AS ticked FROM senders WHERE tick_no = 1").first();
  assert.equal(ticked, 98);
  assert.ok(tick.queries <= 1_000);
  const said = logs.map((log) => log.message).join("\n");
  for (const seq of [17, 64]) assert.match(said, new RegExp(`senders \\[${seq}\\]: .*stored policy is not valid`));
});

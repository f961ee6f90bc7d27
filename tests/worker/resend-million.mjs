// A campaign of a million people sent again to the half that did not open it, on workerd: queries, rows, time, CPU
// and memory of each invocation. Takes a minute, so no suite runs it.
//
//     node scripts/build.mjs worker && node tests/worker/resend-million.mjs [people]
import assert from "node:assert/strict";
import { startTidegate } from "./harness.mjs";
import { LARGE_ID, grow } from "./size.mjs";
import { cpuSeconds, peakMegabytes } from "./usage.mjs";

const PEOPLE = Number(process.argv[2] ?? 1_000_000);
const nothing = { contacts: 0, people: 0, large: 0, small: 0, singles: 0 };

const tidegate = await startTidegate({ counts: true });
await tidegate.api("POST", "/api/v1/senders", { name: "Shop", channel: "sms", provider: { kind: "sandbox" }, policy: {} });
const sender = await tidegate.db.prepare("SELECT seq, id FROM senders").first();
await grow(tidegate.db, sender, nothing, { ...nothing, people: PEOPLE, large: 1 });
console.log(`${PEOPLE} people are there; workerd has had ${peakMegabytes()} MB at its peak`);

const resends = `/api/v1/campaigns/${LARGE_ID}/resends`;
await invocation("count", () => tidegate.api("POST", `${resends}/count`, { to: "not_opened" }));
await invocation("resend", () => tidegate.api("POST", resends, { to: "not_opened" }));
let resend;
for (let sweep = 1; sweep < 20; sweep += 1) {
  const { body } = await tidegate.api("GET", resends);
  resend = body.items.at(-1);
  if (resend.state === "ready") break;
  // As if it had stood still: the sweep takes it up.
  await tidegate.db.prepare("UPDATE resends SET moved_ms = 0").run();
  await invocation(`sweep ${sweep}`, () => tidegate.tick(Date.now()));
}
assert.deepEqual([resend.state, resend.looked_at], ["ready", PEOPLE]);
const { people } = await tidegate.db.prepare("SELECT sum(count) AS people FROM people WHERE campaign_seq <> 100000000").first();
assert.equal(people, resend.people);
console.log(`${resend.people} people are taken`);
await tidegate.stop();

async function invocation(what, run) {
  await tidegate.tallies();
  const [cpu, began] = [cpuSeconds(), performance.now()];
  await run();
  const seconds = (performance.now() - began) / 1000;
  const used = cpuSeconds() - cpu;
  const [tally] = await tidegate.tallies();
  assert.ok(tally.queries < 1_000, `${tally.queries} queries`);
  console.log(
    `${what}: ${tally.queries} queries in ${tally.batches} batches, ${tally.read} rows read, ${tally.written} written, ` +
      `${seconds.toFixed(1)} s, ${used.toFixed(1)} s of CPU with the database's, ${peakMegabytes()} MB at the peak`,
  );
}

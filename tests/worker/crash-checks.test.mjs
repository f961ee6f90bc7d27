// The checks of the crash test, held to evidence that is right and to evidence with one fault in it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { checks, verdict } from "./crash-checks.mjs";

const PEOPLE = 40;
const GAP_MS = 100;
const START = Date.UTC(2026, 10, 23, 9);
const KILL = 20;

const key = (ordinal) => `cmp_x-${ordinal}`;
const to = (ordinal) => `+336${12_000_000 + ordinal}`;
const all = Array.from({ length: PEOPLE }, (_, ordinal) => ordinal);

/**
 * A campaign that was killed with messages 18 to 23 claimed, of which 18 to 20 had arrived, and later
 * paused with message 30 in flight. One that deduplicates gets those six again at the end.
 */
function good(deduplicates) {
  const doubted = [18, 19, 20, 21, 22, 23];
  const again = deduplicates ? doubted : [];
  const post = (ordinal, atMs) => ({ key: key(ordinal), to: to(ordinal), atMs, answeredMs: atMs + 4, repeated: false });
  const first = all.filter((ordinal) => ordinal <= KILL || ordinal > 23).map((ordinal) => post(ordinal, START + ordinal * GAP_MS + 20));
  const second = again.map((ordinal, index) => ({ ...post(ordinal, START + 9_000 + index * GAP_MS), repeated: ordinal <= KILL }));
  const status = (ordinal) => (!deduplicates && doubted.includes(ordinal) ? "unknown" : ordinal === 5 ? "delivered" : ordinal === 6 ? "failed" : "sent");
  const plannedMs = (ordinal) => (again.includes(ordinal) ? START + 9_000 + (ordinal - 18) * GAP_MS : START + ordinal * GAP_MS);
  const listing = all.map((ordinal) => ({ ordinal, status: status(ordinal), planned_at: plannedMs(ordinal) }));
  const count = (...names) => listing.filter((message) => names.includes(message.status)).length;
  const killedAt = START + KILL * GAP_MS + 60;
  return {
    deduplicates,
    messages: PEOPLE,
    rules: { max: 30, rollingMs: 2_900, gapMs: GAP_MS },
    posts: [...first, ...second],
    receipts: [[key(5), "delivered"], [key(6), "failed"]],
    kills: [
      {
        atMs: killedAt,
        posts: KILL + 1,
        remains: {
          cursor: PEOPLE,
          counted: 18,
          recorded: all.slice(0, 18).map((ordinal) => [ordinal, "sent"]),
          slices: [
            { id: "1-0", positions: all.slice(0, 30), claimed: 24, settled: 18 },
            { id: "1-1", positions: all.slice(30, 38), claimed: 0, settled: 0 },
          ],
          backlog: [38, 39],
          inDoubt: doubted,
        },
      },
    ],
    pauses: [{ atMs: START + 3_010, untilMs: START + 3_110, inFlight: 1 }],
    page: {
      status: "completed",
      progress: {
        total: PEOPLE,
        queued: 0,
        sending: 0,
        sent: count("sent", "delivered"),
        delivered: 1,
        failed: 1,
        skipped: 0,
        cancelled: 0,
        unknown: count("unknown"),
      },
    },
    listing,
  };
}

const nth = (evidence, ordinal) => evidence.posts.find((post) => post.key === key(ordinal));
const addPost = (evidence, ordinal, atMs) => evidence.posts.push({ ...nth(evidence, ordinal), atMs });

const crowd = (evidence, count) => {
  for (let index = 0; index < count; index += 1) addPost(evidence, 18, START + 30_000 + index);
};

/** One fault each, and the check that has to find it. */
const faults = [
  ["the campaign is completed", "it is still under way", (e) => (e.page.status = "in_progress")],
  ["the campaign is completed", "people are missing from it", (e) => (e.page.progress.total -= 1)],
  ["nobody twice", "a message that was in no doubt comes again", (e) => addPost(e, 3, START + 12_000)],
  ["nobody twice", "a message in doubt comes again before anybody died", (e) => addPost(e, 18, START + 1_900)],
  ["nobody twice", "a person has two messages", (e) => (nth(e, 4).to = to(3))],
  ["nobody twice", "one that does not deduplicate gets a message in doubt again", (e) => addPost(e, 18, START + 9_000), false],
  ["nobody lost", "somebody who is sent never got it", (e) => e.posts.splice(e.posts.indexOf(nth(e, 9)), 1)],
  ["nobody lost", "somebody is left in the queue", (e) => (e.listing[9].status = "queued")],
  ["nobody lost", "one that deduplicates leaves somebody unknown", (e) => (e.listing[18].status = "unknown")],
  ["only what was in flight at a kill is in doubt", "a message is unknown for no reason", (e) => (e.listing[9].status = "unknown"), false],
  ["only what was in flight at a kill is in doubt", "two groups of a slice are in doubt", (e) => (e.kills[0].remains.slices[0].claimed = 30)],
  ["a POST is claimed before it begins", "the claim is not recorded", (e) => (e.kills[0].remains.inDoubt = [])],
  ["each kill leaves everybody in one place", "the backlog forgets somebody", (e) => e.kills[0].remains.backlog.pop()],
  ["each kill leaves everybody in one place", "somebody is in a slice and in the backlog", (e) => e.kills[0].remains.backlog.push(31)],
  ["each kill leaves everybody in one place", "an outcome is counted twice", (e) => (e.kills[0].remains.counted += 1)],
  ["the counts add up", "one too many is counted", (e) => (e.page.progress.sent += 1)],
  ["the counts add up", "a delivery is not counted", (e) => (e.page.progress.delivered = 0)],
  ["the counts add up", "somebody is missing from the list", (e) => e.listing.pop()],
  ["a receipt that was acknowledged is kept", "it is forgotten", (e) => (e.listing[5].status = "sent")],
  ["the limit holds", "one more than the limit is promised", (e) => (e.rules.max = 28), false],
  ["the limit holds", "one more than the limit comes", (e) => crowd(e, 41), true, { max: 40, rollingMs: 3_900 }],
  ["the gap holds", "two are promised too close together", (e) => (e.listing[9].planned_at -= 1)],
  ["the gap holds", "all come in a burst", (e) => e.posts.forEach((post, index) => (post.atMs = START + index))],
  ["a POST comes at its instant", "one comes before", (e) => (nth(e, 9).atMs -= 200)],
  ["a POST comes at its instant", "one comes much later", (e) => (nth(e, 9).atMs += 3_500)],
  ["nothing goes after a pause is acknowledged", "one comes that was not in flight", (e) => addPost(e, 30, START + 3_050)],
  [
    "nothing goes after a pause is acknowledged",
    "one of the dead is taken for one in flight",
    (e) => {
      const [kill] = e.kills;
      e.kills.push({ ...kill, atMs: START + 3_120 });
    },
  ],
];

for (const deduplicates of [true, false]) {
  test(`a good round holds${deduplicates ? ", the provider deduplicating" : ""}`, () => {
    assert.deepEqual(verdict(good(deduplicates)), []);
  });
}

for (const [check, fault, doctor, deduplicates = true, rules = {}] of faults) {
  test(`${check}: it shows when ${fault}`, () => {
    const evidence = good(deduplicates);
    Object.assign(evidence.rules, rules);
    assert.deepEqual(checks[check](evidence), []);
    doctor(evidence);
    assert.ok(checks[check](evidence).length > 0);
  });
}

test("there is no check without a fault that it finds", () => {
  assert.deepEqual(new Set(faults.map(([check]) => check)), new Set(Object.keys(checks)));
});

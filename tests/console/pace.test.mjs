// Planned against actual on a campaign's page: what is drawn, and what is said.
import assert from "node:assert/strict";
import { test } from "node:test";
import { consoleModules } from "./modules.mjs";

const modules = await consoleModules(
  "campaign/progress-picture.ts",
  "campaign/words.ts",
  "plan/draft-request.ts",
  "plan/picture.ts",
  "zone.ts",
);
const { engine, pastPicture, progressPicture, promisedRuns, hourlyRuns, gaps, lanesOf, layersOf, draftRequest } = modules;
const { gapSentence, changeSentence, lateSentence, wallClock } = modules;

const MINUTE_MS = 60_000;
const NOON = Date.parse("2026-11-24T12:00:00Z");
const clock = wallClock("UTC", NOON);
const one = (start) => ({ start, count: 1, every: 0 });

test("a finished campaign shows what was promised around what was sent, day by day", () => {
  const promised = promisedRuns({ runs: [[NOON, 12, 2 * 60 * MINUTE_MS]] });
  const sent = [0, 1, 2, 3].map((n) => one(NOON + n * MINUTE_MS));
  const picture = pastPicture(sent, promised, clock);
  assert.deepEqual(picture.promised, [{ start: NOON, count: 12, every: 2 * 60 * MINUTE_MS }]);
  assert.deepEqual(picture.days, [
    { day: Date.parse("2026-11-24T00:00:00Z"), count: 4, planned: 6 },
    { day: Date.parse("2026-11-25T00:00:00Z"), count: 0, planned: 6 },
  ]);
});

test("a day that went as planned is not compared, and without a promise none is", () => {
  const sent = [one(NOON), one(NOON + MINUTE_MS)];
  const day = Date.parse("2026-11-24T00:00:00Z");
  const asPlanned = pastPicture(sent, promisedRuns({ runs: [[NOON, 2, MINUTE_MS]] }), clock);
  assert.deepEqual(asPlanned.days, [{ day, count: 2 }]);
  assert.deepEqual(pastPicture(sent, promisedRuns(null), clock).days, [{ day, count: 2 }]);
});

test("what is still ahead is drawn as it is planned now, not as it was promised once", () => {
  const outlook = {
    shared: [{ name: "sender", policy: { gap: "10m" }, history: [] }],
    groups: [],
    lanes: [{ name: "cmp_1", layers: [{ name: "campaign", policy: {}, history: [] }], count: 3 }],
    order: "in_turn",
    now: NOON,
    starts_at: NOON,
  };
  const promised = promisedRuns({ runs: [[NOON - 30 * MINUTE_MS, 6, 10 * MINUTE_MS]] });
  const sent = [one(NOON - 30 * MINUTE_MS), one(NOON - 20 * MINUTE_MS), one(NOON - 10 * MINUTE_MS)];
  const picture = progressPicture(outlook, [0], sent, promised, clock);
  assert.deepEqual(picture.promised, [{ start: NOON - 30 * MINUTE_MS, count: 3, every: 10 * MINUTE_MS }]);
  assert.deepEqual(
    picture.mine.map(({ start, count }) => [start, count]),
    [[NOON, 3]],
  );
  assert.deepEqual(picture.days, [{ day: Date.parse("2026-11-24T00:00:00Z"), count: 6 }]);
});

test("a campaign in several zones is one picture of all its lanes", () => {
  const hours = (time_zone) => [{ name: "recipient", policy: { time_zone, windows: [{ from: "09:00", to: "18:00" }] } }];
  const outlook = {
    shared: [{ name: "sender", policy: { gap: "10m" }, history: [] }],
    groups: [{ name: "cmp_1", layers: [{ name: "campaign", policy: { gap: "1h" }, history: [NOON - 30 * MINUTE_MS] }] }],
    lanes: [
      { name: "cmp_2", layers: [], count: 1 },
      { name: "cmp_1", group: 0, layers: hours("Europe/Paris"), count: 2 },
      { name: "cmp_1", group: 0, layers: hours("America/New_York"), count: 3 },
    ],
    order: "fair",
    now: NOON,
    starts_at: NOON,
  };
  const own = lanesOf(outlook, { id: "cmp_1" });
  assert.deepEqual(own, [1, 2]);
  assert.deepEqual(lanesOf(outlook, { id: "cmp_3" }), []);
  assert.deepEqual(layersOf(outlook, own).map(({ name }) => name), ["sender", "campaign"]);
  assert.deepEqual(layersOf(outlook, [0]).map(({ name }) => name), ["sender"]);
  const picture = progressPicture(outlook, own, [], [], clock);
  assert.deepEqual([picture.lane.planned, picture.lane.unplanned, picture.others.length], [5, 0, 1]);
  assert.equal(picture.lane.first, NOON + 30 * MINUTE_MS);
  assert.equal(picture.lane.last, picture.mine.at(-1).start + (picture.mine.at(-1).count - 1) * picture.mine.at(-1).every);
  assert.equal(picture.mine.reduce((sum, { count }) => sum + count, 0), 5);
  assert.deepEqual(picture.sent, [{ start: NOON - 30 * MINUTE_MS, count: 1, every: 0 }]);
  const { request } = draftRequest(outlook, { id: null, policy: {}, count: 1, at: null, zone: "UTC" });
  assert.deepEqual(request.groups, outlook.groups);
});

const HOUR_MS = 60 * MINUTE_MS;
const starting = (at) => [
  { name: "campaign", policy: {}, history: [] },
  { name: "schedule", policy: { starts_at: new Date(at).toISOString() }, history: [] },
];
const shared = [{ name: "sender", policy: { gap: "60s" }, history: [] }];

test("a draft that starts before another campaign has its turn before it, as on the server", () => {
  const [today, tomorrow] = [Date.parse("2026-11-25T09:00:00Z"), Date.parse("2026-11-26T09:00:00Z")];
  const lanes = [
    { name: "cmp_a", layers: starting(NOON - HOUR_MS), count: 5 },
    { name: "cmp_c", layers: starting(tomorrow), count: 600 },
  ];
  const outlook = { shared, groups: [], lanes, order: "in_turn", now: NOON, starts_at: NOON + 20_000 };
  const draft = { id: "cmp_b", policy: {}, count: 2_000, at: "2026-11-25T09:00", zone: "UTC" };
  const { request, index } = draftRequest(outlook, draft);
  assert.deepEqual(request.lanes.map(({ name }) => name), ["cmp_a", "cmp_b", "cmp_c"]);
  assert.equal(index, 1);
  const plan = engine.plan(request);
  assert.equal(plan.lanes[index].first, today);
  assert.equal(plan.lanes[index].last, Date.parse("2026-11-26T18:19:00Z"));
  assert.equal(plan.lanes[2].first, Date.parse("2026-11-26T18:20:00Z"));
  // One that is scheduled has its turn by the start that it is to have.
  const moved = draftRequest({ ...outlook, lanes: [lanes[0], { ...lanes[1], name: "cmp_b" }, lanes[1]] }, { ...draft, at: "2026-11-27T09:00" });
  assert.deepEqual(moved.request.lanes.map(({ name }) => name), ["cmp_a", "cmp_c", "cmp_b"]);
});

test("a draft that starts later shares from the level that the others have by then", () => {
  const at = NOON + 10 * HOUR_MS;
  const lanes = [{ name: "cmp_a", layers: starting(NOON - HOUR_MS), count: 3_000, sent_before: 0 }];
  const outlook = { shared, groups: [], lanes, order: "fair", now: NOON, starts_at: NOON + 20_000 };
  const draft = { id: "cmp_b", policy: {}, count: 300, at: new Date(at).toISOString().slice(0, 16), zone: "UTC" };
  const { request, index } = draftRequest(outlook, draft);
  assert.equal(request.lanes[index].sent_before, 600);
  const { first, last } = engine.plan(request).lanes[index];
  assert.ok(first >= at && first <= at + MINUTE_MS);
  assert.ok(Math.abs(last - at - 10 * HOUR_MS) <= 2 * MINUTE_MS, `${(last - at) / HOUR_MS} h after its start`);
  // Who has nobody left by then holds nobody back, and who has begun alone has no level to be given.
  const short = draftRequest({ ...outlook, lanes: [...lanes, { ...lanes[0], name: "cmp_s", count: 3 }] }, draft);
  assert.equal(short.request.lanes[short.index].sent_before, 597);
  const now = draftRequest({ ...outlook, lanes: [{ ...lanes[0], sent_before: 40 }] }, { ...draft, at: null });
  assert.equal(now.request.lanes[now.index].sent_before, 41);
});

test("a campaign that starts after the draft finds the level that the two before it have", () => {
  const [at, later] = [NOON + 10 * HOUR_MS, NOON + 12 * HOUR_MS];
  const groups = [{ name: "cmp_c", layers: starting(later), sent_before: 720 }];
  const lanes = [
    { name: "cmp_a", layers: starting(NOON - HOUR_MS), count: 3_000, sent_before: 0 },
    { name: "cmp_c", group: 0, layers: [], count: 200 },
    { name: "cmp_c", group: 0, layers: [], count: 200 },
  ];
  const outlook = { shared, groups, lanes, order: "fair", now: NOON, starts_at: NOON + 20_000 };
  const draft = { id: null, policy: {}, count: 300, at: new Date(at).toISOString().slice(0, 16), zone: "UTC" };
  const { request, index } = draftRequest(outlook, draft);
  assert.deepEqual([index, request.lanes.length], [1, 4]);
  assert.equal(request.groups[0].sent_before, 660);
  assert.equal(groups[0].sent_before, 720, "the outlook is as it was");
});

test("how late it was is said in the words of whoever looks", () => {
  const late = (median_ms, p95_ms, largest_ms) => lateSentence({ median_ms, p95_ms, largest_ms, measured: 9 });
  assert.equal(lateSentence(null), "Nothing to compare yet.");
  assert.equal(late(0, 40, 999), "Every message went within a second of its promised instant.");
  assert.equal(late(0, 40, 90_000), "Nearly all went within a second of their promised instants, the latest 90 s after.");
  assert.equal(
    late(600_000, 900_000, 7_200_000),
    "Half went up to 10 min after their promised instants, the latest 2 h after.",
  );
});

test("who did what to whom is said by name", () => {
  const change = { at: NOON, what: "pause", by: "Ada", campaign_id: "cmp_1", campaign_name: "Term dates" };
  assert.equal(changeSentence(change, "cmp_1"), "This campaign was paused by Ada.");
  assert.equal(changeSentence({ ...change, what: "schedule" }, "cmp_2"), "“Term dates” was scheduled by Ada.");
  const rules = { ...change, what: "rules", by: "", campaign_id: null, campaign_name: null };
  assert.equal(changeSentence({ ...change, what: "single" }, "cmp_2"), "A message to one person was sent by Ada.");
  assert.equal(changeSentence({ ...change, what: "single", by: "answer" }, "cmp_2"), "An answer to STOP, START or HELP was sent.");
  assert.equal(changeSentence(rules, "cmp_1"), "The sender was given other rules.");
});

const DAYS = {
  changes: [
    { at: NOON + 30 * MINUTE_MS, what: "pause", by: "Ada", campaign_id: "cmp_1", campaign_name: "Term dates" },
    { at: NOON - 3 * 24 * 60 * MINUTE_MS, what: "schedule", by: "Ada", campaign_id: "cmp_1", campaign_name: "Term dates" },
  ],
  days: [
    { date: "2026-11-23", planned: 200, sent: 200, hours: [{ at: NOON - 24 * 60 * MINUTE_MS, planned: 200, sent: 200 }] },
    { date: "2026-11-24", planned: 200, sent: 40, hours: [{ at: NOON, planned: 200, sent: 40 }] },
    { date: "2026-11-25", planned: 200, sent: 210, hours: [{ at: NOON + 24 * 60 * MINUTE_MS, planned: 200, sent: 210 }] },
    { date: "2026-11-26", planned: 200, sent: 10, hours: [] },
  ],
};

test("a day with another number than was planned is named, with what was done on it, once it is over", () => {
  const found = gaps(DAYS, clock, Date.parse("2026-11-26T12:00:00Z"));
  assert.deepEqual(
    found.map((gap) => gapSentence(gap, "cmp_1")),
    [
      "40 of 200, 160 fewer than planned. This campaign was paused by Ada.",
      "210 of 200, 10 more than planned. Nothing was changed that day.",
    ],
  );
  assert.deepEqual(found.map(({ day }) => new Date(day).toISOString().slice(0, 10)), ["2026-11-24", "2026-11-25"]);
});

test("a campaign too long to be read is drawn by the hour, with every message in it", () => {
  const runs = hourlyRuns(DAYS);
  assert.equal(runs.reduce((sum, { count }) => sum + count, 0), 450);
  for (const { start, count, every } of runs) assert.ok(start + (count - 1) * every < start + 60 * MINUTE_MS);
});

// Hours as blocks on a calendar, and what a rule does right now: both have to be what the engine means.
import assert from "node:assert/strict";
import { test } from "node:test";
import { consoleModules } from "./modules.mjs";

const { engine, ...console_ } = await consoleModules(
  "hours/blocks.ts",
  "policy/right-now.ts",
  "plan/picture.ts",
  "plan/sight.ts",
  "plan/targets.ts",
  "plan/density.ts",
  "policy/document.ts",
  "zone.ts",
);
const { blocksOf, windowsOf, merged, moved, resized, overlap, words } = console_;
const { limitNow, otherDay, nextWords, drawPlan, sightOf, step, earlierCloses, sendsIn, warmUp, wallClock } = console_;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MONDAY = Date.parse("2026-11-23T00:00:00Z");

/** Whether windows are open, minute by minute over a week. */
function week(windows) {
  return Array.from({ length: 7 * 24 * 12 }, (_, i) => {
    const layers = [{ name: "sender", policy: { windows } }];
    return engine.decide({ layers, now: MONDAY + i * 5 * MINUTE_MS }).verdict === "send" ? "1" : "0";
  }).join("");
}

const WINDOWS = [
  [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:30" }],
  [{ from: "00:00", to: "24:00" }],
  [{ days: ["sun"], from: "22:15", to: "06:00" }, { days: ["mon"], from: "05:00", to: "07:00" }],
  [{ days: ["sat"], from: "18:00", to: "24:00" }, { from: "12:00", to: "13:00" }],
];

for (const [i, windows] of WINDOWS.entries()) {
  test(`hours that are drawn and written again are the same hours: ${i + 1}`, () => {
    const { blocks, untold } = blocksOf(windows);
    assert.deepEqual(untold, []);
    assert.equal(week(windowsOf(blocks)), week(windows));
    assert.equal(week(windowsOf(merged(blocks))), week(windows));
    assert.deepEqual(engine.checkPolicy({ windows: windowsOf(blocks) }), []);
  });
}

test("office hours stay one window, seconds stay seconds, and what is half typed is not lost", () => {
  assert.deepEqual(windowsOf(blocksOf(WINDOWS[0]).blocks), WINDOWS[0]);
  assert.deepEqual(windowsOf(blocksOf([{ days: ["tue"], from: "09:00:30", to: "10:00" }]).blocks), [
    { days: ["tue"], from: "09:00:30", to: "10:00" },
  ]);
  const typing = { days: ["mon"], from: "09:00", to: "25" };
  assert.deepEqual(blocksOf([typing]), { blocks: [], untold: [typing] });
});

test("however a block is pulled, what is written is valid", () => {
  let seed = 7;
  const random = (n) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % n;
  let block = { day: 2, from: 540, to: 1_050 };
  for (let i = 0; i < 3_000; i++) {
    const at = random(3_200) - 400;
    block = [
      () => moved(block, random(15) - 7, random(3_000) - 1_500),
      () => resized(block, "from", at),
      () => resized(block, "to", at),
    ][random(3)]();
    const windows = windowsOf([block]);
    assert.deepEqual(engine.checkPolicy({ windows }), [], JSON.stringify(block));
    assert.deepEqual(blocksOf(windows).blocks, [block], "it is read as it was written");
  }
});

test("blocks that meet become one, and are told apart where they do not", () => {
  const [a, b, c] = [
    { day: 0, from: 540, to: 720 },
    { day: 0, from: 720, to: 900 },
    { day: 1, from: 720, to: 900 },
  ];
  assert.deepEqual(merged([b, c, a]), [{ day: 0, from: 540, to: 900 }, c]);
  assert.equal(overlap(a, b), false);
  assert.equal(overlap(a, { ...b, from: 719 }), true);
  assert.equal(words({ day: 6, from: 1_335, to: 1_800 }), "Sunday 22:15 to 06:00 on Monday");
});

test("a limit says how much of it is used, in either meaning of a day, and until when", () => {
  const zone = "Europe/Paris";
  const now = Date.parse("2026-11-24T13:00:00Z");
  const clock = wallClock(zone, now);
  // 150 yesterday from 15:00 on, 50 today from 09:00 on, a minute apart, and one that is still to come.
  const history = [
    { start: Date.parse("2026-11-23T14:00:00Z"), count: 150, every: MINUTE_MS },
    { start: Date.parse("2026-11-24T08:00:00Z"), count: 50, every: MINUTE_MS },
    { start: now + MINUTE_MS, count: 1, every: 0 },
  ];
  const windows = [{ from: "09:00", to: "17:30" }];
  const say = (limit) => limitNow(limit, { time_zone: zone, windows, limits: [limit] }, history, clock, now);
  // The first place that frees is for the one that is to come.
  assert.equal(say({ max: 200, rolling: "24h" }), "200 of 200 sent in the last 24 hours. Next at 15:01.");
  assert.equal(say({ max: 50, calendar: "day" }), "50 of 50 sent since midnight. Next at 09:00 tomorrow.");
  assert.equal(say({ max: 300, calendar: "week" }), "200 of 300 sent this week.");
  assert.equal(otherDay({ max: 200, rolling: "24h" }, history, clock, now), "Since midnight it would be 50.");
  assert.match(say({ max: 10, calendar: "day", enforce: "goal" }), /^50 of 10 sent since midnight\. A goal .* never stops anything\.$/);
  assert.equal(nextWords({ time_zone: zone, windows }, history, clock, now), "The next can go now.");
});

test("a limit counts exactly what the engine counts", () => {
  const clock = wallClock("UTC", MONDAY);
  for (const limit of [{ rolling: "24h" }, { rolling: "90m" }, { calendar: "day" }, { calendar: "week" }, { calendar: "month" }]) {
    const history = [{ start: MONDAY - 20 * HOUR_MS, count: 400, every: 7 * MINUTE_MS }];
    for (let now = MONDAY; now < MONDAY + 30 * HOUR_MS; now += 67 * MINUTE_MS) {
      const told = Number(/^(\d+) of/.exec(limitNow({ ...limit, max: 9_999 }, {}, history, clock, now))[1]);
      const past = history.map((run) => ({ ...run, count: sendsIn([run], 0, now + 1) })).filter(({ count }) => count > 0);
      const verdict = (max) => engine.decide({ layers: [{ name: "s", policy: { limits: [{ ...limit, max }] }, history: past }], now }).verdict;
      assert.equal(verdict(told + 1), "send", `${JSON.stringify(limit)} ${told}`);
      if (told > 0) assert.equal(verdict(told), "wait", `${JSON.stringify(limit)} ${told}`);
    }
  }
});

test("the plan in sight is the plan, whatever is looked at", () => {
  const policy = { time_zone: "America/Toronto", windows: [{ from: "09:00", to: "17:30" }], limits: [{ max: 200, rolling: "24h" }], gap: "37s", breaks: [{ after: 23, pause: "11m" }] };
  const request = {
    shared: [{ name: "sender", policy, history: [] }],
    groups: [],
    lanes: [
      { name: "other", layers: [], count: 300 },
      { name: "mine", layers: [{ name: "campaign", policy: {}, history: [] }], count: 1_500 },
    ],
    order: "in_turn",
    now: MONDAY,
  };
  const whole = engine.plan(request);
  const mine = whole.runs.filter(({ lane }) => lane === 1);
  const clock = wallClock("America/Toronto", MONDAY);
  for (const zoom of ["hour", "day", "week", "month"]) {
    for (let at = MONDAY; at < whole.last + DAY_MS; at += 31 * HOUR_MS) {
      const picture = drawPlan(request, [1], "America/Toronto", { zoom, at });
      const { from, to } = picture.sight;
      assert.deepEqual(picture.sight, sightOf(zoom, at, clock));
      assert.equal(sendsIn(picture.mine, from, to), sendsIn(mine, from, to), `${zoom} at ${new Date(at).toISOString()}`);
      assert.equal(picture.days.reduce((sum, { count }) => sum + count, 0), 1_500);
      assert.deepEqual(picture.lane, whole.lanes[1]);
    }
  }
  const first = drawPlan(request, [1], "America/Toronto", { zoom: "hour", at: null });
  assert.ok(first.sight.from <= whole.lanes[1].first && whole.lanes[1].first < first.sight.to, "it begins at the first message");
});

test("a month is whole weeks around it, and one goes on to the next, over a change of the clocks too", () => {
  for (const zone of ["Europe/Paris", "America/New_York", "Pacific/Apia"]) {
    const clock = wallClock(zone, MONDAY);
    let at = Date.parse("2026-01-15T00:00:00Z");
    for (let i = 0; i < 12; i++) {
      const sight = sightOf("month", at, clock);
      const days = Math.round((sight.to - sight.from) / DAY_MS);
      assert.ok([28, 35, 42].includes(days), `${days} days`);
      assert.equal(new Date(sight.from + clock.offset(sight.from)).toISOString().slice(11), "00:00:00.000Z");
      const next = step(sight, 1, clock);
      assert.equal(new Date(next + clock.offset(next)).getUTCMonth(), (i + 1) % 12);
      at = next;
    }
  }
});

test("what is offered to finish by is the close of a day that is open", () => {
  const layers = [{ name: "sender", policy: { windows: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:30" }] } }];
  const clock = wallClock("UTC", MONDAY);
  const found = earlierCloses(layers, MONDAY + 9 * HOUR_MS, MONDAY + 8 * DAY_MS + 10 * HOUR_MS, clock);
  assert.deepEqual(found.map((at) => new Date(at).toISOString().slice(0, 16)), ["2026-11-30T17:30", "2026-11-27T17:30", "2026-11-26T17:30", "2026-11-25T17:30"]);
});

test("a warm-up doubles from a tenth, and is what the engine takes", () => {
  assert.deepEqual(warmUp("2026-11-23", 200), { from: "2026-11-23", steps: [20, 40, 80, 160] });
  for (const max of [1, 2, 7, 200, 1_000_000]) {
    assert.deepEqual(engine.checkPolicy({ limits: [{ max, calendar: "day", ramp: warmUp("2026-11-23", max) }] }), []);
  }
});

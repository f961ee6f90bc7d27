// The calendar's picture is the engine's answer: checked instant by instant, in odd zones too.
import assert from "node:assert/strict";
import { test } from "node:test";
import { consoleModules } from "./modules.mjs";

const { engine, openHours, hoursOnly, density, perDay, wallClock, weekStart, addDays, dayStart } = await consoleModules(
  "plan/open-hours.ts",
  "plan/density.ts",
  "zone.ts",
);

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const OFFICE = [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:30" }];
const LUNCH = { name: "Lunch", from: "12:00", to: "13:00" };

const POLICIES = {
  "an office with lunch and holidays": {
    time_zone: "America/Toronto",
    windows: OFFICE,
    blocked: [LUNCH, { name: "Christmas", date: "2026-12-25" }, { name: "New Year", annual: "01-01" }],
    near: "2026-12-23T00:00:00Z",
  },
  "nights and seconds": {
    time_zone: "Asia/Kathmandu",
    windows: [
      { days: ["fri", "sun"], from: "22:15:30", to: "06:00" },
      { from: "12:00", to: "24:00" },
    ],
    blocked: [{ name: "Prayers", days: ["fri"], from: "12:00", to: "14:00" }],
    near: "2026-06-10T00:00:00Z",
  },
  "the hour that is skipped": {
    time_zone: "Europe/Paris",
    windows: [
      { from: "02:30", to: "03:30" },
      { from: "09:00", to: "12:00" },
    ],
    near: "2026-03-28T00:00:00Z",
  },
  "the half hour that comes twice": {
    time_zone: "Australia/Lord_Howe",
    windows: [
      { from: "01:40", to: "02:10" },
      { from: "20:00", to: "23:00" },
    ],
    near: "2026-04-04T00:00:00Z",
  },
  "midnight that does not exist": {
    time_zone: "Africa/Cairo",
    blocked: [
      { name: "Friday", days: ["fri"], from: "00:00", to: "00:30" },
      { name: "A day", date: "2026-04-24" },
    ],
    near: "2026-04-22T00:00:00Z",
  },
  "a start, an end and a dated range": {
    time_zone: "America/St_Johns",
    windows: OFFICE,
    blocked: [{ name: "Stock-taking", from: "2026-11-25T15:00", to: "2026-11-26T10:10" }],
    starts_at: "2026-11-23T11:11",
    ends_at: "2026-11-27T16:00:00Z",
    near: "2026-11-24T00:00:00Z",
  },
};

for (const [name, { near, ...policy }] of Object.entries(POLICIES)) {
  test(`what is drawn open is open and what is drawn closed is closed: ${name}`, () => {
    const clock = wallClock(policy.time_zone, Date.parse(near));
    const from = weekStart(clock, Date.parse(near));
    const to = addDays(clock, from, 7);
    const layers = [
      hoursOnly({ name: "sender", policy }),
      hoursOnly({ name: "campaign", policy: { windows: [{ from: "01:00", to: "23:00" }] } }),
    ];
    const stretches = openHours(layers, from, to);

    assert.equal(stretches[0].from, from);
    assert.equal(stretches.at(-1).to, to);
    for (const [i, stretch] of stretches.slice(1).entries()) assert.equal(stretch.from, stretches[i].to);
    for (let at = from; at < to; at += 7 * MINUTE_MS + 1_003) {
      const { shade } = stretches.find((stretch) => at >= stretch.from && at < stretch.to);
      assert.equal(shade === "open", engine.decide({ layers, now: at }).verdict === "send", new Date(at).toISOString());
    }
    for (const edge of stretches.slice(1).map((stretch) => stretch.from)) {
      const verdicts = [edge - 1, edge].map((now) => engine.decide({ layers, now }));
      assert.notDeepEqual(verdicts[0], verdicts[1], `nothing changes at ${new Date(edge).toISOString()}`);
    }
  });
}

test("a blocked time is drawn under its own name", () => {
  const policy = { windows: OFFICE, blocked: [LUNCH] };
  const noon = Date.parse("2026-11-24T12:30:00Z");
  const [stretch] = openHours([{ name: "sender", policy }], noon, noon + MINUTE_MS);
  assert.deepEqual([stretch.shade, stretch.name], ["blocked", "Lunch"]);
});

test("the ink in the calendar is every message once, in its own piece of its own day", () => {
  const zone = "America/Toronto";
  const now = Date.parse("2026-10-29T09:00:00-04:00");
  const request = {
    layers: [
      {
        name: "sender",
        policy: {
          time_zone: zone,
          windows: OFFICE,
          limits: [{ max: 200, rolling: "24h" }],
          gap: "37s",
          breaks: [{ after: 23, pause: "11m" }],
        },
      },
    ],
    now,
    count: 900,
  };
  const times = [...engine.planTimes(request)];
  const { runs } = engine.plan(request);
  const clock = wallClock(zone, now);
  const monday = weekStart(clock, now);
  const days = Array.from({ length: 22 }, (_, i) => addDays(clock, monday, i));
  assert.ok(times.at(-1) < days.at(-1), "the plan does not fit into the days that are counted");

  const wall = (at) => at + clock.offset(at);
  const expected = new Map();
  for (const at of times) {
    const track = days.findLastIndex((day) => day <= at);
    const piece = Math.floor((wall(at) % DAY_MS) / (15 * MINUTE_MS));
    expected.set(`${track}/${piece}`, (expected.get(`${track}/${piece}`) ?? 0) + 1);
  }
  const pieces = density(runs, days, clock, DAY_MS, 15 * MINUTE_MS);
  const drawn = new Map(pieces.map(({ track, piece, count }) => [`${track}/${piece}`, count]));
  assert.deepEqual(new Map([...drawn].sort()), new Map([...expected].sort()));

  const perLocalDay = new Map();
  for (const at of times) perLocalDay.set(dayStart(clock, at), (perLocalDay.get(dayStart(clock, at)) ?? 0) + 1);
  assert.deepEqual(
    perDay(runs, clock),
    [...perLocalDay].map(([day, count]) => ({ day, count })),
  );
});

test("a week that loses an hour still begins and ends at local midnight", () => {
  const clock = wallClock("Europe/Paris", Date.parse("2026-03-29T12:00:00Z"));
  const monday = weekStart(clock, Date.parse("2026-03-29T12:00:00Z"));
  assert.equal(monday, Date.parse("2026-03-23T00:00:00+01:00"));
  assert.equal(addDays(clock, monday, 7), Date.parse("2026-03-30T00:00:00+02:00"));
  assert.equal(addDays(clock, monday, 7) - monday, 7 * DAY_MS - HOUR_MS);
});

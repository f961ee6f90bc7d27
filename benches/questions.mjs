// What the benchmark asks: the same of the engine and of its peers, natively, in Node and in Chromium.
import { FIXED, afterEaster, publicHolidays, turnOfYear } from "./holidays.mjs";

const ZONE = "Europe/Paris";
const FIRST_YEAR = 2025;
const LAST_YEAR = 2039;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The rules as numbers, for peers that have no policies. Clock times in minutes of the day. */
const HOURS = [[9 * 60, 12 * 60], [13 * 60, 17 * 60 + 30]];
const PACES = {
  S1: { inADay: 500, onADay: 400, gap: 30_000, after: 50, pause: 10 * MINUTE_MS },
  S2: { inADay: 50_000, onADay: 40_000, gap: 200, after: 1_000, pause: 30_000 },
};

export function questions({ messages, instants }) {
  const years = Array.from({ length: LAST_YEAR - FIRST_YEAR + 1 }, (_, index) => FIRST_YEAR + index);
  const start = Date.parse("2026-01-05T08:00:00+01:00");
  const plans = Object.entries(PACES).map(([name, pace]) => {
    const layers = [{ name: "sender", policy: policy(pace, years) }];
    return { name, pace, request: { layers, now: start, count: messages } };
  });
  const history = [{ start: Date.parse("2025-12-22T09:00:00+01:00"), count: 300, every: 30_000, origin: "queued" }];
  return {
    zone: ZONE,
    start,
    messages,
    calendar: {
      hours: HOURS,
      holidays: [...new Set(years.flatMap((year) => [...publicHolidays(year), ...turnOfYear(year)]))].sort(),
    },
    plans,
    // The whole of S1, with sends behind it that no longer count.
    timetable: { from: Date.UTC(2026, 0, 1), until: Date.UTC(2028, 0, 1) },
    open: { layers: [{ ...plans[0].request.layers[0], history }], at: instantsOf2026(instants) },
    // The same hours each week and nothing else, for peers that know no holidays.
    weekly: { layers: [{ policy: { time_zone: ZONE, windows: windows() } }] },
    sends: sends(start, instants),
    triggers: walk(instants),
  };
}

function policy({ inADay, onADay, gap, after, pause }, years) {
  return {
    time_zone: ZONE,
    windows: windows(),
    blocked: [
      ...FIXED.map((annual) => ({ name: "Public holiday", annual })),
      ...years.flatMap(afterEaster).map((date) => ({ name: "Public holiday", date })),
      ...years.map((year) => ({ name: "Turn of the year", from: `${year}-12-24T00:00`, to: `${year + 1}-01-03T00:00` })),
    ],
    limits: [{ max: inADay, rolling: "24h" }, { max: onADay, calendar: "day" }],
    gap: `${gap}ms`,
    breaks: [{ after, pause: `${pause}ms` }],
  };
}

function windows() {
  const days = ["mon", "tue", "wed", "thu", "fri"];
  return HOURS.map((range) => {
    const [from, to] = range.map((minute) => new Date(minute * MINUTE_MS).toISOString().slice(11, 16));
    return { days, from, to };
  });
}

/** When one asks who sends whenever it is allowed, under a limit over 24 hours and a gap. */
function sends(start, count) {
  const { inADay, gap } = PACES.S1;
  const policy = { limits: [{ max: inADay, rolling: "24h" }], gap: `${gap}ms` };
  const random = randomFrom(24);
  let last = start;
  const unhurried = Array.from({ length: count }, () => (last += Math.ceil(DAY_MS / inADay) + random(120_000)));
  return [
    { row: "may I send, each may", inADay, gap, policy, at: unhurried },
    // Every ten seconds, for more than a day.
    { row: "may I send, most may not", inADay, gap, policy, at: Array.from({ length: count }, (_, index) => start + index * 10_000) },
  ];
}

/** Whole seconds of 2026, UTC, in no order. */
function instantsOf2026(count) {
  const random = randomFrom(2026);
  const [from, until] = [2026, 2027].map((year) => Date.UTC(year, 0, 1) / 1_000);
  return Array.from({ length: count }, () => (from + random(until - from)) * 1_000);
}

/** Triggers that are all legal one after the other, from `queued` on. No status on the way is final. */
function walk(count) {
  const legal = {
    queued: { hand_over: "sending" },
    sending: { unclear: "unknown", defer: "queued" },
    unknown: { send_again: "queued", defer: "queued", unclear: "unknown" },
  };
  const random = randomFrom(7);
  let status = "queued";
  return Array.from({ length: count }, () => {
    const triggers = Object.keys(legal[status]);
    const trigger = triggers[random(triggers.length)];
    status = legal[status][trigger];
    return trigger;
  });
}

/** Whole numbers below a bound, the same ones at each run: a linear congruence modulo 2^32 (Numerical Recipes). */
function randomFrom(seed) {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

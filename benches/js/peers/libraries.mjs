// What others publish for JavaScript.
import { Cron } from "croner";
import { RateLimiter } from "limiter";
import { DateTime } from "luxon";
import OpeningHours from "opening_hours";
import rrule from "rrule";
import { Temporal } from "temporal-polyfill";
import { createActor, createMachine, initialTransition, transition } from "xstate";
import { each, sending, stream } from "../subject.mjs";
import { dateNumber, isOpen, rulesOf } from "./calendar.mjs";
import { byDate, byTemporal, withCalendar } from "./plain.mjs";

const DAY_MS = 86_400_000;

const byLuxon = (zone) => ({
  local: (t) => DateTime.fromMillis(t, { zone }),
  date: (local) => dateNumber(local.year, local.month, local.day),
  weekday: (local) => local.weekday,
  minute: (local) => local.hour * 60 + local.minute,
  at: (local, minute) => +local.set({ hour: Math.floor(minute / 60), minute: minute % 60, second: 0, millisecond: 0 }),
  nextDay: (local) => +local.plus({ days: 1 }).startOf("day"),
});

export async function libraries(engine, questions) {
  return [
    ...(await withCalendar("luxon", byLuxon(questions.zone), questions)),
    ...(await withCalendar("temporal-polyfill", byTemporal(Temporal, questions.zone), questions)),
    intl(questions),
    ...openingHours(questions),
    ...croner(questions),
    recurring(questions),
    ...questions.sends.map(limiter),
    ...xstate(engine, questions),
  ];
}

/** Says what the wall clock reads, and no more: there is no way from there to an opening. */
function intl(questions) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: questions.zone,
    hourCycle: "h23",
    weekday: "short",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  const calendar = {
    local: (t) => Object.fromEntries(format.formatToParts(t).map(({ type, value }) => [type, value])),
    date: ({ year, month, day }) => dateNumber(+year, +month, +day),
    weekday: ({ weekday }) => weekdays.indexOf(weekday) + 1,
    minute: ({ hour, minute }) => hour * 60 + +minute,
  };
  const rules = rulesOf(questions);
  return each("open now", "peer", "Intl", questions.open.at, (t) => +isOpen(calendar, rules, t));
}

/** It knows the holidays of France by itself, and no zone but the process's own. */
function openingHours({ open }) {
  const place = { lat: 48.85, lon: 2.35, address: { country_code: "fr", state: "Île-de-France" } };
  const rules = new OpeningHours("Mo-Fr 09:00-12:00,13:00-17:30; PH off; Dec 24-Jan 02 off", place);
  const next = (t) => {
    let at = new Date(t);
    while (!rules.getState(at)) at = rules.getNextChange(at);
    return +at;
  };
  const few = open.at.slice(0, 1_000);
  return [
    each("open now", "peer", "opening_hours, own zone", few, (t) => +rules.getState(new Date(t))),
    each("next opening", "peer", "opening_hours, own zone", few, next),
  ];
}

/** Cron knows minutes of days of the week, and so it takes two patterns to say half past five. */
function croner({ zone, open }) {
  const cron = (pattern) => new Cron(pattern, { timezone: zone, paused: true });
  const during = [cron("* 9-11,13-16 * * 1-5"), cron("0-29 17 * * 1-5")];
  const opens = cron("0 9,13 * * 1-5");
  const isOpen = (t) => {
    const minute = new Date(t - (t % 60_000));
    return during.some((pattern) => pattern.match(minute));
  };
  return [
    each("open now, weekly", "peer", "croner", open.at, (t) => +isOpen(t)),
    each("next opening, weekly", "peer", "croner", open.at, (t) => (isOpen(t) ? t : +opens.nextRun(new Date(t)))),
  ];
}

/**
 * Recurrence rules give openings and not what lies between; they are told the wall clock as UTC. Their
 * cache is off: it would remember the answers of the round before.
 */
function recurring(questions) {
  const { RRule, RRuleSet } = rrule;
  const { open, calendar } = questions;
  const opens = new RRuleSet(true);
  const [byhour, byminute] = [calendar.hours.map(([from]) => from / 60), [0]];
  const dtstart = new Date(Date.UTC(2026, 0, 1, 9));
  const weekly = { freq: RRule.WEEKLY, byweekday: [0, 1, 2, 3, 4], byhour, byminute, bysecond: [0], dtstart };
  opens.rrule(new RRule(weekly, true));
  for (const date of calendar.holidays) {
    for (const hour of byhour) opens.exdate(new Date(Date.parse(`${date}T00:00:00Z`) + hour * 3_600_000));
  }
  const wall = (t) => new Date(t - new Date(t).getTimezoneOffset() * 60_000);
  const instant = (wall) => +new Date(wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate(), wall.getUTCHours(), wall.getUTCMinutes());
  const rules = rulesOf(questions);
  const few = open.at.slice(0, 100);
  return each("next opening", "peer", "rrule", few, (t) => (isOpen(byDate, rules, t) ? t : instant(opens.after(wall(t)))));
}

/** Token buckets. They read the host's clock, which is the question's for as long as they are asked. */
function limiter(asked) {
  const { inADay, gap } = asked;
  const start = () => ({
    gap: new RateLimiter({ tokensPerInterval: 1, interval: gap }),
    day: new RateLimiter({ tokensPerInterval: inADay, interval: DAY_MS }),
  });
  const step = (state, t) => {
    for (const bucket of [state.gap, state.day]) {
      if (!bucket.tryRemoveTokens(1)) return t + Math.ceil(bucket.getWaitTime(1));
    }
    return t;
  };
  return sending("peer", "limiter", asked, ...onSetClock(start, step));
}

/** Lets `performance.now` say the instant asked about, only while `step` runs. */
function onSetClock(start, step) {
  const real = performance.now;
  let now = 0;
  const during = (work) => {
    performance.now = () => now;
    try {
      return work();
    } finally {
      performance.now = real;
    }
  };
  return [() => during(start), (state, t) => during(() => ((now = t), step(state, t)))];
}

/** The engine's own table, as a machine of XState. */
function xstate(engine, { triggers }) {
  const statuses = engine.statuses("message");
  const known = [...new Set(triggers)];
  const states = Object.fromEntries(
    statuses.map((from) => {
      const to = known.map((trigger) => [trigger, engine.transition("message", from, trigger).status]);
      return [from, { on: Object.fromEntries(to.filter(([, status]) => status)) }];
    }),
  );
  const machine = createMachine({ id: "message", initial: "queued", states });
  const asked = triggers.map((type) => ({ type }));
  const place = (snapshot) => statuses.indexOf(snapshot.value);
  return [
    stream("status change", "peer", "xstate actor", asked, () => createActor(machine).start(), (actor, event) => {
      actor.send(event);
      return place(actor.getSnapshot());
    }),
    stream("status change", "peer", "xstate transition", asked, () => ({ at: initialTransition(machine)[0] }), (state, event) => {
      state.at = transition(machine, state.at, event)[0];
      return place(state.at);
    }),
  ];
}

// What the language itself has: Date in the process's own zone, Temporal where it is, a table.
import { each, once, sending } from "../subject.mjs";
import { dateNumber, rulesOf } from "./calendar.mjs";

const DAY_MS = 86_400_000;

/** Whoever runs this has to be in the zone of the questions. */
export const byDate = {
  local: (t) => new Date(t),
  date: (local) => dateNumber(local.getFullYear(), local.getMonth() + 1, local.getDate()),
  weekday: (local) => local.getDay() || 7,
  minute: (local) => local.getHours() * 60 + local.getMinutes(),
  at: (local, minute) => +new Date(local.getFullYear(), local.getMonth(), local.getDate(), 0, minute),
  nextDay: (local) => +new Date(local.getFullYear(), local.getMonth(), local.getDate() + 1),
};

export const byTemporal = (Temporal, zone) => ({
  local: (t) => Temporal.Instant.fromEpochMilliseconds(t).toZonedDateTimeISO(zone),
  date: (local) => dateNumber(local.year, local.month, local.day),
  weekday: (local) => local.dayOfWeek,
  minute: (local) => local.hour * 60 + local.minute,
  at: (local, minute) => local.withPlainTime({ hour: Math.floor(minute / 60), minute: minute % 60 }).epochMilliseconds,
  nextDay: (local) => local.add({ days: 1 }).startOfDay().epochMilliseconds,
});

export async function plain(questions) {
  const subjects = await withCalendar("Date, own zone", byDate, questions);
  if (globalThis.Temporal) subjects.push(...(await withCalendar("Temporal, native", byTemporal(Temporal, questions.zone), questions)));
  return [...subjects, ...tables(questions)];
}

/**
 * All questions about time, answered with a calendar. Each gets functions of its own: a compiler that
 * has seen one calendar in them makes them faster than one that has seen several.
 */
export async function withCalendar(name, calendar, questions) {
  const { isOpen, nextOpening, plan } = await import(`./calendar.mjs?${encodeURIComponent(name)}`);
  const rules = rulesOf(questions);
  const { start, messages, open } = questions;
  return [
    ...questions.plans.map(({ name: asked, pace }) =>
      once(`plan ${asked}`, "peer", name, () => plan(calendar, rules, pace, start, messages)),
    ),
    each("open now", "peer", name, open.at, (t) => +isOpen(calendar, rules, t)),
    each("next opening", "peer", name, open.at, (t) => nextOpening(calendar, rules, t)),
  ];
}

function tables(questions) {
  const { start, messages, open, timetable } = questions;
  const rules = rulesOf(questions);
  const made = () => {
    const table = [];
    for (const [from, until] of openings(rules, timetable.from)) {
      if (from >= timetable.until) return table;
      table.push(from, until);
    }
  };
  const from = Float64Array.from(made().filter((_, index) => index % 2 === 0));
  const until = Float64Array.from(made().filter((_, index) => index % 2 === 1));
  const find = (t) => {
    let [low, high] = [0, until.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (until[middle] <= t) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return [
    ...questions.plans.map(({ name, pace }) =>
      once(`plan ${name}`, "bound", "table by hand", () => planByTable(rules, pace, start, messages)),
    ),
    once("make a timetable", "bound", "table by hand", made),
    each("open now", "bound", "table by hand", open.at, (t) => +(from[find(t)] <= t)),
    each("next opening", "bound", "table by hand", open.at, (t) => Math.max(from[find(t)], t)),
    ...questions.sends.map(ring),
  ];
}

/** The windows of each weekday that is no holiday, as instants: from, until, and the date. */
function* openings({ hours, holidays }, start) {
  for (let at = start; ; ) {
    const day = byDate.local(at);
    const date = byDate.date(day);
    if (byDate.weekday(day) <= 5 && !holidays.has(date)) {
      for (const [from, to] of hours) yield [byDate.at(day, from), byDate.at(day, to), date];
    }
    at = byDate.nextDay(day);
  }
}

/** Day by day: additions and comparisons alone. */
function planByTable(rules, pace, start, count) {
  const times = new Float64Array(count);
  let [index, today, left, last, series] = [0, 0, 0, -Infinity, 0];
  for (const [from, until, date] of openings(rules, start)) {
    if (date !== today) left = pace.onADay;
    today = date;
    let at = Math.max(from, start);
    while (left > 0 && index < count) {
      const due = last + (series === pace.after ? pace.pause : pace.gap);
      if (due > at) at = due;
      if (index >= pace.inADay && times[index - pace.inADay] + DAY_MS > at) at = times[index - pace.inADay] + DAY_MS;
      if (at >= until) break;
      series = at - last >= pace.pause ? 1 : series + 1;
      last = times[index++] = at;
      left--;
    }
    if (index === count) return times;
  }
  return times;
}

/** The last sends, the oldest of them where the next is put. */
function ring(asked) {
  const { inADay, gap } = asked;
  const start = () => ({ sent: new Float64Array(inADay).fill(-Infinity), oldest: 0, last: -Infinity });
  const step = (state, t) => {
    const due = Math.max(t, state.last + gap, state.sent[state.oldest] + DAY_MS);
    if (due === t) {
      state.sent[state.oldest] = state.last = t;
      state.oldest = (state.oldest + 1) % inADay;
    }
    return due;
  };
  return sending("bound", "ring by hand", asked, start, step);
}

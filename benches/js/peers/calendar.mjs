// Planning with a calendar library, message by message, as one writes it who knows the library.
//
// A calendar has `local(t)`, the wall clock of an instant, and of that wall clock `date` (a number
// for each date), `weekday` (1 to 5 are Monday to Friday), `minute` of the day, `at` another minute
// of that day, and `nextDay`, the first instant of the next.

const DAY_MS = 86_400_000;

export const dateNumber = (year, month, day) => (year * 16 + month) * 32 + day;

export function rulesOf({ calendar }) {
  const holidays = new Set(calendar.holidays.map((date) => dateNumber(...date.split("-").map(Number))));
  return { hours: calendar.hours, holidays };
}

export function isOpen(calendar, { hours, holidays }, t) {
  const local = calendar.local(t);
  if (calendar.weekday(local) > 5 || holidays.has(calendar.date(local))) return false;
  const minute = calendar.minute(local);
  return hours.some(([from, to]) => from <= minute && minute < to);
}

/** The instant itself while it is open, or else the first at which it is. */
export function nextOpening(calendar, { hours, holidays }, t) {
  for (let at = t; ; ) {
    const local = calendar.local(at);
    if (calendar.weekday(local) <= 5 && !holidays.has(calendar.date(local))) {
      const minute = calendar.minute(local);
      for (const [from, to] of hours) {
        if (minute < from) return calendar.at(local, from);
        if (minute < to) return at;
      }
    }
    at = calendar.nextDay(local);
  }
}

export function plan(calendar, rules, pace, start, count) {
  const times = new Float64Array(count);
  let [today, sentToday, last, series] = [0, 0, -Infinity, 0];
  for (let index = 0; index < count; index++) {
    let at = Math.max(start, last + (series === pace.after ? pace.pause : pace.gap));
    if (index >= pace.inADay) at = Math.max(at, times[index - pace.inADay] + DAY_MS);
    let date;
    for (;;) {
      const local = calendar.local(at);
      date = calendar.date(local);
      if (date === today && sentToday === pace.onADay) {
        at = calendar.nextDay(local);
        continue;
      }
      const opens = nextOpening(calendar, rules, at);
      if (opens === at) break;
      at = opens;
    }
    sentToday = date === today ? sentToday + 1 : 1;
    today = date;
    series = at - last >= pace.pause ? 1 : series + 1;
    last = times[index] = at;
  }
  return times;
}

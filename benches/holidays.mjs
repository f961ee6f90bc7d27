// The days on which nothing goes in the benchmark: the public holidays of metropolitan France
// (Code du travail, L3133-1), and from 24 December to 2 January.

/** The public holidays of a year, as `YYYY-MM-DD`. */
export function publicHolidays(year) {
  const fixed = FIXED.map((monthDay) => `${year}-${monthDay}`);
  return [...fixed, ...afterEaster(year)].sort();
}

/** Those on the same date each year, as `MM-DD`. */
export const FIXED = ["01-01", "05-01", "05-08", "07-14", "08-15", "11-01", "11-11", "12-25"];

/** Easter Monday, Ascension and Whit Monday. */
export function afterEaster(year) {
  return [1, 39, 50].map((days) => date(easter(year) + days * DAY_MS));
}

/** The days from 24 December of one year to 2 January of the next. */
export function turnOfYear(year) {
  return Array.from({ length: 10 }, (_, days) => date(Date.UTC(year, 11, 24 + days)));
}

const DAY_MS = 86_400_000;

/** Midnight UTC of Easter Sunday, by the anonymous Gregorian rule (Nature, 20 April 1876). */
function easter(year) {
  const cycle = year % 19;
  const [century, rest] = divided(year, 100);
  const [fours, left] = divided(century, 4);
  const [correction] = divided(century - divided(century + 8, 25)[0] + 1, 3);
  const epact = (19 * cycle + century - fours - correction + 15) % 30;
  const [leaps, after] = divided(rest, 4);
  const weekday = (32 + 2 * left + 2 * leaps - epact - after) % 7;
  const [late] = divided(cycle + 11 * epact + 22 * weekday, 451);
  const [month, day] = divided(epact + weekday - 7 * late + 114, 31);
  return Date.UTC(year, month - 1, day + 1);
}

const divided = (number, by) => [Math.floor(number / by), number % by];

const date = (ms) => new Date(ms).toISOString().slice(0, 10);

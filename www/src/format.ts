/**
 * How instants and numbers are written on screen: numbers and dates as the reader's country does,
 * the clock with 24 hours, as the rules are written.
 */

import type { Instant } from "./engine";
import type { WallClock } from "./zone";

const LOCALE = typeof navigator === "undefined" ? "en-GB" : navigator.language;
const numbers = new Intl.NumberFormat(LOCALE);
/** Wall times are handed over as if they were UTC. Made when it is first needed: one costs some milliseconds on a phone. */
function dates(parts: Intl.DateTimeFormatOptions): { format: (wall: Date) => string } {
  let made: Intl.DateTimeFormat | undefined;
  return { format: (wall) => (made ??= new Intl.DateTimeFormat(LOCALE, { ...parts, timeZone: "UTC" })).format(wall) };
}
const DAY = { weekday: "short", day: "numeric", month: "short" } as const;
const dayFormat = dates(DAY);
const yearFormat = dates({ ...DAY, year: "numeric" });
const weekdayFormat = dates({ weekday: "short" });
const monthFormat = dates({ month: "long", year: "numeric" });

/** `1,204`. */
export const count = (n: number): string => numbers.format(n);

/** `1 person`, `1,204 people`. */
export function people(n: number): string {
  return n === 1 ? "1 person" : `${count(n)} people`;
}

/** `1 message`, `1,204 messages`. */
export function messages(n: number): string {
  return n === 1 ? "1 message" : `${count(n)} messages`;
}

/** `1 pause`, `3 pauses`: a plain English plural. */
export function plural(n: number, one: string): string {
  return `${count(n)} ${one}${n === 1 ? "" : "s"}`;
}

/** `name, text and rules`. */
export const inWords = (words: string[]): string => new Intl.ListFormat("en-GB").format(words);

const two = (n: number) => String(n).padStart(2, "0");
const wall = (clock: WallClock, at: Instant) => new Date(at + clock.offset(at));

/** `14:12`. */
export function time(clock: WallClock, at: Instant): string {
  const w = wall(clock, at);
  return `${two(w.getUTCHours())}:${two(w.getUTCMinutes())}`;
}

/** `14:12:30`, for the ledger. */
export function exactTime(clock: WallClock, at: Instant): string {
  return `${time(clock, at)}:${two(wall(clock, at).getUTCSeconds())}`;
}

const MAX_KNOWN = 4_000;
const known = new Map<number, string>();

/** `Thu 26 Nov`, with the year where it is not this one. */
export function date(clock: WallClock, at: Instant): string {
  return wallDate(wall(clock, at), new Date().getFullYear());
}

function wallDate(w: Date, thisYear: number): string {
  const day = Math.floor(w.getTime() / 86_400_000);
  let text = known.get(day);
  if (text === undefined) {
    if (known.size > MAX_KNOWN) known.clear();
    text = (w.getUTCFullYear() === thisYear ? dayFormat : yearFormat).format(w).replaceAll(",", "");
    known.set(day, text);
  }
  return text;
}

/** `Thu`. */
export const weekday = (clock: WallClock, at: Instant): string => weekdayFormat.format(wall(clock, at));

/** `26`. */
export const dayOfMonth = (clock: WallClock, at: Instant): string => String(wall(clock, at).getUTCDate());

/** `November 2026`. */
export const month = (clock: WallClock, at: Instant): string => monthFormat.format(wall(clock, at));

/** `Thu 26 Nov 14:12`. */
export function stamp(clock: WallClock, at: Instant): string {
  return `${date(clock, at)} ${time(clock, at)}`;
}

/** `14:12` when `at` is on the same local day as `beside`, else `Thu 26 Nov 14:12`. */
export function stampBeside(clock: WallClock, at: Instant, beside: Instant): string {
  return date(clock, at) === date(clock, beside) ? time(clock, at) : stamp(clock, at);
}

/** `45 s`, `15 min`, `2 h`, `3 days`: the largest unit that reads well. */
export function duration(ms: number): string {
  const s = Math.round(ms / 1000);
  if (s < 120) return `${s} s`;
  if (s < 7_200) return `${Math.round(s / 60)} min`;
  if (s < 172_800) return `${Math.round(s / 3_600)} h`;
  return `${Math.round(s / 86_400)} days`;
}

/** The reader's own time zone. */
export const HERE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** `New York`, of `America/New_York`. */
export const placeOf = (zone: string): string => (zone.split("/").at(-1) ?? zone).replaceAll("_", " ");

/** The reader's own wall clock, for what has nothing to do with a sender's zone. */
export function localStamp(at: Instant): string {
  const w = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return `${wallDate(w, new Date().getFullYear())} ${two(w.getUTCHours())}:${two(w.getUTCMinutes())}`;
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });

/** `2 hours ago`, `yesterday`: how long something is past, roughly. */
export function ago(at: Instant, now: Instant = Date.now()): string {
  const minutes = Math.round((at - now) / 60_000);
  if (minutes > -1) return "just now";
  if (minutes > -60) return relative.format(minutes, "minute");
  if (minutes > -1_440) return relative.format(Math.round(minutes / 60), "hour");
  return relative.format(Math.round(minutes / 1_440), "day");
}

/** `42 %`, of a share in 0..1. */
export const percent = (share: number): string => `${numbers.format(Math.round(share * 1_000) / 10)} %`;

/** `€18.06`, of an amount in units of its currency; small ones keep what they need. */
export function money(amount: number, currency: string): string {
  const digits = amount !== 0 && Math.abs(amount) < 1 ? 4 : 2;
  return new Intl.NumberFormat(LOCALE, { style: "currency", currency, maximumFractionDigits: digits }).format(amount);
}

/** `4.2 MB`. */
export function bytes(n: number): string {
  if (n < 1_000) return `${n} B`;
  return n < 1_000_000 ? `${count(Math.round(n / 1_000))} KB` : `${numbers.format(Math.round(n / 100_000) / 10)} MB`;
}

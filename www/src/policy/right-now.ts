/** What a limit does at this moment, in a sentence, counted from what its sender has sent. */

import { decide, type Instant, type Policy, type Run } from "../engine";
import { count, date, stamp, time } from "../format";
import { sendsIn } from "../plan/density";
import { monthStart } from "../plan/sight";
import { addDays, dayStart, type WallClock, weekStart } from "../zone";
import { type Limit, periodOf } from "./document";

const UNITS_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** How many went in the limit's period as of `now`, and what the period is called. */
function used(limit: Limit, history: Run[], clock: WallClock, now: Instant): { n: number; period: string } | null {
  const [kind, length = ""] = periodOf(limit).split(" ");
  if (kind === "calendar") {
    const from = { day: dayStart(clock, now), week: weekStart(clock, now), month: monthStart(clock, now, 0) }[length];
    const period = length === "day" ? "since midnight" : `this ${length}`;
    return from === undefined ? null : { n: sendsIn(history, from, now + 1), period };
  }
  const [, number, unit = ""] = /^(\d+)(ms|s|m|h|d)$/.exec(length) ?? [];
  const span = Number(number) * (UNITS_MS[unit] ?? NaN);
  // Exactly as old as the span is no longer counted.
  return Number.isNaN(span) ? null : { n: sendsIn(history, now - span + 1, now + 1), period: `in the last ${spelled(length)}` };
}

const spelled = (length: string) => ({ "24h": "24 hours", "1h": "hour", "7d": "7 days" })[length] ?? length.replace(/^(\d+)/, "$1 ");

/** The sentence of a limit: how much of it is used, and where it is used up, when the next message may go. */
export function limitNow(limit: Limit, policy: Policy, history: Run[], clock: WallClock, now: Instant): string {
  const state = used(limit, history, clock, now);
  if (!state || !limit.max) return "";
  const { n, period } = state;
  const counted = `${count(n)} of ${count(limit.max)} sent ${period}.`;
  if (limit.enforce === "goal") return `${counted} A goal is counted and shown, and never stops anything.`;
  // What else holds is said once, for all rules together.
  return n < limit.max ? counted : `${counted} ${nextWords(policy, history, clock, now)}`;
}

/** What it would be with the other meaning of a day. */
export function otherDay(limit: Limit, history: Run[], clock: WallClock, now: Instant): string {
  const other: Limit =
    limit.calendar === "day" ? { max: limit.max, rolling: "24h" } : limit.rolling === "24h" ? { max: limit.max, calendar: "day" } : { max: null };
  const state = other.max ? used(other, history, clock, now) : null;
  const here = used(limit, history, clock, now);
  return state && state.n !== here?.n ? `${state.period.charAt(0).toUpperCase()}${state.period.slice(1)} it would be ${count(state.n)}.` : "";
}

/** When the next message may go under all rules: `The next can go now.`, `Next at 09:00 tomorrow.` */
export function nextWords(policy: Policy, history: Run[], clock: WallClock, now: Instant): string {
  const decision = decide([{ name: "sender", policy, history }], now);
  if (decision.verdict === "send") return "The next can go now.";
  if (decision.verdict === "never") return "Nothing can go any more.";
  return `Next at ${soon(clock, decision.until, now)}.`;
}

/** `14:12`, `09:00 tomorrow`, or with its date. */
export function soon(clock: WallClock, at: Instant, now: Instant): string {
  if (date(clock, at) === date(clock, now)) return time(clock, at);
  return date(clock, at) === date(clock, addDays(clock, now, 1)) ? `${time(clock, at)} tomorrow` : stamp(clock, at);
}

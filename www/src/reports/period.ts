/** The periods that a report can be about: days on the reader's own clock. */

import type { Instant } from "../engine";
import { HERE } from "../format";
import { monthStart } from "../plan/sight";
import { addDays, dayStart, wallClock, weekStart } from "../zone";

/** Not before it is asked for: the engine may come after this file. */
const here = () => wallClock(HERE);

export const PERIODS = [
  { id: "today", text: "Today" },
  { id: "week", text: "This week" },
  { id: "month", text: "This month" },
  { id: "last-month", text: "Last month" },
  { id: "days", text: "From … to" },
] as const;

export type PeriodId = (typeof PERIODS)[number]["id"];

/** The first instant of a day that is written as `2026-11-24`; null where it is not a day. */
export function dayOf(text: string | null): Instant | null {
  const at = Date.parse(`${text}T00:00:00Z`);
  return text && !Number.isNaN(at) ? here().instant(at) : null;
}

/** The instants of days that are asked for, the last one with all its hours. */
export const instantsOf = ({ from, to }: { from: string | null; to: string | null }): { from: string | null; to: string | null } => {
  const [first, last] = [dayOf(from), dayOf(to)];
  return { from: first === null ? null : String(first), to: last === null ? null : String(addDays(here(), last, 1)) };
};

/** `2026-11-24`. */
export const written = (at: Instant): string => new Date(at + here().offset(at)).toISOString().slice(0, 10);

/** Half-open; the days that are named belong to it, the last one too. */
export function stretch(period: PeriodId, from: string | null, to: string | null, now: Instant): { from: Instant; to: Instant } {
  const tomorrow = addDays(here(), now, 1);
  switch (period) {
    case "today":
      return { from: dayStart(here(), now), to: tomorrow };
    case "week":
      return { from: weekStart(here(), now), to: tomorrow };
    case "month":
      return { from: monthStart(here(), now, 0), to: tomorrow };
    case "last-month":
      return { from: monthStart(here(), now, -1), to: monthStart(here(), now, 0) };
    case "days": {
      const first = dayOf(from) ?? monthStart(here(), now, 0);
      return { from: first, to: addDays(here(), Math.max(first, dayOf(to) ?? now), 1) };
    }
  }
}

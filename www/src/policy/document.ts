/** A policy while it is edited: the document itself, with what is empty at the top left out. */

import type { Policy, Weekday, Window } from "../engine";

export const WEEKDAYS: { day: Weekday; short: string; long: string }[] = [
  { day: "mon", short: "Mo", long: "Monday" },
  { day: "tue", short: "Tu", long: "Tuesday" },
  { day: "wed", short: "We", long: "Wednesday" },
  { day: "thu", short: "Th", long: "Thursday" },
  { day: "fri", short: "Fr", long: "Friday" },
  { day: "sat", short: "Sa", long: "Saturday" },
  { day: "sun", short: "Su", long: "Sunday" },
];

export const WORKDAYS: Weekday[] = ["mon", "tue", "wed", "thu", "fri"];

/** Of any kind, or between two; the engine says what is missing. */
export interface Blocked {
  name?: string;
  days?: Weekday[];
  from?: string;
  to?: string;
  date?: string;
  annual?: string;
}

export interface Limit {
  /** Null while the field is empty. */
  max: number | null;
  rolling?: string;
  calendar?: "day" | "week" | "month";
  enforce?: "hard" | "goal";
  counts?: string;
  ramp?: { from: string; steps: number[] };
}

export interface Break {
  after: number | null;
  pause: string;
}

/** Every list there, so that a form can add to it; every value as it is typed. */
export interface EditedPolicy extends Omit<Policy, "windows" | "blocked" | "limits" | "breaks"> {
  windows: Window[];
  blocked: Blocked[];
  limits: Limit[];
  breaks: Break[];
}

export function edited(policy: Policy): EditedPolicy {
  return { windows: [], blocked: [], limits: [], breaks: [], ...structuredClone(policy) };
}

/**
 * What goes to the engine and the server. Lists keep their order and length, so a problem's
 * path, `windows[2].to`, is the path of the field in the form.
 */
export function written(policy: EditedPolicy): Policy {
  const kept = Object.entries(policy).filter(([, value]) => value !== "" && value !== undefined && !isEmpty(value));
  return structuredClone(Object.fromEntries(kept)) as Policy;
}

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;

/** True when the policy rules nothing. */
export function rulesNothing(policy: Policy): boolean {
  return Object.keys(policy).every((name) => name === "time_zone");
}

export type BlockedKind = "weekly" | "date" | "annual" | "range";

export function kindOf(blocked: Blocked): BlockedKind {
  if (blocked.date !== undefined) return "date";
  if (blocked.annual !== undefined) return "annual";
  return blocked.from?.includes("T") || blocked.to?.includes("T") ? "range" : "weekly";
}

/** A blocked time of that kind that is valid as it stands; `today` is `YYYY-MM-DD`. */
export function newBlocked(kind: BlockedKind, name: string, today: string): Blocked {
  switch (kind) {
    case "weekly":
      return { name: name || "Lunch", from: "12:00", to: "13:00" };
    case "date":
      return { name: name || "Day off", date: today };
    case "annual":
      return { name: name || "New Year", annual: "01-01" };
    case "range":
      return { name: name || "Closed", from: `${today}T00:00`, to: `${nextDay(today)}T00:00` };
  }
}

function nextDay(date: string): string {
  return new Date(Date.parse(`${date}T00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

/** What a limit counts over, as one text: `rolling 24h`, `calendar day`. */
export function periodOf(limit: Limit): string {
  return limit.calendar === undefined ? `rolling ${limit.rolling ?? ""}` : `calendar ${limit.calendar}`;
}

export function setPeriod(limit: Limit, period: string): void {
  const [kind, length = ""] = period.split(" ");
  if (kind === "calendar") {
    limit.calendar = length as NonNullable<Limit["calendar"]>;
    delete limit.rolling;
  } else {
    limit.rolling = length;
    delete limit.calendar;
  }
}

const PERIODS: Record<string, string> = {
  "rolling 24h": "in any 24 hours",
  "rolling 1h": "in any hour",
  "rolling 7d": "in any 7 days",
  "calendar day": "a day, from midnight",
  "calendar week": "a week, from Monday",
  "calendar month": "a calendar month",
};

export function periodWords(period: string): string {
  return PERIODS[period] ?? `in any ${period.replace("rolling ", "")}`;
}

/** A fortnight at most from a tenth of the limit to all of it, twice as many each day. */
export function warmUp(today: string, max: number | null): { from: string; steps: number[] } {
  const steps: number[] = [];
  for (let n = Math.max(1, Math.ceil((max ?? 200) / 10)); n < (max ?? 200) && steps.length < 14; n *= 2) steps.push(n);
  return { from: today, steps: steps.length > 0 ? steps : [1] };
}

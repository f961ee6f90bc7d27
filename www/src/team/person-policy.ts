/** What a team asks for each person it writes to, as a form has it. */

import type { Schemas } from "../api/types";
import { type EditedPolicy, edited, written } from "../policy/document";
import type { Policy } from "../engine";

export type PersonPolicy = Schemas["PersonPolicy"];

/** What a limit begins with. */
export const SPAN = "24h";

export interface EditedLimit {
  /** Null while the field is empty. */
  max: number | null;
  /** A stretch of the person's own calendar; else any span as long as the next. */
  calendar: "day" | "week" | "month" | null;
  rolling: string;
  counts: "all" | "queued";
}

export interface EditedPersonPolicy {
  limits: EditedLimit[];
  /** Windows and blocked times alone; without a zone it is the sender's for whoever has none. */
  hours: EditedPolicy;
  over: "wait" | "skip";
}

export function editedPerson({ limits = [], hours, over = "wait" }: PersonPolicy): EditedPersonPolicy {
  return {
    limits: limits.map(({ max, rolling, calendar, counts }) => ({ max, calendar: calendar ?? null, rolling: rolling ?? SPAN, counts: counts ?? "all" })),
    hours: edited((hours ?? {}) as Policy),
    over,
  };
}

/** Nothing of it is kept where it asks for nothing. */
export function writtenPerson({ limits, hours, over }: EditedPersonPolicy): PersonPolicy {
  const kept = written(hours);
  const { windows, blocked } = kept;
  return {
    ...(limits.length > 0 && {
      limits: limits.map(({ max, rolling, calendar, counts }) => ({
        max: max ?? 0,
        ...(calendar ? { calendar } : { rolling }),
        ...(counts === "queued" && { counts: "queued" as const }),
      })),
      ...(over === "skip" && { over }),
    }),
    ...((windows || blocked) && { hours: kept as PersonPolicy["hours"] & object }),
  };
}

/** What the list of campaigns can be narrowed by, and how the address says it. */

import type { api } from "../api/api";
import { dayOf } from "../reports/period";
import { addDays, wallClock } from "../zone";
import { HERE } from "../format";

export const MORE = ["kind", "user_id", "from", "to", "file_name", "batch_id", "sort"] as const;
export const FILTERS = ["text", "status", "channel", "sender_id", ...MORE] as const;

type Asked = Omit<Parameters<typeof api.campaigns>[0], "cursor" | "limit">;

/** The query of a list: days become instants on the reader's clock, the last one with all its hours. */
export function filtersOf(address: URLSearchParams): Asked {
  const asked: Record<string, string> = {};
  for (const name of FILTERS) {
    const value = address.get(name);
    if (!value) continue;
    const day = name === "from" || name === "to" ? dayOf(value) : null;
    if (day === null) asked[name] = value;
    else asked[name] = String(name === "to" ? addDays(wallClock(HERE), day, 1) : day);
  }
  return asked as Asked;
}

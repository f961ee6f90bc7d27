/** What the list of campaigns can be narrowed by, and how the address says it. */

import type { api } from "../api/api";
import { instantsOf } from "../reports/period";

export const MORE = ["kind", "user_id", "from", "to", "file_name", "batch_id", "sort"] as const;
export const FILTERS = ["text", "status", "channel", "sender_id", ...MORE] as const;

type Asked = Omit<Parameters<typeof api.campaigns>[0], "cursor" | "limit">;

/** The query of a list: days become instants on the reader's clock, the last one with all its hours. */
export function filtersOf(address: URLSearchParams): Asked {
  const asked = Object.fromEntries(FILTERS.map((name) => [name, address.get(name)]));
  return { ...asked, ...instantsOf({ from: address.get("from"), to: address.get("to") }) } as Asked;
}

/** How opt-outs are told on screen. */

import type { Schemas } from "../api/types";

export const SOURCES: Record<Schemas["OptOutSource"], string> = {
  reply: "Replied STOP",
  refusal: "Refused in own words",
  manual: "By hand",
  one_click: "Link in a mail",
  import: "Import",
  receipt: "Told by the provider",
  complaint: "Complaint",
};

export const sourceWord = (source: string): string => SOURCES[source as Schemas["OptOutSource"]] ?? source;

/** How contacts are told on screen. */

import type { Contact } from "../api/types";
import { placeOf } from "../format";

export const nameOf = (contact: Pick<Contact, "name" | "addresses">): string => contact.name || (contact.addresses[0]?.address ?? "Nobody");

/** `Paris`, or `Sydney or Perth`, with how it is known. */
export function zoneSentence({ time_zones, time_zone_source }: Contact): string {
  if (time_zones.length === 0) return "Not known";
  const places = time_zones.slice(0, 3).map(placeOf).join(" or ");
  const more = time_zones.length > 3 ? ` or ${time_zones.length - 3} more` : "";
  return `${places}${more}${time_zone_source === "inferred" ? ", by the phone number" : ""}`;
}

/** `a; b` as a list without blanks and doubles. */
export const listed = (text: string): string[] => [...new Set(text.split(/[;,]/).map((part) => part.trim()).filter(Boolean))];

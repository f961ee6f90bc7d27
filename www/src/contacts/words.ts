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

const PARTS: [string, (contact: Contact) => unknown][] = [
  ["name", ({ name }) => name],
  ["addresses", ({ addresses }) => addresses.map(({ channel, address }) => [channel, address])],
  ["tags", ({ tags }) => tags],
  ["accounts", ({ accounts }) => accounts],
  ["time zone", ({ time_zones, time_zone_source }) => [time_zones, time_zone_source]],
  ["fields", ({ fields }) => Object.entries(fields).sort()],
];

/** The parts of a contact that are not as they were, as its form calls them. */
export const changesBetween = (was: Contact, is: Contact): string[] =>
  PARTS.filter(([, of]) => JSON.stringify(of(was)) !== JSON.stringify(of(is))).map(([name]) => name);

/** What of a campaign the server does not have yet, kept on this device: by team, because each has its own campaigns. */

import { written } from "../policy/document";
import { session } from "../session.svelte";
import type { Typed } from "./draft.svelte";

export interface Kept {
  typed: Typed;
  senderId: string;
  /** What the server had when it was typed; empty before it had anything. */
  base: string;
  /** Whether the server lacked any of it but the start. */
  unsaved: boolean;
  /** What was typed before, upon what is not there any more. */
  mine?: Typed | null;
}

/** In what two differ, but for the start, which no server has. */
export function differences(some: Typed, others: Typed): string[] {
  // Rules get their sender's zone when they are saved.
  const { time_zone: otherZone, ...otherRules } = written(others.policy);
  const { time_zone: zone = otherZone, ...rules } = written(some.policy);
  const parts: [string, unknown, unknown][] = [
    ["name", some.name, others.name],
    ["text", some.text, others.text],
    ["subject", some.subject, others.subject],
    ["attachments", some.attachments, others.attachments],
    ["tracking", some.tracking, others.tracking],
    ["rules", [zone, rules], [otherZone ?? zone, otherRules]],
    ["way with late messages", some.lateness, others.lateness],
  ];
  return parts.flatMap(([part, one, other]) => (inOrder(one) === inOrder(other) ? [] : [part]));
}

/** As text, whatever the order of the fields. */
const inOrder = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part,
  );

/** Where it is kept; what has no id yet is the team's new campaign. */
export const placeOfKept = (team: string, id: string | null): string => `tidegate.draft.${team}.${id ?? "new"}`;

export function readKept(place: string): Kept | null {
  try {
    return JSON.parse(localStorage.getItem(place) ?? "null") as Kept | null;
  } catch {
    localStorage.removeItem(place);
    return null;
  }
}

/** True if it is kept: whoever signs out in the moment before leaves nothing behind. */
export function keep(place: string, kept: Kept): boolean {
  if (session.key === null) return false;
  localStorage.setItem(place, JSON.stringify(kept));
  return true;
}

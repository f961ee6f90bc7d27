/** What of a campaign the server does not have yet, kept on this device: by team, because each has its own campaigns. */

import { session } from "../session.svelte";
import type { Typed } from "./draft.svelte";

export interface Kept {
  typed: Typed;
  senderId: string;
  /** What the server had when it was typed; empty before it had anything. */
  base: string;
}

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

/** How reviews are told on screen. */

import type { Found, Review } from "../api/types";
import { localStamp } from "../format";

const STATES: Record<string, string> = { pending: "Waits for a decision", cleared: "Let go", refused: "Refused", replaced: "Asked anew" };

export const stateWord = (state: string): string => STATES[state] ?? state;

export function whereWord(where: string): string {
  if (where === "text") return "the text";
  if (where === "subject") return "the subject";
  if (where.startsWith("fields.")) return `the field ${where.slice("fields.".length)}`;
  return "the text as people get it";
}

export function wishSentence(wish: Review["wish"]): string {
  if (wish.do === "resume") return "the campaign goes on where it was paused.";
  return wish.at ? `it is scheduled for ${localStamp(wish.at)}.` : "it is scheduled to begin at once.";
}

/** The text in pieces, those that were found marked. An excerpt tells what stands around a find, so the value itself is looked for. */
export function marked(text: string, found: Found[]): { text: string; hit: boolean }[] {
  const values = found.filter(({ where }) => where === "text").map(({ value }) => value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (values.length === 0) return [{ text, hit: false }];
  return text
    .split(new RegExp(`(${values.join("|")})`, "giu"))
    .map((piece, i) => ({ text: piece, hit: i % 2 === 1 }))
    .filter((piece) => piece.text !== "");
}

/** How what was said is told on screen. */

import type { Schemas, TimelineEntry } from "../api/types";

export type Received = Schemas["TimelineReceived"];
export type Sent = Schemas["TimelineSent"];

export const isReceived = (entry: TimelineEntry): entry is Received => entry.direction === "in";

const KINDS: Record<string, string> = {
  broadcast: "Campaign",
  single: "Written by hand",
  answer: "Automatic answer",
  forward: "Forwarded",
  timed: "At a set time",
};

export const kindWord = (kind: string): string => KINDS[kind] ?? kind;

const MEANINGS: Record<string, string> = {
  stop: "STOP: gets nothing any more",
  refusal: "Refused in own words",
  start: "START: gets messages again",
  help: "Asked for help",
};

export const meaningWord = (meaning: string): string | null => MEANINGS[meaning] ?? null;

/** Whether somebody said that they want no more. */
export const isStop = ({ meaning, review }: Received): boolean => meaning === "stop" || meaning === "refusal" || review === "stop";

/** Of millionths: `EUR 0.0075`. */
export function money(millionths: number, currency: string | null): string {
  const amount = millionths / 1_000_000;
  const places = { maximumFractionDigits: 6, minimumFractionDigits: 2 };
  if (currency === null) return new Intl.NumberFormat(navigator.language, places).format(amount);
  return new Intl.NumberFormat(navigator.language, { style: "currency", currency, ...places }).format(amount);
}

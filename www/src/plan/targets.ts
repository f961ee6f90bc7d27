/** By when a plan could be asked to be done: its end date, or the close of a day before its last. */

import type { Instant, Layer } from "../engine";
import { addDays, dayStart, type WallClock } from "../zone";
import { openHours } from "./open-hours";

/** How many are offered, and how many days back one is looked for. */
const OFFERED = 4;
const MAX_DAYS = 21;

/** Latest first. `layers` are `hoursOnly`. */
export function earlierCloses(layers: Layer[], first: Instant, last: Instant, clock: WallClock): Instant[] {
  const found: Instant[] = [];
  let day = dayStart(clock, last);
  for (let i = 0; i < MAX_DAYS && found.length < OFFERED && day > first; i++) {
    const before = addDays(clock, day, -1);
    const close = openHours(layers, before, day).findLast(({ shade }) => shade === "open")?.to;
    if (close !== undefined && close > first) found.push(close);
    day = before;
  }
  const half = first + Math.ceil((last - first) / 2 / HOUR_MS) * HOUR_MS;
  return found.length === 0 && last - first > 2 * HOUR_MS && half < last ? [half] : found;
}

const HOUR_MS = 3_600_000;

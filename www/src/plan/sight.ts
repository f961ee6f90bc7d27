/** Which stretch of time is looked at, and how near. */

import type { Instant } from "../engine";
import { addDays, dayStart, wallOfDay, weekStart, type WallClock } from "../zone";

export type Zoom = "hour" | "day" | "week" | "month";

export const ZOOMS: { value: Zoom; text: string }[] = [
  { value: "hour", text: "Hour" },
  { value: "day", text: "Day" },
  { value: "week", text: "Week" },
  { value: "month", text: "Month" },
];

/** What somebody looks at: the stretch of this size around an instant; null follows the first message. */
export interface View {
  zoom: Zoom;
  at: Instant | null;
}

/** A stretch in sight, half-open, and the instant that it was made for. */
export interface Sight {
  zoom: Zoom;
  at: Instant;
  from: Instant;
  to: Instant;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** The hour, day, week, or weeks of a month that `at` falls into. */
export function sightOf(zoom: Zoom, at: Instant, clock: WallClock): Sight {
  switch (zoom) {
    case "hour": {
      const from = at - (wallOfDay(clock, at) % HOUR_MS);
      return { zoom, at, from, to: from + HOUR_MS };
    }
    case "day":
      return { zoom, at, from: dayStart(clock, at), to: addDays(clock, at, 1) };
    case "week": {
      const from = weekStart(clock, at);
      return { zoom, at, from, to: addDays(clock, from, 7) };
    }
    case "month": {
      const first = monthStart(clock, at, 0);
      const from = weekStart(clock, first);
      const weeks = Math.ceil((monthStart(clock, at, 1) - from) / (7 * DAY_MS) - 0.02);
      return { zoom, at, from, to: addDays(clock, from, weeks * 7) };
    }
  }
}

/** An instant in the stretch `by` further on, or back. */
export function step({ zoom, at, from }: Sight, by: number, clock: WallClock): Instant {
  switch (zoom) {
    case "hour":
      return from + by * HOUR_MS;
    case "day":
      return addDays(clock, from, by);
    case "week":
      return addDays(clock, from, by * 7);
    case "month":
      return monthStart(clock, at, by);
  }
}

/** Local midnight of the first of the month `by` months after that of `at`. */
export function monthStart(clock: WallClock, at: Instant, by: number): Instant {
  const wall = new Date(at + clock.offset(at));
  return clock.instant(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth() + by, 1));
}

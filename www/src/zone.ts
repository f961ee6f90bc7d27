/**
 * Wall clocks, for showing. The offsets come from the engine, because the browser's own table
 * may disagree with the rules about the same date.
 */

import { type Instant, offsets } from "./engine";

const DAY_MS = 86_400_000;
/** A wall clock knows its offsets this far either side of the instant it was made for. */
const REACH_MS = 1_100 * DAY_MS;

export interface WallClock {
  zone: string;
  /** Milliseconds to add to an instant to read its wall time as if it were UTC. */
  offset(at: Instant): number;
  /** The first instant whose wall time is at or after `wall`, given as if it were UTC. */
  instant(wall: number): Instant;
  /** Every instant whose wall time is `wall`: two in an hour that comes twice, none in one that is skipped. */
  instants(wall: number): Instant[];
  /** Where the offset changes inside `[from, to)`. */
  changes(from: Instant, to: Instant): Instant[];
}

const known = new Map<string, WallClock>();

/** The wall clock of a zone; of UTC where the engine does not know the zone. */
export function wallClock(zone: string | undefined, around: Instant = Date.now()): WallClock {
  const name = zone || "UTC";
  const key = `${name} ${Math.floor(around / REACH_MS)}`;
  let clock = known.get(key);
  if (!clock) {
    clock = makeClock(name, around);
    known.set(key, clock);
  }
  return clock;
}

function makeClock(zone: string, around: Instant): WallClock {
  let spans: { from: Instant; offset_ms: number }[];
  try {
    spans = offsets(zone, around - REACH_MS, around + 2 * REACH_MS);
  } catch {
    // Throws where the engine is not there yet, so that no other zone is taken for UTC.
    offsets("UTC", around, around + 1);
    spans = [];
  }
  const offset = (at: Instant) => spans.findLast((span) => span.from <= at)?.offset_ms ?? spans[0]?.offset_ms ?? 0;
  const instant = (wall: number) => {
    for (const [i, span] of spans.entries()) {
      const at = Math.max(wall - span.offset_ms, i === 0 ? -Infinity : span.from);
      if (at < (spans[i + 1]?.from ?? Infinity)) return at;
    }
    return wall;
  };
  const instants = (wall: number) =>
    spans.flatMap((span, i) => {
      const at = wall - span.offset_ms;
      return at >= span.from && at < (spans[i + 1]?.from ?? Infinity) ? [at] : [];
    });
  const changes = (from: Instant, to: Instant) => spans.map((span) => span.from).filter((at) => at >= from && at < to);
  return { zone, offset, instant, instants, changes };
}

/** Local midnight of the day that `at` falls on. */
export function dayStart(clock: WallClock, at: Instant): Instant {
  return clock.instant(Math.floor((at + clock.offset(at)) / DAY_MS) * DAY_MS);
}

/** Local midnight `days` days after the day of `at`. */
export function addDays(clock: WallClock, at: Instant, days: number): Instant {
  return clock.instant((Math.floor((at + clock.offset(at)) / DAY_MS) + days) * DAY_MS);
}

/** Local midnight of the Monday at or before `at`. */
export function weekStart(clock: WallClock, at: Instant): Instant {
  const day = Math.floor((at + clock.offset(at)) / DAY_MS);
  // Day 0 was a Thursday.
  return clock.instant((day - ((((day + 3) % 7) + 7) % 7)) * DAY_MS);
}

/** Milliseconds past local midnight that the wall clock reads. */
export function wallOfDay(clock: WallClock, at: Instant): number {
  const wall = at + clock.offset(at);
  return wall - Math.floor(wall / DAY_MS) * DAY_MS;
}

/** Sends counted into equal pieces of the wall clock, from runs, without listing any. */

import type { Instant, Run } from "../engine";
import { addDays, dayStart, wallOfDay, type WallClock } from "../zone";

export interface Piece {
  /** Which of the tracks asked for. */
  track: number;
  /** Which piece of that track. */
  piece: number;
  count: number;
}

/**
 * The pieces that hold a send. `tracks` are the local days, or hours, to count in, the last
 * instant the end of the last; a track is `span_ms` of the wall clock long.
 */
export function density(runs: Run[], tracks: Instant[], clock: WallClock, span_ms: number, piece_ms: number): Piece[] {
  const found: Piece[] = [];
  for (const [track, from] of tracks.slice(0, -1).entries()) {
    const to = tracks[track + 1] ?? from;
    const counts = new Map<number, number>();
    for (const run of runs) {
      for (let at = sendAtOrAfter(run, from); at !== null && at < to;) {
        const wall = wallOfDay(clock, at) % span_ms;
        const end = Math.min(to, at + piece_ms - (wall % piece_ms));
        const piece = Math.floor(wall / piece_ms);
        counts.set(piece, (counts.get(piece) ?? 0) + sendsBefore(run, end) - sendsBefore(run, at));
        at = sendAtOrAfter(run, end);
      }
    }
    found.push(...[...counts].map(([piece, count]) => ({ track, piece, count })));
  }
  return found;
}

/** Sends per local day, only days that have any. */
export function perDay(runs: Run[], clock: WallClock): { day: Instant; count: number }[] {
  const counts = new Map<Instant, number>();
  let [day, end] = [0, 0];
  for (const run of runs) {
    for (let at: Instant | null = run.start; at !== null;) {
      // Most runs begin on the day of the one before.
      if (at < day || at >= end) [day, end] = [dayStart(clock, at), addDays(clock, at, 1)];
      counts.set(day, (counts.get(day) ?? 0) + sendsBefore(run, end) - sendsBefore(run, at));
      at = sendAtOrAfter(run, end);
    }
  }
  return [...counts].map(([day, count]) => ({ day, count })).sort((a, b) => a.day - b.day);
}

/** How many sends of the run come before `at`. */
export function sendsBefore(run: Run, at: Instant): number {
  if (at <= run.start) return 0;
  if (run.every <= 0) return run.count;
  return Math.min(run.count, Math.ceil((at - run.start) / run.every));
}

/** The first send of the run at or after `at`. */
function sendAtOrAfter(run: Run, at: Instant): Instant | null {
  const index = sendsBefore(run, at);
  return index < run.count ? run.start + index * run.every : null;
}

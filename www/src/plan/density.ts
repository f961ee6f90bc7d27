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
  const counts = tracks.slice(0, -1).map(() => new Map<number, number>());
  for (const run of runs) {
    for (let track = trackAt(tracks, run.start); track < counts.length; track++) {
      const [from, to] = [tracks[track] ?? 0, tracks[track + 1] ?? 0];
      let at = sendAtOrAfter(run, from);
      if (at === null) break;
      for (; at !== null && at < to; ) {
        const wall = wallOfDay(clock, at) % span_ms;
        const end = Math.min(to, at + piece_ms - (wall % piece_ms));
        const piece = Math.floor(wall / piece_ms);
        const held = counts[track];
        held?.set(piece, (held.get(piece) ?? 0) + sendsBefore(run, end) - sendsBefore(run, at));
        at = sendAtOrAfter(run, end);
      }
    }
  }
  return counts.flatMap((held, track) => [...held].map(([piece, count]) => ({ track, piece, count })));
}

/** The track that `at` falls into, or the first. */
function trackAt(tracks: Instant[], at: Instant): number {
  let [low, high] = [0, tracks.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((tracks[middle] ?? Infinity) <= at) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Sends per local day, only days that have any. */
export function perDay(runs: Iterable<Run>, clock: WallClock): { day: Instant; count: number }[] {
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

/** How many of the runs' sends lie in `[from, to)`. */
export const sendsIn = (runs: Run[], from: Instant, to: Instant): number =>
  runs.reduce((sum, run) => sum + sendsBefore(run, to) - sendsBefore(run, from), 0);

/** The first send of the run at or after `at`. */
function sendAtOrAfter(run: Run, at: Instant): Instant | null {
  const index = sendsBefore(run, at);
  return index < run.count ? run.start + index * run.every : null;
}

/** Sends counted into equal pieces of the wall-clock day, from runs, without listing any. */

import type { Instant, Run } from "../engine";
import { addDays, dayStart, wallOfDay, type WallClock } from "../zone";

export interface Piece {
  /** Which day of those asked for. */
  day: number;
  /** Which piece of that day. */
  piece: number;
  count: number;
}

/** The pieces of `days` (local midnights, the last one the end) that hold a send. */
export function density(runs: Run[], days: Instant[], clock: WallClock, piece_ms: number): Piece[] {
  const counts = new Map<number, number>();
  const perDay = Math.ceil(90_000_000 / piece_ms);
  for (const [day, from] of days.slice(0, -1).entries()) {
    const to = days[day + 1] ?? from;
    for (const run of runs) {
      for (let at = sendAtOrAfter(run, from); at !== null && at < to; ) {
        const piece = Math.floor(wallOfDay(clock, at) / piece_ms);
        const end = Math.min(to, at + piece_ms - (wallOfDay(clock, at) % piece_ms));
        const key = day * perDay + piece;
        counts.set(key, (counts.get(key) ?? 0) + sendsBefore(run, end) - sendsBefore(run, at));
        at = sendAtOrAfter(run, end);
      }
    }
  }
  return [...counts].map(([key, count]) => ({ day: Math.floor(key / perDay), piece: key % perDay, count }));
}

/** Sends per local day, only days that have any. */
export function perDay(runs: Run[], clock: WallClock): { day: Instant; count: number }[] {
  const counts = new Map<Instant, number>();
  for (const run of runs) {
    for (let at: Instant | null = run.start; at !== null; ) {
      const day = dayStart(clock, at);
      const end = addDays(clock, at, 1);
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

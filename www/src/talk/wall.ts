/** Wall times of a message that goes later; the engine knows the zones. */

import { checkPolicy, decide, type Instant } from "../engine";
import { wallClock } from "../zone";

/** A message at a time is at least five minutes ahead, so an hour's mark that is a little more. */
const LEAD_MS = 600_000;
const HOUR_MS = 3_600_000;

/** The instant of a wall time; null where it is past or not a time. */
export function instantAt(wall: string, zone: string): Instant | null {
  const policy = { time_zone: zone, starts_at: wall };
  if (checkPolicy(policy).length > 0) return null;
  const decision = decide([{ name: "start", policy }], Date.now());
  return decision.verdict === "wait" ? decision.until : null;
}

/** The next full hour that is far enough ahead, on the clock of `zone`. */
export function soonIn(zone: string): string {
  const now = Date.now();
  const wall = now + wallClock(zone, now).offset(now);
  return new Date(Math.ceil((wall + LEAD_MS) / HOUR_MS) * HOUR_MS).toISOString().slice(0, 16);
}

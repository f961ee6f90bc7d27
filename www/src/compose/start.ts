/** When a campaign begins, as a wall time on its sender's clock. */

import { checkPolicy, decide, type Instant } from "../engine";
import { START_LAYER } from "../plan/picture";
import { wallClock } from "../zone";

/** A start is set at least this far ahead; the server refuses a nearer one. */
export const LEAD_MS = 300_000;
const HOUR_MS = 3_600_000;

/** The instant of a wall time, by the engine; null where it is past or not a time. */
export function instantOf(wall: string, zone: string): Instant | null {
  const start = { name: START_LAYER, policy: { time_zone: zone, starts_at: wall } };
  if (checkPolicy(start.policy).length > 0) return null;
  const decision = decide([start], Date.now());
  return decision.verdict === "wait" ? decision.until : null;
}

/** An instant as a wall time: `2026-11-23T09:00`. */
export const wallOf = (at: Instant, zone: string): string =>
  new Date(at + wallClock(zone, at).offset(at)).toISOString().slice(0, 16);

/** The next full hour that a start may have. */
export function soonest(zone: string): string {
  const now = Date.now();
  const wall = now + wallClock(zone, now).offset(now);
  return new Date(Math.ceil((wall + LEAD_MS) / HOUR_MS) * HOUR_MS).toISOString().slice(0, 16);
}

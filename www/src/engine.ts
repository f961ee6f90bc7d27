/**
 * The rule engine in the page: the only file that touches the module. Documents go in and come
 * out as the engine defines them; nothing here knows a rule.
 */

import init, * as tidegate from "tidegate";
import wasmUrl from "tidegate/tidegate_bg.wasm?url";

/** Milliseconds since 1970-01-01T00:00Z. */
export type Instant = number;

export type Weekday = "mon" | "tue" | "wed" | "thu" | "fri" | "sat" | "sun";

export interface Window {
  days?: Weekday[];
  from: string;
  to: string;
}

export interface Blocked {
  name: string;
  days?: Weekday[];
  from?: string;
  to?: string;
  date?: string;
  annual?: string;
}

export interface Limit {
  max: number | null;
  rolling?: string;
  calendar?: "day" | "week" | "month";
  enforce?: "hard" | "goal";
  counts?: string;
  ramp?: { from: string; steps: number[] };
}

export interface Break {
  after: number | null;
  pause: string;
}

export interface Policy {
  time_zone?: string;
  windows?: Window[];
  blocked?: Blocked[];
  limits?: Limit[];
  gap?: string;
  jitter?: string;
  breaks?: Break[];
  starts_at?: string;
  ends_at?: string;
}

export interface Problem {
  path: string;
  code: string;
  message: string;
}

export interface Run {
  start: Instant;
  count: number;
  every: number;
  origin?: string;
}

export interface Layer {
  name: string;
  policy: Policy;
  history?: (Run | Instant)[];
}

export interface Lane {
  name: string;
  layers: Layer[];
  count: number;
  seed?: number;
}

export type Order = "in_turn" | "fair";

export interface Reason {
  layer: string;
  gate: string;
  code: string;
  until: Instant | null;
  text: string;
}

export type Decision =
  | { verdict: "send" }
  | { verdict: "wait"; until: Instant; because: Reason[] }
  | { verdict: "never"; because: Reason[] };

export interface PlanRequest {
  shared: Layer[];
  lanes: Lane[];
  order?: Order;
  now: Instant;
}

export interface LanePlan {
  name: string;
  planned: number;
  unplanned: number;
  first: Instant | null;
  last: Instant | null;
}

export interface PlannedRun extends Run {
  /** The index of the lane in the request. */
  lane: number;
}

export interface Day {
  date: string;
  count: number;
  first: Instant;
  last: Instant;
}

/** A pause between two sends, or before the first. */
export interface Wait {
  from: Instant;
  to: Instant;
  /** The index of the lane that sends after the pause. */
  lane: number;
  layer: string;
  /** The gate that was the last to open. */
  gate: string;
  code: string;
}

export interface Warning {
  code: string;
  message: string;
  lane?: number;
  left_out?: number;
}

export interface Plan extends Omit<LanePlan, "name"> {
  lanes: LanePlan[];
  runs: PlannedRun[];
  days: Day[];
  waits: Wait[];
  warnings: Warning[];
}

interface Engine {
  checkPolicy(policy: Policy): Problem[];
  decide(request: { layers: Layer[]; now: Instant }): Decision;
  plan(request: PlanRequest): Plan;
  offsets(zone: string, from: Instant, until: Instant): Float64Array;
  version(): string;
  zoneRelease(): string;
}

const engine = tidegate as unknown as Engine;

/** Must have resolved before anything else here is called. */
export async function loadEngine(): Promise<void> {
  await init({ module_or_path: wasmUrl });
}

/** Every problem of a policy at once; none when it is valid. */
export function checkPolicy(policy: Policy): Problem[] {
  return engine.checkPolicy(policy);
}

/** May one message go at `now`? */
export function decide(layers: Layer[], now: Instant): Decision {
  return engine.decide({ layers, now });
}

/** When every message of every lane goes. */
export function plan(request: PlanRequest): Plan {
  return engine.plan(request);
}

/** The stretches of constant offset of a zone that touch `[from, until)`. */
export function offsets(zone: string, from: Instant, until: Instant): { from: Instant; offset_ms: number }[] {
  const flat = engine.offsets(zone, from, until);
  return Array.from({ length: flat.length / 2 }, (_, i) => ({
    from: flat[2 * i] ?? from,
    offset_ms: flat[2 * i + 1] ?? 0,
  }));
}

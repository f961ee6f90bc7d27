/**
 * The rule engine in the page: the only file that touches the module. Documents go in and come
 * out as the engine defines them; nothing here knows a rule.
 */

import init, * as engine from "tidegate";
import type * as documents from "tidegate";
import wasmUrl from "tidegate/tidegate_bg.wasm?url";

export type { Decision, Plan, PlannedRun, Policy, Problem, Reason, Wait, Warning, Weekday } from "tidegate";

/** Milliseconds since 1970-01-01T00:00Z. */
export type Instant = number;
export type Order = "in_turn" | "fair";
export type LanePlan = documents.LanePlan;
export type Advice = documents.Advice;
export type Change = documents.Change;
export type Window = documents.Window;
export type Blocked = documents.BlockedTime;
export type Limit = documents.Limit;
export type LexiconId = documents.LexiconId;
export type Label = ReturnType<typeof engine.label>;
export type Facts = documents.Facts;
export type Machine = documents.Machine;

/** Sends at even distances; where they came from does not matter to a picture. */
export type Run = Pick<documents.Run, "start" | "count" | "every">;

/** A layer as the console handles it: always named, its history in numbers. */
export interface Layer {
  name: string;
  policy: documents.Policy;
  history?: (Instant | (Partial<documents.Run> & Pick<Run, "start">))[];
}

export interface Lane extends Omit<documents.Lane, "name" | "layers"> {
  name: string;
  layers: Layer[];
}

/** Lanes with layers in common: the people of a campaign in several zones. */
export interface Group extends Omit<documents.Group, "name" | "layers"> {
  name: string;
  layers: Layer[];
}

export interface PlanRequest {
  shared: Layer[];
  groups: Group[];
  lanes: Lane[];
  order: Order;
  now: Instant;
}

/** A stretch of time, half-open. */
export interface Span {
  from: Instant;
  until: Instant;
}

/** Must have resolved before anything else here is called. */
export async function loadEngine(): Promise<void> {
  await init({ module_or_path: wasmUrl });
}

/** Every problem of a policy at once; none when it is valid. */
export const checkPolicy = (policy: documents.Policy): documents.Problem[] => engine.checkPolicy(policy);

/** May one message go at `now`? */
export const decide = (layers: Layer[], now: Instant): documents.Decision => engine.decide({ layers, now });

/** When every message of every lane goes; runs and pauses are listed where they touch `detail`. */
export const plan = (request: PlanRequest, detail?: Span): documents.Plan =>
  engine.plan(detail ? { ...request, detail } : request);

/** The runs of a whole plan, four numbers each: lane, start, count, milliseconds between two. */
export const planRuns = (request: PlanRequest): Float64Array => engine.planRuns(request);

/** What each lane gets before `until`. */
export const planUntil = (request: PlanRequest, until: Instant): documents.Plan =>
  engine.plan({ ...request, until, detail: { from: until - 1, until } });

/** How many messages go before `until`, over all lanes. */
export const countBefore = (request: PlanRequest, until: Instant): number => planUntil(request, until).planned;

/** The smallest change of each rule that makes the last message go by `finish_by`. */
export const advise = (request: PlanRequest, finish_by: Instant): documents.Advice =>
  engine.advise({ ...request, finish_by });

/** Why a message goes when it goes, counted from 0 in sending order over all lanes. */
export const explain = (request: PlanRequest, message: number): documents.Explanation =>
  engine.explain({ ...request, message });

/** The stretches of constant offset of a zone that touch `[from, until)`. */
export const offsets = (zone: string, from: Instant, until: Instant): { from: Instant; offset_ms: number }[] =>
  engine.offsets(zone, from, until);

/** The word of a lexicon for what is true of a campaign or a message. */
export const label = (lexicon: LexiconId, facts: Facts): Label => engine.label(lexicon, facts);

/** Every word of a lexicon, in the order in which filters show them. */
export const words = (lexicon: LexiconId, machine: Machine): Label[] => engine.words(lexicon, machine);

/** Writes what the engine advises to where it stands: the path is into the plan request. */

import type { Change, PlanRequest, Policy } from "../engine";
import { CAMPAIGN_LAYER, START_LAYER } from "../plan/picture";

/** Whose rule a change is: the campaign's own, its start, the sender's; null is nobody's here. */
export type Owner = "campaign" | "start" | "sender";

export function ownerOf(change: Change, request: PlanRequest, lanes: number[]): Owner | null {
  const places = lanes.map((lane) => `lanes[${lane}].`).concat(lanes.map((lane) => `groups[${request.lanes[lane]?.group}].`));
  const own = change.paths.every((path) => places.some((place) => path.startsWith(place)));
  if (own && change.layer === CAMPAIGN_LAYER) return "campaign";
  if (own && change.layer === START_LAYER) return "start";
  return change.layer === "sender" && change.paths.every((path) => path.startsWith("shared[")) ? "sender" : null;
}

/** The same without those whose turn comes after some lanes: when these are done is asked, not when all is. */
export const upTo = (request: PlanRequest, lanes: number[]): PlanRequest =>
  request.order === "in_turn" ? { ...request, lanes: request.lanes.slice(0, Math.max(...lanes) + 1) } : request;

/** Writes it into a policy, which may be a form's. */
export function write(policy: Policy | object, change: Change): void {
  for (const path of change.paths) {
    const steps = (/\.policy\.(.+)$/.exec(path)?.[1] ?? "").split(/[.[\]]+/).filter(Boolean);
    const last = steps.pop();
    let place = policy as Record<string, unknown> | undefined;
    for (const name of steps) place = place?.[name] as Record<string, unknown> | undefined;
    if (place && last !== undefined) place[last] = change.to;
  }
}

/** A plan made ready to be drawn: what is this campaign's, what is others', and the pauses. */

import type { Outlook } from "../api/types";
import {
  type Instant,
  type Lane,
  type LanePlan,
  type Layer,
  plan,
  type PlanRequest,
  type Policy,
  type Run,
  type Wait,
  type Warning,
} from "../engine";
import type { WallClock } from "../zone";
import { perDay } from "./density";

/** The name of the layer that holds a campaign's own rules. */
export const CAMPAIGN_LAYER = "campaign";
/** The name of the layer that holds the chosen start. */
export const START_LAYER = "start";

export interface Draft {
  policy: Policy;
  count: number;
  /** Local date and time in `zone`, or null for as soon as it can. */
  at: string | null;
  zone: string;
}

export interface Picture {
  lane: LanePlan;
  /** What this campaign will send. */
  mine: Run[];
  /** What the other campaigns of the sender will send. */
  others: Run[];
  /** What the sender has sent. */
  sent: Run[];
  waits: Wait[];
  days: { day: Instant; count: number }[];
  warnings: Warning[];
}

/** The request that plans a draft behind everything its sender has to send already. */
export function draftRequest(outlook: Outlook, draft: Draft): PlanRequest {
  const lanes: Lane[] = outlook.lanes.map(({ campaign_id: _, ...lane }) => lane);
  lanes.push({ name: freeName(outlook), layers: draftLayers(draft), count: draft.count, seed: 0 });
  return { shared: outlook.shared, lanes, order: outlook.order, now: outlook.now };
}

/** The draft's own layers: its rules, and its start where one was chosen. */
export function draftLayers(draft: Draft): Layer[] {
  const own: Layer = { name: CAMPAIGN_LAYER, policy: draft.policy, history: [] };
  if (draft.at === null) return [own];
  const start: Layer = { name: START_LAYER, policy: { time_zone: draft.zone, starts_at: draft.at }, history: [] };
  return [own, start];
}

/** Plans, and picks out the lane at `index`. */
export function drawPlan(request: PlanRequest, index: number, clock: WallClock): Picture {
  const answer = plan(request);
  const lane = answer.lanes[index] ?? { name: "", planned: 0, unplanned: 0, first: null, last: null };
  const mine = answer.runs.filter((run) => run.lane === index);
  // A night that ends with another campaign's message is this one's pause too.
  const between = (wait: Wait) => lane.first !== null && lane.last !== null && wait.from >= lane.first && wait.to <= lane.last;
  return {
    lane,
    mine,
    others: answer.runs.filter((run) => run.lane !== index),
    sent: history(request.shared),
    waits: answer.waits.filter((wait) => wait.lane === index || between(wait)),
    days: perDay(mine, clock),
    warnings: answer.warnings.filter((warning) => !("lane" in warning) || warning.lane === index),
  };
}

/** What was sent under shared layers. Each counts the same sends, so the longest list has all. */
export function history(layers: Layer[]): Run[] {
  const longest = layers.reduce<NonNullable<Layer["history"]>>(
    (best, { history = [] }) => (history.length > best.length ? history : best),
    [],
  );
  return longest.map((run) =>
    typeof run === "number" ? { start: run, count: 1, every: 0 } : { start: run.start, count: run.count ?? 1, every: run.every ?? 0 },
  );
}

function freeName(outlook: Outlook): string {
  const taken = new Set(outlook.lanes.map((lane) => lane.name));
  let name = "this campaign";
  while (taken.has(name)) name += "'";
  return name;
}

/** A plan made ready to be drawn: what is this campaign's, what is others', and the pauses. */

import type { Outlook } from "../api/types";
import {
  type Group,
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
import { jitterSeed } from "./seed";

/** The name of the layer that holds a campaign's own rules. */
export const CAMPAIGN_LAYER = "campaign";
/** The name of the layer that holds a campaign's start. */
export const START_LAYER = "schedule";
/** The name of the layer in which the provider holds a sender that it asked to wait. */
export const PROVIDER_LAYER = "provider";
/** The name of the layer that holds what the provider takes a second. */
const PACE_LAYER = "pace";

export interface Draft {
  /** Null until the server has it. */
  id: string | null;
  policy: Policy;
  count: number;
  /** Local date and time in `zone`, or null for as soon as it can. */
  at: string | null;
  zone: string;
}

/** What was and will be sent on a local day; `planned` where that is known and not the same. */
export interface DayCount {
  day: Instant;
  count: number;
  planned?: number;
}

export interface Picture {
  lane: LanePlan;
  /** What this campaign will send. */
  mine: Run[];
  /** What the other campaigns of the sender will send. */
  others: Run[];
  /** What the sender has sent. */
  sent: Run[];
  /** What this campaign was promised to send by now, to hold `sent` against. */
  promised: Run[];
  waits: Wait[];
  days: DayCount[];
  warnings: Warning[];
}

/** The request that plans a draft behind everything its sender has to send already. */
export function draftRequest(outlook: Outlook, draft: Draft): PlanRequest {
  const { shared, groups, lanes, order, now } = outlook;
  const lane: Lane = {
    name: draft.id ?? "draft",
    layers: draftLayers(outlook, draft),
    count: draft.count,
    seed: draft.id === null ? 0 : jitterSeed(draft.id),
    // Where campaigns share fairly, a new one starts level with the one that has had the least.
    sent_before: leastSent(groups, lanes.filter((other) => other.count > 0)),
  };
  return { shared, groups, lanes: [...lanes, lane], order, now };
}

/** What the least served campaign has had; one in several zones counts as a whole. */
function leastSent(groups: Group[], lanes: Lane[]): number {
  const sent = ({ group, sent_before = 0 }: Lane) =>
    group === undefined ? sent_before : (groups[group]?.sent_before ?? 0);
  return lanes.length === 0 ? 0 : Math.min(...lanes.map(sent));
}

/** The draft's own layers: its rules and its start. */
export function draftLayers(outlook: Outlook, draft: Draft): Layer[] {
  const start: Policy =
    draft.at === null
      ? { starts_at: new Date(outlook.starts_at).toISOString() }
      : { time_zone: draft.zone, starts_at: draft.at };
  return [
    { name: CAMPAIGN_LAYER, policy: draft.policy, history: [] },
    { name: START_LAYER, policy: start, history: [] },
  ];
}

/** The layers whose rules people wrote. */
export function ruleLayers(layers: Layer[]): Layer[] {
  return layers.filter(({ name }) => ![PACE_LAYER, START_LAYER, PROVIDER_LAYER].includes(name));
}

/** Plans, and picks out the lanes of one campaign: several where its people are in several zones. */
export function drawPlan(request: PlanRequest, own: number[], clock: WallClock): Picture {
  const answer = plan(request);
  const lane = together(own.flatMap((index) => answer.lanes[index] ?? []));
  const isOwn = (index: number) => own.includes(index);
  const mine = answer.runs.filter((run) => isOwn(run.lane));
  // A night that ends with another campaign's message is this one's pause too.
  const between = (wait: Wait) =>
    lane.first !== null && lane.last !== null && wait.from >= lane.first && wait.to <= lane.last;
  return {
    lane,
    mine,
    others: answer.runs.filter((run) => !isOwn(run.lane)),
    sent: history(request.shared),
    promised: [],
    // Before the start that was chosen there is nothing to explain.
    waits: answer.waits.filter((wait) => wait.layer !== START_LAYER && (isOwn(wait.lane) || between(wait))),
    days: perDay(mine, clock),
    warnings: answer.warnings.filter((warning) => !("lane" in warning) || isOwn(warning.lane)),
  };
}

/** What some lanes get together. */
function together(lanes: LanePlan[]): LanePlan {
  const sum = (count: (lane: LanePlan) => number) => lanes.reduce((all, lane) => all + count(lane), 0);
  const instants = (of: (lane: LanePlan) => Instant | null) => lanes.flatMap((lane) => of(lane) ?? []);
  const [firsts, lasts] = [instants((lane) => lane.first), instants((lane) => lane.last)];
  return {
    name: lanes[0]?.name ?? "",
    planned: sum((lane) => lane.planned),
    unplanned: sum((lane) => lane.unplanned),
    first: firsts.length > 0 ? Math.min(...firsts) : null,
    last: lasts.length > 0 ? Math.max(...lasts) : null,
  };
}

/** What was sent under shared layers. Each counts the same sends, so the longest list has all. */
export function history(layers: Layer[]): Run[] {
  const longest = layers.reduce<NonNullable<Layer["history"]>>(
    (best, { history = [] }) => (history.length > best.length ? history : best),
    [],
  );
  return longest.map((run) =>
    typeof run === "number"
      ? { start: run, count: 1, every: 0 }
      : { start: run.start, count: run.count ?? 1, every: run.every ?? 0 },
  );
}

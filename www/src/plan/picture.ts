/** A plan made ready to be drawn: what is this campaign's, what is others', and the pauses. */

import {
  type Instant,
  type LanePlan,
  type Layer,
  type Plan,
  plan,
  planRuns,
  type PlanRequest,
  type Run,
  type Wait,
  type Warning,
} from "../engine";
import { type WallClock, wallClock } from "../zone";
import { perDay } from "./density";
import { type Sight, sightOf, type View } from "./sight";

/** The name of the layer that holds a campaign's own rules. */
export const CAMPAIGN_LAYER = "campaign";
/** The name of the layer that holds a campaign's start. */
export const START_LAYER = "schedule";
/** The name of the layer in which the provider holds a sender that it asked to wait. */
export const PROVIDER_LAYER = "provider";
/** The name of the layer that holds what the provider takes a second. */
const PACE_LAYER = "pace";

/** What was and will be sent on a local day; `planned` where that is known and not the same. */
export interface DayCount {
  day: Instant;
  count: number;
  planned?: number;
}

/** Another campaign on the sender. */
export interface OtherLane {
  name: string;
  plan: LanePlan;
  runs: Run[];
}

/** Runs and pauses are those in sight alone; everything else is about the whole plan. */
export interface Picture {
  /** What the runs and pauses were listed for. */
  sight: Sight;
  lane: LanePlan;
  /** What this campaign will send. */
  mine: Run[];
  /** What the other campaigns of the sender will send. */
  others: OtherLane[];
  /** What the sender has sent. */
  sent: Run[];
  /** What this campaign was promised to send by now, to hold `sent` against. */
  promised: Run[];
  waits: Wait[];
  /** How many pauses there are in all; null where other campaigns have theirs in between. */
  pauses: number | null;
  /** This campaign's days; null where they were not counted, because others send too and the plan is long. */
  days: DayCount[] | null;
  warnings: Warning[];
}

/** The layers whose rules people wrote. */
export function ruleLayers(layers: Layer[]): Layer[] {
  return layers.filter(({ name }) => ![PACE_LAYER, START_LAYER, PROVIDER_LAYER].includes(name));
}

/** Past this many runs, counting the days of one lane among others is not done between two frames. */
const MAX_COUNTED_RUNS = 4_000;

/** Where a plan is looked at before its first message is known: most often it is still there. */
let guess: Instant | null = null;

/**
 * Plans, and picks out the lanes of one campaign, several where its people are in several zones, on
 * the clock of `zone`. Runs and pauses are listed for
 * the stretch in sight alone, so that a plan of a million costs no more to draw than one of a week.
 */
export function drawPlan(
  request: PlanRequest,
  own: number[],
  zone: string,
  view: View,
  counted_runs: number = MAX_COUNTED_RUNS,
): Picture {
  const clock = wallClock(zone, request.now);
  const asked = inZone(request, zone);
  const look = (at: Instant) => {
    const sight = sightOf(view.zoom, at, clock);
    return { sight, answer: plan(asked, { from: sight.from, until: sight.to }) };
  };
  let { sight, answer } = look(view.at ?? guess ?? request.now);
  const isOwn = (index: number) => own.includes(index);
  const lane = together(own.flatMap((index) => answer.lanes[index] ?? []));
  const { first } = lane;
  if (view.at === null && first !== null && sightOf(view.zoom, first, clock).from !== sight.from) {
    ({ sight, answer } = look(first));
  }
  guess = first;
  // A night that ends with another campaign's message is this one's pause too.
  const between = (wait: Wait) =>
    lane.first !== null && lane.last !== null && wait.from >= lane.first && wait.to <= lane.last;
  const alone = answer.lanes.every((other, i) => isOwn(i) || other.planned === 0);
  const long = (answer.in_all?.runs ?? 0) > counted_runs;
  return {
    sight,
    lane,
    mine: answer.runs.filter((run) => isOwn(run.lane)),
    others: otherLanes(answer, isOwn),
    sent: history(request.shared),
    promised: [],
    // Before the start that was chosen there is nothing to explain.
    waits: answer.waits.filter((wait) => wait.layer !== START_LAYER && (isOwn(wait.lane) || between(wait))),
    pauses: alone ? pausesBetween(answer.in_all?.waits ?? 0, first, request.now) : null,
    days: alone ? daysOf(answer.days, clock) : long ? null : countedDays(request, own, clock),
    warnings: answer.warnings.filter((warning) => !("lane" in warning) || isOwn(warning.lane)),
  };
}

/** What some lanes get together. */
export function together(lanes: LanePlan[]): LanePlan {
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

/** The other campaigns that still send, each with all its zones. */
function otherLanes({ lanes, runs }: Plan, isOwn: (lane: number) => boolean): OtherLane[] {
  const indexes = new Map<string, number[]>();
  for (const [i, { name, planned }] of lanes.entries()) {
    if (!isOwn(i) && planned > 0) indexes.set(name, [...(indexes.get(name) ?? []), i]);
  }
  return [...indexes].map(([name, of]) => ({
    name,
    plan: together(of.flatMap((i) => lanes[i] ?? [])),
    runs: runs.filter((run) => of.includes(run.lane)),
  }));
}

/** The days of one campaign among others, from its runs: for a long plan, a matter of some milliseconds. */
export function countedDays(request: PlanRequest, own: number[], clock: WallClock): DayCount[] {
  return perDay(laneRuns(planRuns(request), own), clock);
}

/** The runs of some lanes out of `planRuns`. */
export function* laneRuns(numbers: Float64Array, own: number[]): Generator<Run> {
  for (let i = 0; i < numbers.length; i += 4) {
    if (own.includes(numbers[i] ?? -1)) yield { start: numbers[i + 1] ?? 0, count: numbers[i + 2] ?? 0, every: numbers[i + 3] ?? 0 };
  }
}

/** The engine counts days in the zone of the first layer. */
function inZone(request: PlanRequest, zone: string): PlanRequest {
  return { ...request, shared: [{ name: "", policy: { time_zone: zone }, history: [] }, ...request.shared] };
}

const daysOf = (days: { date: string; count: number }[], clock: WallClock): DayCount[] =>
  days.map(({ date, count }) => ({ day: clock.instant(Date.parse(`${date}T00:00Z`)), count }));

/** The wait before the first message is no pause. */
const pausesBetween = (waits: number, first: Instant | null, now: Instant) =>
  Math.max(0, waits - (first !== null && first > now ? 1 : 0));

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

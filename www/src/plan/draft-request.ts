/** A draft among the campaigns of its sender: whose turn comes first, and where they share fairly, from what level. */

import type { Outlook } from "../api/types";
import { type Group, type Instant, type Lane, type Layer, planUntil, type PlanRequest, type Policy } from "../engine";
import { wallClock } from "../zone";
import { toInstant } from "./open-hours";
import { CAMPAIGN_LAYER, START_LAYER } from "./picture";
import { jitterSeed } from "./seed";

/** The most campaigns whose level is looked for, as on the server: each is a plan. */
const JOINS_MOST = 16;

export interface Draft {
  /** Null until the server has it. */
  id: string | null;
  policy: Policy;
  count: number;
  /** Local date and time in `zone`, or null for as soon as it can. */
  at: string | null;
  zone: string;
  /** The start that it has already, of one that is scheduled. */
  starts_at?: Instant | null;
}

/** A campaign of a request, with its lanes: one a zone of its people. */
interface Entry {
  lanes: Lane[];
  starts: Instant;
}

/** The request that plans a draft among everything its sender has to send already, and the index of its lane. */
export function draftRequest(outlook: Outlook, draft: Draft): { request: PlanRequest; index: number } {
  const { shared, groups, lanes, order, now } = outlook;
  const own: Lane = {
    name: draft.id ?? "draft",
    layers: draftLayers(outlook, draft),
    count: draft.count,
    seed: draft.id === null ? 0 : jitterSeed(draft.id),
    sent_before: 0,
  };
  // One that is scheduled is planned as it is to be, not as it was.
  const others = entriesOf(lanes.filter(({ name }) => name !== draft.id), groups);
  const starts = startOf(own, groups);
  // What starts first has the first turn; of those that start together, what was made first.
  const later = others.findIndex((other) => other.starts > starts);
  const place = later < 0 ? others.length : later;
  const entries = others.toSpliced(place, 0, { lanes: [own], starts });
  const request = { shared, groups: [...groups], lanes: [] as Lane[], order, now };
  if (order === "fair") joinLevel(request, entries, place, outlook);
  request.lanes = entries.flatMap((entry) => entry.lanes);
  return { request, index: request.lanes.findIndex(({ name }) => name === own.name) };
}

/** The draft's own layers: its rules and its start. */
export function draftLayers(outlook: Outlook, draft: Draft): Layer[] {
  const start: Policy =
    draft.at === null
      ? { starts_at: new Date(draft.starts_at ?? outlook.starts_at).toISOString() }
      : { time_zone: draft.zone, starts_at: draft.at };
  return [
    { name: CAMPAIGN_LAYER, policy: draft.policy, history: [] },
    { name: START_LAYER, policy: start, history: [] },
  ];
}

function entriesOf(lanes: Lane[], groups: Group[]): Entry[] {
  const entries: Entry[] = [];
  for (const lane of lanes) {
    const before = entries.at(-1);
    if (before?.lanes[0]?.name === lane.name) before.lanes.push(lane);
    else entries.push({ lanes: [lane], starts: startOf(lane, groups) });
  }
  return entries;
}

/** When its campaign starts; long ago where it does not say. */
function startOf({ group, layers }: Lane, groups: Group[]): Instant {
  const all = [...(groups[group ?? -1]?.layers ?? []), ...layers];
  const { starts_at, time_zone } = all.find(({ name }) => name === START_LAYER)?.policy ?? {};
  return starts_at === undefined ? -Infinity : toInstant(wallClock(time_zone), starts_at);
}

/** Of a draft, by what it depends on: not on what is typed but for its start. */
const levels = new WeakMap<Outlook, Map<string, number>>();

/**
 * Where campaigns share fairly, one that is yet to start joins level with the one that will have had the least when it
 * does: the draft at `place`, and those that start after it, because its messages come into it.
 */
function joinLevel(request: PlanRequest, entries: Entry[], place: number, outlook: Outlook): void {
  const known = levels.get(outlook) ?? new Map<string, number>();
  levels.set(outlook, known);
  for (const [i, entry] of entries.slice(place, place + JOINS_MOST).entries()) {
    const isDraft = i === 0;
    if (!isDraft && (entry.starts < request.now || entry.lanes.some(({ first_ordinal = 0 }) => first_ordinal > 0))) continue;
    const key = `${entry.lanes[0]?.name} ${entry.starts}`;
    const level = (isDraft ? known.get(key) : undefined) ?? levelAt(request, entries, entry);
    if (isDraft) known.set(key, level);
    entry.lanes = entry.lanes.map((lane) => (lane.group === undefined ? { ...lane, sent_before: level } : lane));
    for (const { group } of entry.lanes) {
      const its = request.groups[group ?? -1];
      if (group !== undefined && its) request.groups[group] = { ...its, sent_before: level };
    }
  }
}

/** What that one of the others will have had that has had the least, of those that have somebody left then. */
function levelAt(request: PlanRequest, entries: Entry[], { starts, lanes: own }: Entry): number {
  const isAhead = starts > request.now;
  const before = entries.filter((other) => other.lanes !== own && (!isAhead || other.starts < starts));
  const lanes = before.flatMap((other) => other.lanes);
  const plans = isAhead && lanes.length > 0 ? planUntil({ ...request, lanes }, starts).lanes : [];
  let next = 0;
  const standing = before.flatMap((other) => {
    const planned = plans.slice(next, (next += other.lanes.length)).reduce((sum, plan) => sum + plan.planned, 0);
    const left = other.lanes.reduce((sum, { count }) => sum + count, 0);
    const { group, sent_before = 0 } = other.lanes[0] ?? {};
    return left > planned ? [(request.groups[group ?? -1]?.sent_before ?? sent_before) + planned] : [];
  });
  return standing.length > 0 ? Math.min(...standing) : 0;
}

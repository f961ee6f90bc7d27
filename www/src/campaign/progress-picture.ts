/** The picture of a campaign under way: what it sent, and what it still will. */

import type { Campaign, Message, Outlook, Pace } from "../api/types";
import type { Instant, Layer, PlanRequest, Run } from "../engine";
import { perDay, sendsBefore } from "../plan/density";
import { type DayCount, drawPlan, history, type Picture } from "../plan/picture";
import { sightOf, type View } from "../plan/sight";
import type { WallClock } from "../zone";

/** The lanes that plan what the campaign has left, one a zone of its people; none when nothing is left. */
export function lanesOf(outlook: Outlook, campaign: Pick<Campaign, "id">): number[] {
  return outlook.lanes.flatMap((lane, index) => (lane.name === campaign.id ? [index] : []));
}

/** The layers that hold all of the campaign's messages back: not the hours of one zone among several. */
export function layersOf(outlook: Outlook, own: number[]): Layer[] {
  const first = outlook.lanes[own[0] ?? -1];
  const group = first?.group === undefined ? [] : (outlook.groups[first.group]?.layers ?? []);
  return [...outlook.shared, ...group, ...(own.length === 1 ? (first?.layers ?? []) : [])];
}

/** What of an outlook plans one campaign: as a question that can be asked beside the page. */
export function progressRequest({ shared, groups, lanes, order, now }: Outlook): PlanRequest {
  return { shared, groups, lanes, order, now };
}

export function progressPicture(
  outlook: Outlook,
  own: number[],
  sent: Run[],
  promised: Run[],
  clock: WallClock,
  view: View = WEEK,
): Picture {
  const drawn = drawPlan(progressRequest(outlook), own, clock.zone, view, Infinity);
  return withActual(drawn, outlook, own, sent, promised, clock);
}

/** A plan of what is left, with what was sent and promised before. */
export function withActual(
  drawn: Picture,
  outlook: Outlook,
  own: number[],
  sent: Run[],
  promised: Run[],
  clock: WallClock,
): Picture {
  // The ledger says it best, but is not read for a long list; then the rules' memory has to do.
  const done = sent.length > 0 ? sent : history(layersOf(outlook, own).slice(outlook.shared.length));
  const past = promised.flatMap((run) => before(run, outlook.now));
  const ahead = drawn.days ?? [];
  const days = against(sums(perDay(done, clock), ahead), sums(perDay(past, clock), ahead));
  return { ...drawn, sent: done, promised: past, days };
}

/** The picture of a campaign that has nothing left to plan. */
export function pastPicture(sent: Run[], promised: Run[], clock: WallClock, view: View = WEEK): Picture {
  const first = sent[0]?.start ?? promised[0]?.start ?? null;
  const end = sent.at(-1);
  const last = end ? end.start + (end.count - 1) * end.every : null;
  return {
    sight: sightOf(view.zoom, view.at ?? last ?? first ?? Date.now(), clock),
    lane: { name: "", planned: 0, unplanned: 0, first: sent[0]?.start ?? null, last },
    mine: [],
    others: [],
    sent,
    promised,
    waits: [],
    pauses: 0,
    days: against(perDay(sent, clock), perDay(promised, clock)),
    warnings: [],
  };
}

const WEEK: View = { zoom: "week", at: null };

/** Both lists' counts, day by day. */
function sums(some: DayCount[], others: DayCount[]): DayCount[] {
  const counts = new Map<Instant, number>();
  for (const { day, count } of [...some, ...others]) counts.set(day, (counts.get(day) ?? 0) + count);
  return [...counts].map(([day, count]) => ({ day, count })).sort((a, b) => a.day - b.day);
}

/** What was sent by the hour, as even runs: for a campaign too long to read message by message. */
export function hourlyRuns(pace: Pace | null): Run[] {
  return (pace?.days ?? [])
    .flatMap(({ hours }) => hours)
    .filter(({ sent }) => sent > 0)
    .map(({ at, sent }) => ({ start: at, count: sent, every: Math.floor(HOUR_MS / sent) }));
}

const HOUR_MS = 3_600_000;

/** The days on which another number was sent than was planned, with what was done since the day before. */
export interface Gap {
  day: Instant;
  planned: number;
  sent: number;
  changes: Pace["changes"];
}

export function gaps(pace: Pace, clock: WallClock, now: Instant): Gap[] {
  return pace.days.flatMap(({ date, planned, sent }) => {
    const day = clock.instant(Date.parse(`${date}T00:00Z`));
    const end = clock.instant(Date.parse(`${date}T00:00Z`) + 24 * HOUR_MS);
    // A day that is not over has not missed anything yet.
    if (planned === sent || end > now) return [];
    return [{ day, planned, sent, changes: pace.changes.filter(({ at }) => at >= day && at < end) }];
  });
}

/** The runs of a promise. */
export function promisedRuns(pace: Pace | null): Run[] {
  return (pace?.runs ?? []).map(([start, count, every]) => ({ start, count, every }));
}

/** The sends of a run before `now`: what is later is planned anew with every message that goes. */
function before(run: Run, now: Instant): Run[] {
  const count = sendsBefore(run, now);
  return count > 0 ? [{ ...run, count }] : [];
}

/** Each day with what was planned for it, where that is another number. Nothing promised, nothing to compare. */
function against(days: DayCount[], planned: DayCount[]): DayCount[] {
  if (planned.length === 0) return days;
  const counts = new Map(days.map(({ day, count }) => [day, count]));
  const plans = new Map(planned.map(({ day, count }) => [day, count]));
  return [...new Set([...counts.keys(), ...plans.keys()])]
    .sort((a, b) => a - b)
    .map((day) => {
      const [count, plan] = [counts.get(day) ?? 0, plans.get(day) ?? 0];
      return count === plan ? { day, count } : { day, count, planned: plan };
    });
}

/** Runs of one, from the messages that were handed over. */
export function sentRuns(messages: Message[]): Run[] {
  return messages
    .flatMap(({ sent_at }) => (sent_at === null ? [] : [{ start: sent_at, count: 1, every: 0 }]))
    .sort((a, b) => a.start - b.start);
}

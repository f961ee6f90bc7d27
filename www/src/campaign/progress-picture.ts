/** The picture of a campaign under way: what it sent, and what it still will. */

import type { Campaign, Message, Outlook, Pace } from "../api/types";
import type { Instant, Layer, Run } from "../engine";
import { perDay, sendsBefore } from "../plan/density";
import { type DayCount, drawPlan, history, type Picture } from "../plan/picture";
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

export function progressPicture(
  outlook: Outlook,
  own: number[],
  sent: Run[],
  promised: Run[],
  clock: WallClock,
): Picture {
  const { shared, groups, lanes, order, now } = outlook;
  const picture = drawPlan({ shared, groups, lanes, order, now }, own, clock);
  // The ledger says it best, but is not read for a long list; then the rules' memory has to do.
  const done = sent.length > 0 ? sent : history(layersOf(outlook, own).slice(shared.length));
  const past = promised.flatMap((run) => before(run, now));
  const days = against(perDay([...done, ...picture.mine], clock), perDay([...past, ...picture.mine], clock));
  return { ...picture, sent: done, promised: past, days };
}

/** The picture of a campaign that has nothing left to plan. */
export function pastPicture(sent: Run[], promised: Run[], clock: WallClock): Picture {
  const first = sent[0]?.start ?? null;
  const last = sent.at(-1)?.start ?? null;
  return {
    lane: { name: "", planned: 0, unplanned: 0, first, last },
    mine: [],
    others: [],
    sent,
    promised,
    waits: [],
    days: against(perDay(sent, clock), perDay(promised, clock)),
    warnings: [],
  };
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

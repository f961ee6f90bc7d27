/** The picture of a campaign under way: what it sent, and what it still will. */

import type { Campaign, Message, Outlook } from "../api/types";
import type { Layer, Run } from "../engine";
import { perDay } from "../plan/density";
import { drawPlan, history, type Picture } from "../plan/picture";
import type { WallClock } from "../zone";

/** The lane that plans what the campaign has left; null when nothing is left. */
export function laneOf(outlook: Outlook, campaign: Pick<Campaign, "id">): number | null {
  const index = outlook.lanes.findIndex((lane) => lane.name === campaign.id);
  return index === -1 ? null : index;
}

/** The layers that hold the campaign's messages back. */
export function layersOf(outlook: Outlook, index: number | null): Layer[] {
  return [...outlook.shared, ...(index === null ? [] : (outlook.lanes[index]?.layers ?? []))];
}

export function progressPicture(outlook: Outlook, index: number, sent: Run[], clock: WallClock): Picture {
  const { shared, lanes, order, now } = outlook;
  const picture = drawPlan({ shared, lanes, order, now }, index, clock);
  // The ledger says it best, but is not read for a long list; then the rules' memory has to do.
  const done = sent.length > 0 ? sent : history(lanes[index]?.layers ?? []);
  return { ...picture, sent: done, days: perDay([...done, ...picture.mine], clock) };
}

/** The picture of a campaign that has nothing left to plan. */
export function pastPicture(sent: Run[], clock: WallClock): Picture {
  const first = sent[0]?.start ?? null;
  const last = sent.at(-1)?.start ?? null;
  return {
    lane: { name: "", planned: 0, unplanned: 0, first, last },
    mine: [],
    others: [],
    sent,
    waits: [],
    days: perDay(sent, clock),
    warnings: [],
  };
}

/** Runs of one, from the messages that were handed over. */
export function sentRuns(messages: Message[]): Run[] {
  return messages
    .flatMap(({ sent_at }) => (sent_at === null ? [] : [{ start: sent_at, count: 1, every: 0 }]))
    .sort((a, b) => a.start - b.start);
}

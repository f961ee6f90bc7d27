/** A campaign's and a message's status in words, with the tone each is shown in. */

import type { Campaign, CampaignStatus, Late, MessageStatus, Pace, Progress } from "../api/types";
import { count, duration, messages, people, stamp } from "../format";
import { spaced } from "../policy/words";
import type { WallClock } from "../zone";
import type { Gap } from "./progress-picture";

export type Tone = "quiet" | "planned" | "open" | "waiting" | "failed" | "done";

export const CAMPAIGN_STATUSES: CampaignStatus[] = [
  "draft",
  "scheduled",
  "in_progress",
  "paused",
  "completed",
  "stopped",
  "failed",
];

const CAMPAIGN_WORDS: Record<CampaignStatus, { text: string; tone: Tone }> = {
  draft: { text: "Draft", tone: "quiet" },
  scheduled: { text: "Scheduled", tone: "planned" },
  in_progress: { text: "Sending", tone: "open" },
  paused: { text: "Paused", tone: "waiting" },
  completed: { text: "Completed", tone: "done" },
  stopped: { text: "Stopped", tone: "quiet" },
  failed: { text: "Failed", tone: "failed" },
};

export const statusWord = (status: CampaignStatus): string =>
  status === "in_progress" ? "In progress" : CAMPAIGN_WORDS[status].text;

/** In the engine's own words, and `Waiting` for what a rule holds back at the moment. */
export function plainMark(campaign: Pick<Campaign, "status" | "waiting">): { text: string; tone: Tone } {
  if (campaign.status === "in_progress" && campaign.waiting) return { text: "Waiting", tone: "waiting" };
  return CAMPAIGN_WORDS[campaign.status];
}

export const MESSAGE_STATUSES: MessageStatus[] = [
  "queued",
  "sending",
  "sent",
  "delivered",
  "failed",
  "skipped",
  "cancelled",
  "unknown",
];

export const MESSAGE_MARKS: Record<MessageStatus, { text: string; tone: Tone }> = {
  queued: { text: "Queued", tone: "planned" },
  sending: { text: "Sending", tone: "open" },
  sent: { text: "Sent", tone: "open" },
  delivered: { text: "Delivered", tone: "done" },
  failed: { text: "Failed", tone: "failed" },
  skipped: { text: "Skipped", tone: "quiet" },
  cancelled: { text: "Cancelled", tone: "quiet" },
  unknown: { text: "Unknown", tone: "waiting" },
};

/** How many had their turn, whatever came of it. */
export const settled = ({ total, queued, sending, cancelled }: Progress): number =>
  total - queued - sending - cancelled;

/** How many would not get it if it stopped now. */
export const unreached = (progress: Progress): number => progress.queued;

/** Whether nothing of it can change any more by itself: a message of it may be sent again. */
export const isOver = ({ status, progress }: Pick<Campaign, "status" | "progress">): boolean =>
  ["completed", "stopped", "failed"].includes(status) && progress.queued + progress.sending === 0;

/** The status under which the ledger lists whom the campaign did not write to. */
export const LEFT_OUT = "left-out";

/** That some messages are unknown, as one sentence. */
export const unknownSentence = (n: number): string =>
  n === 1 ? "Nobody can tell whether 1 message went" : `Nobody can tell whether ${messages(n)} went`;

/** Whom a campaign that has ended did not write to, as a link; null where it wrote to everybody. */
export function leftOutSentence({ left_out }: Pick<Campaign, "left_out">): string | null {
  return left_out && left_out.people > 0 ? `${people(left_out.people)} left out: see who, and why` : null;
}

/** What becomes of late messages, as one sentence. */
export function latenessSentence({ lateness }: Pick<Campaign, "lateness">): string {
  return lateness.then === "expire"
    ? `A message is left out when it is more than ${spaced(lateness.after)} late.`
    : "A message that cannot go in time goes at the next allowed time.";
}

/** What the campaign does now, as one sentence. */
export function stateSentence(campaign: Campaign, clock: WallClock): string {
  const { progress, status } = campaign;
  switch (status) {
    case "draft":
      return "Not scheduled yet.";
    case "scheduled":
      return campaign.starts_at !== null && campaign.starts_at > Date.now()
        ? `Starts ${stamp(clock, campaign.starts_at)}.`
        : "Nothing sent yet.";
    case "in_progress":
      return `${count(progress.sent)} of ${count(progress.total)} sent.`;
    case "paused":
      return `Paused with ${people(progress.queued)} to go.`;
    case "completed":
      return progress.sent === progress.total
        ? `All ${count(progress.total)} sent.`
        : `${count(progress.sent)} of ${count(progress.total)} sent.`;
    case "stopped":
      return `Stopped: ${people(progress.cancelled)} did not get it.`;
    case "failed":
      return "Failed.";
  }
}

const CHANGE_WORDS: Record<string, string> = {
  schedule: "scheduled",
  reschedule: "moved to another start",
  edit: "edited",
  list: "given more people",
  pause: "paused",
  resume: "resumed",
  stop: "stopped",
  rules: "given other rules",
  record: "charged with sends by hand",
  confirm_sent: "cleared of doubt",
  send_again: "told to send again what was in doubt",
  held: "held",
};

/** By whom what goes by itself is noted. */
const ANSWER = "answer";

/** What was done, to what, and by whom, as one sentence. */
export function changeSentence(change: Pace["changes"][number], campaignId: string): string {
  const { what, by, campaign_id, campaign_name } = change;
  if (what === "single") return by === ANSWER ? "An answer to STOP, START or HELP was sent." : `A message to one person was sent${by ? ` by ${by}` : ""}.`;
  const subject =
    campaign_id === null ? "The sender" : campaign_id === campaignId ? "This campaign" : `“${campaign_name ?? "Another"}”`;
  return `${subject} was ${CHANGE_WORDS[what] ?? "changed"}${by ? ` by ${by}` : ""}.`;
}

/** How far a day was from its plan, and what was done on it. */
export function gapSentence({ planned, sent, changes }: Gap, campaignId: string): string {
  const [more, fewer] = [sent - planned, planned - sent];
  const far = fewer > 0 ? `${count(fewer)} fewer than planned` : `${count(more)} more than planned`;
  const why = [...new Set(changes.map((change) => changeSentence(change, campaignId)))].slice(0, 2).join(" ");
  return `${count(sent)} of ${count(planned)}, ${far}. ${why || "Nothing was changed that day."}`;
}

/** How well promises were kept, as one sentence. */
export function lateSentence(late: Late | null): string {
  if (late === null) return "Nothing to compare yet.";
  const { median_ms, p95_ms, largest_ms } = late;
  if (largest_ms < 1_000) return "Every message went within a second of its promised instant.";
  if (p95_ms < 1_000) return `Nearly all went within a second of their promised instants, the latest ${duration(largest_ms)} after.`;
  return `Half went up to ${duration(Math.max(0, median_ms))} after their promised instants, the latest ${duration(largest_ms)} after.`;
}

/** A campaign's and a message's status in the words of the team. */

import type { Campaign, MessageStatus, RecipientList } from "../api/types";
import { type Facts, type Label, label, type LexiconId, words } from "../engine";
import { session } from "../session.svelte";
import { CAMPAIGN_STATUSES, MESSAGE_MARKS, MESSAGE_STATUSES, plainMark, statusWord, type Tone } from "./words";

export interface Mark {
  text: string;
  tone: Tone;
  /** What the word says, where a lexicon tells it. */
  title?: string;
}

/** A word that says that something goes is shown as done once nothing goes any more. */
function toneOf(tone: Label["tone"], ended: boolean): Tone {
  if (tone === "sent") return ended ? "done" : "open";
  return tone ?? "quiet";
}

type Marked = Pick<Campaign, "status" | "waiting" | "progress" | "started_at"> & { held_for_review?: boolean };

export function campaignMark(campaign: Marked): Mark {
  if (session.lexicon === "canonical") {
    return campaign.held_for_review ? { text: "In review", tone: "waiting" } : plainMark(campaign);
  }
  const { total, sent, delivered, failed, skipped, unknown } = campaign.progress;
  const [reason] = campaign.waiting?.because ?? [];
  const { word, meaning, tone } = label(session.lexicon, {
    status: campaign.status,
    ...{ total, sent, delivered, failed, skipped, unknown },
    waiting: (reason?.code ?? null) as Facts["waiting"],
    waiting_layer: reason?.layer ?? null,
    held_for_review: campaign.held_for_review ?? false,
    started: campaign.started_at !== null,
  });
  return { text: word, title: meaning, tone: toneOf(tone, ["completed", "stopped", "failed"].includes(campaign.status)) };
}

/** The tone of a lexicon's word before anything has it: that of the first status that is told so. */
export function wordTone(lexicon: LexiconId, machine: "campaign" | "message", told: Label): Tone {
  if (machine === "message") {
    const status = MESSAGE_STATUSES.find((known) => label(lexicon, { machine, status: known }).word === told.word);
    return status ? MESSAGE_MARKS[status].tone : toneOf(told.tone, true);
  }
  const status = lexicon === "canonical" ? CAMPAIGN_STATUSES.find((known) => statusWord(known) === told.word) : undefined;
  return status ? plainMark({ status, waiting: null }).tone : toneOf(told.tone, false);
}

/** How far one of a campaign's lists is; of what its messages have become it is known only how many have their turn behind them. */
export function listMark({ status, progress: { total, done } }: RecipientList): Mark {
  const others = { sending: 0, delivered: 0, failed: 0, skipped: 0, cancelled: 0, unknown: 0 };
  return campaignMark({ status, waiting: null, progress: { total, queued: total - done, sent: done, ...others }, started_at: done > 0 ? 0 : null });
}

export function messageMark(status: MessageStatus): Mark {
  const plain = MESSAGE_MARKS[status];
  if (session.lexicon === "canonical") return plain;
  const { word, meaning } = label(session.lexicon, { machine: "message", status });
  return { ...plain, text: word, title: meaning };
}

/** What a list of campaigns can be filtered by: the team's words, after the headings that gather several; or the statuses where it has none. */
export function statusChoices(): { value: string; text: string }[] {
  if (session.lexicon === "canonical") {
    return CAMPAIGN_STATUSES.map((value) => ({ value, text: statusWord(value) }));
  }
  const labels = words(session.lexicon, "campaign");
  const groups = labels.map(({ group }) => group).filter((group) => labels.some((label) => label.group === group && label.word !== group));
  // A heading that is one of its own words stands once: the filter takes it for the heading.
  return [...new Set([...groups, ...labels.map(({ word }) => word)])].map((name) => ({ value: name, text: name }));
}

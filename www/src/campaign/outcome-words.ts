/** What became of a campaign, as parts of a ring and as sentences. */

import type { Cost, MessageReason, Report, Seen } from "../api/outcome";
import type { MessageStatus, Progress } from "../api/types";
import { count, money, people, percent, plural } from "../format";

/** Every person once, whatever became of the message; in the order of the ring. */
export function outcomeParts({ delivered, sent, failed, unknown, skipped, cancelled, sending, queued }: Progress): {
  kind: MessageStatus;
  count: number;
}[] {
  return [
    { kind: "delivered", count: delivered },
    // What was taken and not delivered yet.
    { kind: "sent", count: Math.max(0, sent - delivered) },
    { kind: "failed", count: failed },
    { kind: "unknown", count: unknown },
    { kind: "skipped", count: skipped },
    { kind: "cancelled", count: cancelled },
    { kind: "sending", count: sending },
    { kind: "queued", count: queued },
  ];
}

export interface Figure {
  name: string;
  value: string;
  note: string;
}

function seen(name: string, { people: n, times, rate, by_machines }: Seen): Figure {
  const notes = [
    `${people(n)}, ${plural(times, "time")}`,
    by_machines > 0 && `${plural(by_machines, "time")} by machines, which are not counted`,
  ];
  return { name, value: rate === null ? "–" : percent(rate), note: notes.filter(Boolean).join("; ") };
}

/** The rates of a campaign, and what it brought and cost. */
export function figures(
  { progress, opened, clicked }: Report,
  replies: { people: number; replies: number; stops: number } | null,
  cost: Cost | null,
): Figure[] {
  const shown: Figure[] = [];
  if (progress.sent > 0) {
    shown.push({
      name: "Delivered",
      value: percent(progress.delivered / progress.sent),
      note: `${count(progress.delivered)} of ${count(progress.sent)} that were sent`,
    });
  }
  if (opened.times + opened.by_machines > 0) shown.push(seen("Opened", opened));
  if (clicked.times + clicked.by_machines > 0) shown.push(seen("Clicked", clicked));
  if (replies && progress.sent > 0) {
    const stops = replies.stops > 0 ? `, ${people(replies.stops)} asked for no more` : "";
    shown.push({
      name: "Answered",
      value: percent(replies.people / progress.sent),
      note: `${people(replies.people)}${stops}`,
    });
  }
  if (cost?.currency) {
    shown.push({
      name: "Cost",
      value: money(cost.total / 1e6, cost.currency),
      note: `${plural(cost.segments, "part")} sent${cost.inbound > 0 ? `, ${money(cost.inbound / 1e6, cost.currency)} for answers` : ""}`,
    });
  }
  return shown;
}

/** One line of the table of reasons. */
export interface Why {
  status: MessageStatus;
  reason: string;
  means: string;
  count: number;
  /** What somebody can do about it. */
  check: string;
}

/** Why messages did not simply arrive, the most frequent first, with what to do about each. */
export function whys(report: Report, known: MessageReason[]): Why[] {
  const checks = new Map(known.map(({ code, check }) => [code, check]));
  const of = (status: MessageStatus, list: Report["failed_by_reason"]) =>
    list.map(({ reason, means, count: n }) => ({ status, reason, means, count: n, check: checks.get(reason) ?? "" }));
  return [
    ...of("failed", report.failed_by_reason),
    ...of("unknown", report.unknown_by_reason),
    ...of("skipped", report.skipped_by_reason),
  ].sort((a, b) => b.count - a.count);
}

/** The documents of the HTTP API, as the Worker gives and takes them. */

import type { Group, Instant, Lane, Layer, Order, Plan, Policy, Problem, Reason } from "../engine";

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

export interface Me {
  name: string;
  role: string;
}

export type Channel = "sms" | "whatsapp" | "email" | "direct";

export type Provider =
  { kind: "sandbox" } | { kind: "webhook"; url: string; deduplicates?: boolean; per_second?: number; lookup_url?: string | null };

export interface SenderFields {
  name: string;
  channel: Channel;
  provider: Provider;
  policy: Policy;
  region?: string | null;
  order?: Order;
}

export interface Sender extends SenderFields {
  id: string;
  version: number;
  created_at: Instant;
}

/** The plan request of what a sender has committed and still has to send. */
export interface Outlook {
  shared: Layer[];
  /** One a campaign with people in several zones: its rules, which its lanes share. */
  groups: Group[];
  /** One a campaign, or one for each zone of its people, named by the campaign's id. */
  lanes: Lane[];
  order: Order;
  now: Instant;
  /** The start of a campaign that would be scheduled right now. */
  starts_at: Instant;
}

export type CampaignStatus = "draft" | "scheduled" | "in_progress" | "paused" | "completed" | "stopped" | "failed";

export type MessageStatus =
  "queued" | "sending" | "sent" | "delivered" | "failed" | "skipped" | "cancelled" | "unknown";

/** `sent` counts what the provider took, delivered since or not. */
export interface Progress {
  total: number;
  queued: number;
  sending: number;
  sent: number;
  delivered: number;
  failed: number;
  skipped: number;
  cancelled: number;
  unknown: number;
}

/** What becomes of a message that cannot go when it was promised. */
export type Lateness = { then: "roll_over" } | { then: "expire"; after: string };

/** What is held up until somebody releases it. */
export interface DeadLetter {
  id: string;
  kind: "messages" | "queue_message";
  why: string;
  tries: number;
  since: Instant;
  released_at: Instant | null;
  sender_id: string | null;
  sender_name: string | null;
  campaign_id: string | null;
  campaign_name: string | null;
  campaign_status: CampaignStatus | null;
  messages: number;
  /** Of these, those that the provider may have. */
  in_doubt: number;
  planned_at: Instant | null;
  body: string | null;
  can_be_discarded: boolean;
}

export interface RecipientList {
  id: string;
  file_name: string;
  created_at: Instant;
  accepted: number;
  duplicates: number;
  rejected: number;
}

/** What came out of a calendar file, and what did not, by line. */
export interface ImportedCalendar {
  blocked: { name?: string; date?: string; annual?: string; from?: string; to?: string }[];
  complete_until: string | null;
  skipped: { line: number; what: string; why: string }[];
  problems: { line: number; message: string }[];
  unlisted: number;
}

export interface Campaign {
  id: string;
  /** A list of people, or one message to one person. */
  kind: "broadcast" | "single";
  name: string;
  sender_id: string;
  sender_name: string;
  channel: Channel;
  status: CampaignStatus;
  version: number;
  content: { text: string };
  policy: Policy | null;
  lateness: Lateness;
  created_at: Instant;
  starts_at: Instant | null;
  started_at: Instant | null;
  ended_at: Instant | null;
  end_reason: string | null;
  progress: Progress;
  waiting: null | { until: Instant | null; because: Reason[] };
  next_at: Instant | null;
  plan: null | { first: Instant | null; last: Instant | null; planned: number; unplanned: number };
  /** Whom it did not write to, once it has ended. */
  left_out: null | { people: number; at: string };
  lists?: RecipientList[];
}

export interface RejectedRow {
  line: number;
  column: string | number | null;
  code: string;
  message: string;
}

export interface Upload {
  list_id: string;
  /** The column that holds the numbers or addresses; texts cannot have it for a field. */
  column: string;
  accepted: number;
  duplicates: number;
  rejected: RejectedRow[];
  rejected_total: number;
  total: number;
  /** The campaign's, with these people in it. */
  version: number;
}

export interface CampaignPlan extends Plan {
  starts_at: Instant;
  lane: string;
  lane_index: number;
}

export interface Message {
  id: string;
  ordinal: number;
  to: string;
  status: MessageStatus;
  reason: string | null;
  detail: string | null;
  planned_at: Instant | null;
  sent_at: Instant | null;
  delivered_at: Instant | null;
  reference: string | null;
}

export interface SandboxMessage {
  id: string;
  sender_name: string;
  channel: Channel;
  to: string;
  text: string;
  received_at: Instant;
  receipt: "delivered" | "failed" | null;
}

export interface ApiProblem {
  type: string;
  title: string;
  status: number;
  detail?: string;
  errors?: Problem[];
}

/** How late messages were against their promised instants; negative is early. */
export interface Late {
  median_ms: number;
  p95_ms: number;
  largest_ms: number;
  measured: number;
}

export type ChangeName =
  "schedule" | "reschedule" | "edit" | "list" | "pause" | "resume" | "stop" | "single" | "rules" | "record" |
  "confirm_sent" | "send_again" | "held";

/** Planned against actual. */
export interface Pace {
  time_zone: string;
  planned: number;
  sent: number;
  late: Late | null;
  days: {
    date: string;
    planned: number;
    sent: number;
    late: Late | null;
    hours: { at: Instant; hour: number; planned: number; sent: number; late: Late | null }[];
  }[];
  promises: {
    at: Instant;
    why: ChangeName;
    by: string;
    first: Instant | null;
    last: Instant | null;
    planned: number;
    unplanned: number;
  }[];
  /** What was promised, each promise until the next: start, count, milliseconds between two. */
  runs: [start: Instant, count: number, every: number][];
  /** What was done to the campaign, its sender and the others on it since, newest first. */
  changes: {
    at: Instant;
    what: ChangeName;
    by: string;
    campaign_id: string | null;
    campaign_name: string | null;
  }[];
  left_out: { reason: string | null; count: number }[];
}

/** The documents of the HTTP API, as the Worker gives and takes them. */

import type { Instant, Lane, Layer, Order, Plan, Policy, Problem, Reason } from "../engine";

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
  { kind: "sandbox" } | { kind: "webhook"; url: string; deduplicates?: boolean; per_second?: number };

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
  /** One a campaign, named by the campaign's id. */
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

export interface RecipientList {
  id: string;
  file_name: string;
  created_at: Instant;
  accepted: number;
  duplicates: number;
  rejected: number;
}

export interface Campaign {
  id: string;
  name: string;
  sender_id: string;
  sender_name: string;
  channel: Channel;
  status: CampaignStatus;
  version: number;
  content: { text: string };
  policy: Policy | null;
  created_at: Instant;
  starts_at: Instant | null;
  started_at: Instant | null;
  ended_at: Instant | null;
  end_reason: string | null;
  progress: Progress;
  waiting: null | { until: Instant | null; because: Reason[] };
  next_at: Instant | null;
  plan: null | { first: Instant | null; last: Instant | null; planned: number; unplanned: number };
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

/** The routes about what became of a campaign, and about what it says, carries and costs before it goes. */

import type { Instant } from "../engine";
import { call, part, send } from "./api";
import type { Page, Progress } from "./types";

/** How many looked; people once each, machines apart. */
export interface Seen {
  people: number;
  times: number;
  by_machines: number;
  /** Of those who have it; null while nobody has. */
  rate: number | null;
}

export interface Counted {
  reason: string;
  means: string;
  count: number;
}

export interface Report {
  campaign_id: string;
  name: string;
  progress: Progress;
  first_sent_at: Instant | null;
  last_sent_at: Instant | null;
  opened: Seen;
  clicked: Seen;
  links: { number: number; url: string | null; people: number; times: number }[];
  failed_by_reason: Counted[];
  skipped_by_reason: Counted[];
  unknown_by_reason: Counted[];
}

/** What a reason means, and what to do about it. */
export interface MessageReason {
  code: string;
  means: string;
  check: string;
  is_address_fault: boolean;
}

/** In millionths of the currency's unit. */
export interface Cost {
  currency: string | null;
  segments: number;
  sent: number;
  inbound: number;
  total: number;
}

export interface BadAddress {
  ordinal: number;
  address: string;
  reason: string | null;
  detail: string | null;
  contact_id: string | null;
  fields: Record<string, string>;
}

export interface Attachment {
  id: string;
  file_name: string;
  media_type: string;
  bytes: number;
}

export interface Found {
  kind: "word" | "link";
  value: string;
  where: string;
  excerpt: string;
  people?: number | null;
}

export interface Rendered {
  ordinal: number | null;
  to: string | null;
  text: string;
  subject: string | null;
  segments: { encoding: "gsm7" | "ucs2"; units: number; segments: number } | null;
  links: string[];
  attachments: Attachment[];
  not_allowed: Found[];
}

interface Range<T> {
  least: T;
  likely: T;
  most: T;
}

export interface Estimate {
  recipients: number;
  cannot_be_written: number;
  exact: boolean;
  looked_at: number;
  segments: (Range<number> & { messages_in_ucs2: number }) | null;
  /** Amounts as texts, in units of the currency. */
  cost: (Range<string | null> & { currency: string }) | null;
}

export interface PersonAtFault {
  ordinal: number;
  to: string;
  fields: string[];
  message: string;
}

const of = (id: string) => `/campaigns/${part(id)}`;

export const outcomeApi = {
  report: (id: string) => call<Report>("GET", `${of(id)}/report`),
  reportFile: (id: string) => send("GET", `${of(id)}/report.csv`),
  reasons: () => call<Page<MessageReason>>("GET", "/reasons", { query: { limit: 200 } }),
  cost: (id: string) => call<Cost>("GET", `${of(id)}/cost`),
  replies: (id: string) => call<{ people: number; replies: number; stops: number }>("GET", `${of(id)}/replies`),
  badAddresses: (id: string, query: { cursor?: string | null; limit?: number }) =>
    call<Page<BadAddress>>("GET", `${of(id)}/bad-addresses`, { query }),

  estimate: (id: string) => call<Estimate>("GET", `${of(id)}/estimate`),
  problems: (id: string, query: { cursor?: string | null; limit?: number }) =>
    call<Page<PersonAtFault>>("GET", `${of(id)}/problems`, { query }),
  render: (id: string, whose: { ordinal?: number; to?: string }) =>
    call<Rendered>("POST", `${of(id)}/render`, { body: whose }),

  attachment: (id: string) => call<Attachment>("GET", `/attachments/${part(id)}`),
  attach: (file: File) =>
    send("POST", "/attachments", { query: { file_name: file.name }, file }).then((text) => JSON.parse(text) as Attachment),
};


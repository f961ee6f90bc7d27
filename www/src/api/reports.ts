/** What the console asks about a period, and for a campaign to be sent again. */

import { client, told } from "./client";

export interface Counted {
  reason: string;
  means: string;
  count: number;
}

/** What was sent in a period: in all, or of one channel, sender, campaign or user. */
export interface ReportRow {
  id: string | null;
  name: string;
  campaigns: number;
  planned: number;
  sent: number;
  delivered: number;
  failed: number;
  failed_by_reason: Counted[];
  skipped: number;
  skipped_by_reason: Counted[];
  unknown: number;
  cancelled: number;
  opened: number;
  clicked: number;
  /** Messages that came in. */
  contacts: number;
  stops: number;
  /** Amounts as texts, in units of the currency. */
  costs: { currency: string; sent: string; inbound: string; total: string }[];
  is_cost_shared: boolean;
}

export interface PeriodReport {
  from: number;
  to: number;
  rows: ReportRow[];
  /** Another part counts what this one left. */
  next_cursor: string | null;
}

export type By = "nothing" | "channel" | "sender" | "campaign" | "user";
export type Whom = "not_opened" | "not_clicked" | "failed" | "left_out" | "someone_else";

export interface Period {
  from: number;
  to: number;
  by: By;
}

// These routes are told by openapi.json from the release on that has them.
const get = client.GET as (path: string, options: object) => Promise<{ data?: unknown; error?: unknown; response: Response }>;
const post = client.POST as typeof get;

export const reportsApi = {
  period: (asked: Period, cursor: string | null) =>
    told(get("/reports", { params: { query: cursor === null ? asked : { ...asked, cursor } } })) as Promise<PeriodReport>,
  countResend: (id: string, to: Whom) =>
    told(post("/campaigns/{id}/resends/count", { params: { path: { id } }, body: { to } })) as Promise<{
      people: number;
      undecided: number;
    }>,
  resend: (id: string, to: Whom) =>
    told(post("/campaigns/{id}/resends", { params: { path: { id } }, body: { to } })) as Promise<{ campaign_id: string }>,
};

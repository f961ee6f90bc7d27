/** What the console asks about a period, and for a campaign to be sent again. */

import { client, told } from "./client";
import type { Schemas } from "./types";

export type Counted = Schemas["Counted"];
/** What was sent in a period: in all, or of one channel, sender, campaign or user. */
export type ReportRow = Omit<Schemas["PeriodReportRow"], "open_rate" | "click_rate">;
export type PeriodReport = Schemas["PeriodReport"];

export type By = "nothing" | "channel" | "sender" | "campaign" | "user";
export type Whom = "not_opened" | "not_clicked" | "failed" | "left_out" | "someone_else";

export interface Period {
  from: number;
  to: number;
  by: By;
}

// These two are told by openapi.json from the release on that has them.
const post = client.POST as unknown as (path: string, options: object) => Promise<{ data?: unknown; error?: unknown; response: Response }>;

export const reportsApi = {
  period: ({ from, to, by }: Period, cursor: string | null) =>
    told(client.GET("/reports", { params: { query: { from, to, by, ...(cursor !== null && { cursor }) } } })),
  countResend: (id: string, to: Whom) =>
    told(post("/campaigns/{id}/resends/count", { params: { path: { id } }, body: { to } })) as Promise<{
      people: number;
      undecided: number;
    }>,
  resend: (id: string, to: Whom) =>
    told(post("/campaigns/{id}/resends", { params: { path: { id } }, body: { to } })) as Promise<{ campaign_id: string }>,
};

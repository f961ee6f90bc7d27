/** What the console asks about a period, and for a campaign to be sent again. */

import { client, told } from "./client";
import type { Schemas } from "./types";

export type Counted = Schemas["Counted"];
/** What was sent in a period: in all, or of one channel, sender, campaign or user. */
export type ReportRow = Omit<Schemas["PeriodReportRow"], "open_rate" | "click_rate">;
export type PeriodReport = Schemas["PeriodReport"];

export type By = "nothing" | "channel" | "sender" | "campaign" | "user";
export type Whom = Schemas["ResendTo"];

export interface Period {
  from: number;
  to: number;
  by: By;
}

export const reportsApi = {
  period: ({ from, to, by }: Period, cursor: string | null) =>
    told(client.GET("/reports", { params: { query: { from, to, by, ...(cursor !== null && { cursor }) } } })),
  resends: (id: string) => told(client.GET("/campaigns/{id}/resends", { params: { path: { id }, query: { limit: 50 } } })),
  countResend: (id: string, to: Whom) => told(client.POST("/campaigns/{id}/resends/count", { params: { path: { id } }, body: { to } })),
  resend: (id: string, body: Schemas["NewResend"]) => told(client.POST("/campaigns/{id}/resends", { params: { path: { id } }, body })),
};

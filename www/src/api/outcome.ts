/** What the console asks about a message before it goes, and about what became of a campaign. */

import { client, downloadLarge, type Loose, query, told } from "./client";
import type { Schemas } from "./types";

export type Report = Schemas["Report"];
/** How many looked; people once each, machines apart. */
export type Seen = Schemas["Seen"];
/** What a reason means, and what to do about it. */
export type MessageReason = Schemas["MessageReason"];
/** In millionths of the currency's unit. */
export type Cost = Schemas["Cost"];
export type Answers = Schemas["Replies"];
export type BadAddress = Schemas["BadAddress"];
export type Attachment = Schemas["Attachment"];
export type Rendered = Schemas["Rendered"];
/** Amounts are texts, in units of the currency. */
export type Estimate = Schemas["Estimate"];
export type PersonAtFault = Schemas["PersonAtFault"];

type Paged = Loose<{ cursor: string; limit: number }>;

const by = (id: string) => ({ path: { id } });

export const outcomeApi = {
  report: (id: string) => told(client.GET("/campaigns/{id}/report", { params: by(id) })),
  saveMessages: (id: string, status: string | null, name: string) =>
    downloadLarge(`/campaigns/${id}/messages/export?${new URLSearchParams(query<{ status?: string }>({ status }))}`, name),
  reasons: () => told(client.GET("/reasons", { params: { query: { limit: 200 } } })),
  cost: (id: string) => told(client.GET("/campaigns/{id}/cost", { params: by(id) })),
  replies: (id: string) => told(client.GET("/campaigns/{id}/replies", { params: by(id) })),
  badAddresses: (id: string, asked: Paged) =>
    told(client.GET("/campaigns/{id}/bad-addresses", { params: { ...by(id), query: query(asked) } })),
  /** With every column of the file that they came in: corrected, it goes in again as it is. */
  saveBadAddresses: (id: string, name: string) => downloadLarge(`/campaigns/${id}/bad-addresses.csv`, name),

  estimate: (id: string) => told(client.GET("/campaigns/{id}/estimate", { params: by(id) })),
  problems: (id: string, asked: Paged) =>
    told(client.GET("/campaigns/{id}/problems", { params: { ...by(id), query: query(asked) } })),
  render: (id: string, whose: Schemas["RenderAsked"]) =>
    told(client.POST("/campaigns/{id}/render", { params: by(id), body: whose })),

  attachment: (id: string) => told(client.GET("/attachments/{id}", { params: by(id) })),
  attach: (file: File): Promise<Attachment> =>
    told(
      client.POST("/attachments", {
        params: { query: { file_name: file.name } },
        body: file as never,
        bodySerializer: (body: unknown) => body as File,
        headers: { "content-type": file.type || "application/octet-stream" },
      }),
    ),
};

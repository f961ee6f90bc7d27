/** What the console asks of senders, campaigns and the sandbox. */

import type { Instant } from "../engine";
import { asText, client, type Loose, query, told, upload } from "./client";
import type { paths as Paths } from "./schema";
import type { Campaign, ImportedCalendar, Outlook, Pace, Page, Schemas, Sender, SenderFields, Upload } from "./types";

export { Refused, sentenceOf } from "./client";

/** The version that somebody has before his eyes: what he does holds for that one alone. */
type Looked = Pick<Campaign, "version">;
/** A choice of more is none. */
const MOST_SENDERS = 2_000;
type Paged = { cursor?: string; limit?: number };

const by = (id: string) => ({ path: { id } });

export const api = {
  /** Of a key that nobody is signed in with yet, and of the session otherwise. */
  me: (key?: string) => told(client.GET("/me", key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } })),

  senders: (cursor: string | null = null) => told(client.GET("/senders", { params: { query: query({ cursor, limit: 200 }) } })),
  /** All of them to choose from, oldest first, as far as a choice goes. */
  everySender: async (): Promise<Sender[]> => {
    const all: Sender[] = [];
    let cursor: string | null = null;
    do {
      const page: Page<Sender> = await api.senders(cursor);
      all.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null && all.length < MOST_SENDERS);
    return all;
  },
  sender: (id: string) => told(client.GET("/senders/{id}", { params: by(id) })),
  createSender: (body: SenderFields) => told(client.POST("/senders", { body })),
  changeSender: (id: string, body: Partial<SenderFields> & { version: number }) =>
    told(client.PATCH("/senders/{id}", { params: by(id), body })),
  price: (id: string) => told(client.GET("/senders/{id}/price", { params: by(id) })),
  setPrice: (id: string, body: Schemas["PriceAsked"]) => told(client.PUT("/senders/{id}/price", { params: by(id), body })),
  forgetPrice: (id: string) => told(client.DELETE("/senders/{id}/price", { params: by(id) })),
  /** Where its provider brings messages; for administrators. */
  inbound: (id: string) => told(client.GET("/senders/{id}/inbound", { params: by(id) })),
  sends: (id: string, limit: number) => told(client.GET("/senders/{id}/sends", { params: { ...by(id), query: { limit } } })),
  recordSends: (id: string, body: Schemas["SendsToRecord"], key: string) =>
    told(client.POST("/senders/{id}/sends", { params: { ...by(id), header: { "Idempotency-Key": key } }, body })),
  /** The document tells it as a plan request, whose parts may be left out; an answer has all of them. */
  outlook: (id: string) => told(client.GET("/senders/{id}/outlook", { params: by(id) })) as Promise<Outlook>,

  importBlocked: (content: string, time_zone: string): Promise<ImportedCalendar> =>
    told(
      client.POST("/blocked-times/import", {
        params: { query: { time_zone } },
        body: content as never,
        ...asText("text/calendar"),
      }),
    ) as Promise<ImportedCalendar>,

  campaigns: (asked: Loose<NonNullable<Paths["/campaigns"]["get"]["parameters"]["query"]>>) =>
    told(client.GET("/campaigns", { params: { query: query(asked) } })),
  campaign: (id: string) => told(client.GET("/campaigns/{id}", { params: by(id) })),
  createCampaign: (body: Schemas["NewCampaign"]) => told(client.POST("/campaigns", { body })),
  changeCampaign: (id: string, body: Schemas["CampaignChange"] & Looked) =>
    told(client.PATCH("/campaigns/{id}", { params: by(id), body })),
  planCampaign: (id: string, at: Instant | null) =>
    told(client.POST("/campaigns/{id}/plan", { params: by(id), body: at === null ? {} : { at } })),
  schedule: (id: string, at: Instant | null, { version }: Looked) =>
    told(client.POST("/campaigns/{id}/schedule", { params: by(id), body: at === null ? { version } : { at, version } })),
  /** Whoever pauses means it, whatever the campaign has become meanwhile: that asks for no version. */
  steer: (id: string, trigger: "pause" | "resume" | "stop", { version }: Looked) =>
    told(client.POST(`/campaigns/{id}/${trigger}`, { params: by(id), body: trigger === "pause" ? {} : { version } })),
  pace: (id: string) => told(client.GET("/campaigns/{id}/pace", { params: by(id) })) as Promise<Pace>,
  messages: (id: string, asked: Loose<Paged & { status: Schemas["MessageStatus"] }>) =>
    told(client.GET("/campaigns/{id}/messages", { params: { ...by(id), query: query(asked) } })),
  leftOut: (id: string, asked: Loose<Paged>) =>
    told(client.GET("/campaigns/{id}/left-out", { params: { ...by(id), query: query(asked) } })),
  lists: (id: string) => told(client.GET("/campaigns/{id}/lists", { params: { ...by(id), query: { limit: 200 } } })),
  settle: (id: string, ordinal: number, order: "confirm-sent" | "send-again") =>
    told(client.POST(`/campaigns/{id}/messages/{ordinal}/${order}`, { params: { path: { id, ordinal } }, body: {} })),
  settleAll: (id: string, order: "confirm-sent" | "send-again") =>
    told(client.POST(`/campaigns/{id}/unknown/${order}`, { params: by(id), body: {} })),

  deadLetters: (asked: Loose<Paged>) => told(client.GET("/dead-letters", { params: { query: query(asked) } })),
  release: (id: string) => told(client.POST("/dead-letters/{id}/release", { params: by(id), body: {} })),
  discard: (id: string) => told(client.POST("/dead-letters/{id}/discard", { params: by(id), body: {} })),

  sandbox: (asked: Loose<Paged & { address: string }>) =>
    told(client.GET("/sandbox/messages", { params: { query: query(asked) } })),
  receipt: (id: string, status: "delivered" | "failed", reason?: string) =>
    told(client.POST("/sandbox/messages/{id}/receipts", { params: by(id), body: reason ? { status, reason } : { status } })),
  reply: (id: string, text: string) =>
    told(client.POST("/sandbox/messages/{id}/replies", { params: by(id), body: { text } })),
};

/** Puts a file of people into a campaign; `progress` gets the share of it that has gone up. */
export const uploadPeople = (
  campaignId: string,
  file: File,
  progress: (share: number) => void,
  asked: { column?: string; time_zone_column?: string } = {},
): Promise<Upload> => upload("/campaigns/{id}/recipients", file, { file_name: file.name, ...asked }, progress, campaignId);

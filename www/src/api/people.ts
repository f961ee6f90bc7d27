/** What the console asks of people: contacts, what is said with them, and who gets nothing any more. */

import { client, downloadLarge, type Loose, query, told, toldAnew, upload } from "./client";
import type { operations } from "./schema";
import type { Channel, Schemas, Selection } from "./types";

/** Nobody looks through more of them at once. */
const LABELS = 60;

type Paged = { cursor?: string; limit?: number };
type Asked<Name extends keyof operations> = operations[Name]["parameters"] extends { query?: infer Query }
  ? Loose<NonNullable<Query>>
  : never;

const by = (id: string) => ({ path: { id } });
const whose = (channel: Channel, address: string) => ({ path: { channel, address } });
const inAddress = (asked: Loose<Record<string, string>>) => new URLSearchParams(query<Record<string, string>>(asked)).toString();

export const contacts = {
  list: (asked: Asked<"listContacts">) => told(client.GET("/contacts", { params: { query: query(asked) } })),
  one: (id: string) => told(client.GET("/contacts/{id}", { params: by(id) })),
  create: (body: Schemas["NewContact"]) => told(client.POST("/contacts", { body })),
  change: (id: string, body: Schemas["ContactChange"]) => told(client.PATCH("/contacts/{id}", { params: by(id), body })),
  remove: (id: string) => told(client.DELETE("/contacts/{id}", { params: by(id) })),
  merge: (id: string, other: string) => told(client.POST("/contacts/{id}/merge", { params: by(id), body: { with: other } })),
  duplicates: (asked: Loose<Paged>) => told(client.GET("/contacts/duplicates", { params: { query: query(asked) } })),
  /** Those that begin so, with the first few where nothing is typed. */
  tags: (text: string) => told(client.GET("/tags", { params: { query: query({ text, limit: LABELS }) } })),
  accounts: (text: string) => told(client.GET("/accounts", { params: { query: query({ text, limit: LABELS }) } })),
  erase: (body: Schemas["ErasureAsked"]) => told(client.POST("/erasures", { body })),
  erasure: (id: string) => told(client.GET("/erasures/{id}", { params: by(id) })),
  import: (file: File, region: string, progress: (share: number) => void) =>
    upload("/contacts/import", file, query({ file_name: file.name, region }), progress),
  importOf: (id: string) => told(client.GET("/contacts/imports/{id}", { params: by(id) })),
  export: (asked: Loose<Record<string, string>>) => downloadLarge(`/contacts/export?${inAddress(asked)}`, "contacts.csv"),

  count: (campaign: string, body: Selection) =>
    told(client.POST("/campaigns/{id}/recipients/count", { params: by(campaign), body })),
  choose: (campaign: string, body: Selection) =>
    told(client.POST("/campaigns/{id}/recipients/selection", { params: by(campaign), body })),
};

export const talk = {
  list: (asked: Asked<"listConversations">) => told(client.GET("/conversations", { params: { query: query(asked) } })),
  one: (channel: Channel, address: string) =>
    told(client.GET("/conversations/{channel}/{address}", { params: whose(channel, address) })),
  timeline: (channel: Channel, address: string, asked: Loose<Paged>) =>
    told(
      client.GET("/conversations/{channel}/{address}/messages", {
        params: { ...whose(channel, address), query: query(asked) },
      }),
    ),
  write: (channel: Channel, address: string, body: Schemas["WrittenAsked"], key: string) =>
    told(
      client.POST("/conversations/{channel}/{address}/messages", {
        params: { ...whose(channel, address), header: { "Idempotency-Key": key } },
        body,
      }),
    ),
  forward: (channel: Channel, address: string, body: Schemas["ForwardAsked"], key: string) =>
    told(
      client.POST("/conversations/{channel}/{address}/forward", {
        params: { ...whose(channel, address), header: { "Idempotency-Key": key } },
        body,
      }),
    ),
  read: (channel: Channel, address: string) =>
    told(client.POST("/conversations/{channel}/{address}/read", { params: whose(channel, address), body: {} })),
  setState: (channel: Channel, address: string, state: Schemas["ConversationState"]) =>
    told(client.PATCH("/conversations/{channel}/{address}", { params: whose(channel, address), body: { state } })),
  optOut: (channel: Channel, address: string, reason: string) =>
    told(client.POST("/conversations/{channel}/{address}/opt-out", { params: whose(channel, address), body: reason ? { reason } : {} })),
  toReview: (asked: Loose<Paged>) =>
    told(client.GET("/inbound", { params: { query: { ...query<Paged>(asked), review: "open" } } })),
  review: (id: string, as: Schemas["InboundReviewWord"]) =>
    told(client.POST("/inbound/{id}/review", { params: by(id), body: { as } })),
};

export const optOuts = {
  list: (asked: Asked<"listOptOuts">) => told(client.GET("/opt-outs", { params: { query: query(asked) } })),
  lifted: (asked: Loose<Paged>) => told(client.GET("/opt-outs/lifted", { params: { query: query(asked) } })),
  /** Who is on the list already stays there by their first entry, and that is answered. */
  add: (body: Schemas["NewOptOut"]) => toldAnew(client.POST("/opt-outs", { body })),
  lift: (channel: Channel, address: string, reason: string) =>
    told(
      client.DELETE("/opt-outs/{channel}/{address}", {
        params: { ...whose(channel, address), query: query({ reason }) },
      }),
    ),
  import: (file: File, channel: Channel, asked: { column: string; region: string }, progress: (share: number) => void) =>
    upload("/opt-outs/import", file, query({ file_name: file.name, channel, ...asked }) as { file_name: string; channel: Channel }, progress),
  export: (channel: string | null) => downloadLarge(`/opt-outs/export?${inAddress({ channel })}`, "unsubscribes.csv"),
};

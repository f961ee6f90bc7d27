/** The HTTP API: the only file of the console that fetches. */

import type { Instant, Problem } from "../engine";
import { session } from "../session.svelte";
import type {
  ApiProblem,
  Campaign,
  CampaignPlan,
  DeadLetter,
  ImportedCalendar,
  Me,
  Message,
  Outlook,
  Pace,
  Page,
  SandboxMessage,
  Sender,
  SenderFields,
  Upload,
} from "./types";

/** What the API refused, in its own words, with the fields it refused. */
export class Refused extends Error {
  readonly status: number;
  readonly errors: Problem[];

  constructor(status: number, message: string, errors: Problem[] = []) {
    super(message);
    this.status = status;
    this.errors = errors;
  }
}

/** One sentence for the screen, whatever was thrown. */
export function sentenceOf(cause: unknown): string {
  if (cause instanceof Refused) {
    const fields = cause.errors.map((error) => error.message);
    return fields.length ? fields.join("; ") : cause.message;
  }
  if (cause instanceof TypeError) return "The server cannot be reached. Check that it runs, then try again.";
  return cause instanceof Error ? cause.message : String(cause);
}

type Query = Record<string, string | number | null | undefined>;

const BASE = "/api/v1";

function address(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === null || value === undefined || value === "" ? [] : [[name, String(value)]],
  );
  const text = new URLSearchParams(pairs).toString();
  return `${BASE}${path}${text ? `?${text}` : ""}`;
}

function refusal(status: number, body: string): Refused {
  if (status === 401) session.expire();
  try {
    const problem = JSON.parse(body) as ApiProblem;
    return new Refused(status, problem.detail ?? problem.title, problem.errors ?? []);
  } catch {
    return new Refused(status, `The server answered ${status}. Try again in a moment.`);
  }
}

async function call<T>(
  method: string,
  path: string,
  options: { query?: Query; body?: unknown; text?: { type: string; content: string }; key?: string } = {},
): Promise<T> {
  const headers: Record<string, string> = { authorization: `Bearer ${options.key ?? session.key ?? ""}` };
  if (options.text) headers["content-type"] = options.text.type;
  else if (options.body !== undefined) headers["content-type"] = "application/json";
  const response = await fetch(address(path, options.query), {
    method,
    headers,
    body: options.text?.content ?? (options.body === undefined ? null : JSON.stringify(options.body)),
    cache: "no-store",
  });
  const text = await response.text();
  if (!response.ok) throw refusal(response.status, text);
  return (text ? JSON.parse(text) : null) as T;
}

const part = encodeURIComponent;

/** The version that somebody has before his eyes: what he does holds for that one alone. */
type Looked = Pick<Campaign, "version">;

export const api = {
  me: (key: string) => call<Me>("GET", "/me", { key }),

  senders: () => call<Page<Sender>>("GET", "/senders", { query: { limit: 200 } }),
  sender: (id: string) => call<Sender>("GET", `/senders/${part(id)}`),
  createSender: (fields: SenderFields) => call<Sender>("POST", "/senders", { body: fields }),
  changeSender: (id: string, fields: Partial<SenderFields> & { version: number }) =>
    call<Sender>("PATCH", `/senders/${part(id)}`, { body: fields }),
  outlook: (senderId: string) => call<Outlook>("GET", `/senders/${part(senderId)}/outlook`),

  importBlocked: (content: string, time_zone: string) =>
    call<ImportedCalendar>("POST", "/blocked-times/import", { query: { time_zone }, text: { type: "text/calendar", content } }),

  campaigns: (query: { status?: string | null; cursor?: string | null }) =>
    call<Page<Campaign>>("GET", "/campaigns", { query }),
  campaign: (id: string) => call<Campaign>("GET", `/campaigns/${part(id)}`),
  createCampaign: (
    fields: Pick<Campaign, "name" | "sender_id" | "content"> & Partial<Pick<Campaign, "policy" | "lateness">>,
  ) =>
    call<Campaign>("POST", "/campaigns", { body: fields }),
  changeCampaign: (id: string, fields: Partial<Pick<Campaign, "name" | "content" | "policy" | "lateness">> & Looked) =>
    call<Campaign>("PATCH", `/campaigns/${part(id)}`, { body: fields }),
  planCampaign: (id: string, at: Instant | null) =>
    call<CampaignPlan>("POST", `/campaigns/${part(id)}/plan`, { body: at === null ? {} : { at } }),
  schedule: (id: string, at: Instant | null, { version }: Looked) =>
    call<Campaign>("POST", `/campaigns/${part(id)}/schedule`, { body: at === null ? { version } : { at, version } }),
  /** Whoever pauses means it, whatever the campaign has become meanwhile: that asks for no version. */
  steer: (id: string, trigger: "pause" | "resume" | "stop", { version }: Looked) =>
    call<Campaign & { in_flight: number }>("POST", `/campaigns/${part(id)}/${trigger}`, {
      body: trigger === "pause" ? {} : { version },
    }),
  pace: (id: string) => call<Pace>("GET", `/campaigns/${part(id)}/pace`),
  messages: (id: string, query: { status?: string | null; cursor?: string | null; limit?: number }) =>
    call<Page<Message>>("GET", `/campaigns/${part(id)}/messages`, { query }),
  leftOut: (id: string, query: { cursor?: string | null; limit?: number }) =>
    call<Page<Message>>("GET", `/campaigns/${part(id)}/left-out`, { query }),
  settle: (id: string, ordinal: number, order: "confirm-sent" | "send-again") =>
    call<Message>("POST", `/campaigns/${part(id)}/messages/${ordinal}/${order}`, { body: {} }),
  settleAll: (id: string, order: "confirm-sent" | "send-again") =>
    call<Campaign & { changed: number; more: boolean }>("POST", `/campaigns/${part(id)}/unknown/${order}`, {
      body: {},
    }),

  deadLetters: (query: { cursor?: string | null; limit?: number }) =>
    call<Page<DeadLetter>>("GET", "/dead-letters", { query }),
  release: (id: string) => call<DeadLetter>("POST", `/dead-letters/${part(id)}/release`, { body: {} }),
  discard: (id: string) => call<null>("POST", `/dead-letters/${part(id)}/discard`, { body: {} }),

  sandbox: (query: { address?: string | null; limit?: number; cursor?: string | null }) =>
    call<Page<SandboxMessage>>("GET", "/sandbox/messages", { query }),
  receipt: (id: string, status: "delivered" | "failed", reason?: string) =>
    call<unknown>("POST", `/sandbox/messages/${part(id)}/receipts`, { body: reason ? { status, reason } : { status } }),
  reply: (id: string, text: string) =>
    call<unknown>("POST", `/sandbox/messages/${part(id)}/replies`, { body: { text } }),
};

/**
 * Puts a file of people into a campaign. By XMLHttpRequest, because `fetch` does not report how
 * much of a body has gone up. `progress` gets a share in 0..1.
 */
export function uploadPeople(campaignId: string, file: File, progress: (share: number) => void): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(`/campaigns/${part(campaignId)}/recipients`, { file_name: file.name }));
    request.setRequestHeader("authorization", `Bearer ${session.key ?? ""}`);
    request.setRequestHeader("content-type", "text/csv");
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as Upload);
      else reject(refusal(request.status, request.responseText));
    };
    request.onerror = () => reject(new TypeError("the upload did not go through"));
    request.send(file);
  });
}

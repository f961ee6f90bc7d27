/** The HTTP API as openapi.json tells it, typed; the only file of the console that fetches. */

import createClient from "openapi-fetch";
import type { Problem } from "../engine";
import { save } from "../save-file";
import { session } from "../session.svelte";
import type { paths } from "./schema";

const BASE = "/api/v1";
const CREATED = 201;

/** What the API refused, in its own words, with the fields it refused. */
export class Refused extends Error {
  readonly status: number;
  readonly errors: Problem[];
  readonly code: string;

  constructor(status: number, message: string, errors: Problem[] = [], code = "") {
    super(message);
    this.status = status;
    this.errors = errors;
    this.code = code;
  }

  /** What is wrong with the field at `path` or below it. */
  at(path: string): string | undefined {
    return this.errors.find((error) => error.path === path || error.path.startsWith(`${path}[`) || error.path.startsWith(`${path}.`))
      ?.message;
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

function refusal(status: number, body: unknown): Refused {
  if (status === 401) session.expire();
  if (typeof body !== "object" || body === null || !("title" in body)) {
    return new Refused(status, `The server answered ${status}. Try again in a moment.`);
  }
  const { type = "", title, detail, errors } = body as { type?: string; title: string; detail?: string; errors?: Problem[] };
  return new Refused(status, detail ?? title, errors ?? [], type.split("/").at(-1));
}

/** What every request says of who asks, and in which team. */
export function credentials(): Record<string, string> {
  const key = { authorization: `Bearer ${session.key ?? ""}` };
  return session.team === null ? key : { ...key, "tidegate-team": session.team };
}

export const client = createClient<paths>({ baseUrl: BASE, cache: "no-store" });

client.use({
  onRequest({ request }) {
    for (const [name, value] of Object.entries(credentials())) if (!request.headers.has(name)) request.headers.set(name, value);
  },
});

/** What was answered, or a `Refused`. */
export async function told<Answer extends { data?: unknown; error?: unknown; response: Response }>(
  answer: Promise<Answer>,
): Promise<NonNullable<Answer["data"]>> {
  const { data, error, response } = await answer;
  if (!response.ok) throw refusal(response.status, error);
  return data as NonNullable<Answer["data"]>;
}

/** What a write made, or found there as it was; or a `Refused`. */
export async function toldAnew<Answer extends { data?: unknown; error?: unknown; response: Response }>(
  answer: Promise<Answer>,
): Promise<{ isNew: boolean; document: NonNullable<Answer["data"]> }> {
  const document = await told(answer);
  return { isNew: (await answer).response.status === CREATED, document };
}

/** A query as pages have it, where what is not asked for is null or empty. */
export type Loose<Query> = { [Name in keyof Query]?: Query[Name] | null };

/** The same without what is not asked for. */
export function query<Query extends object>(loose: Loose<Query>): Query {
  return Object.fromEntries(Object.entries(loose).filter(([, value]) => value !== null && value !== undefined && value !== "")) as Query;
}

/** A body that is a text as it is. */
export const asText = (type: string) => ({ headers: { "content-type": type }, bodySerializer: (body: unknown) => body as string });

type Uploads = "/campaigns/{id}/recipients" | "/contacts/import" | "/opt-outs/import";
type Uploaded<Path extends Uploads> = paths[Path]["post"]["responses"][200]["content"]["application/json"];
type UploadQuery<Path extends Uploads> = NonNullable<paths[Path]["post"]["parameters"]["query"]>;

/**
 * Sends a CSV file up. By XMLHttpRequest, because `fetch` does not report how much of a body has
 * gone up. `progress` gets a share in 0..1.
 */
export function upload<Path extends Uploads>(
  path: Path,
  file: File,
  asked: UploadQuery<Path>,
  progress: (share: number) => void,
  id = "",
): Promise<Uploaded<Path>> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const to = `${BASE}${path.replace("{id}", encodeURIComponent(id))}?${new URLSearchParams(asked as Record<string, string>)}`;
    request.open("POST", to);
    for (const [name, value] of Object.entries(credentials())) request.setRequestHeader(name, value);
    request.setRequestHeader("content-type", "text/csv");
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) progress(event.loaded / event.total);
    };
    request.onload = () => {
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as Uploaded<Path>);
      else reject(refusal(request.status, body));
    };
    request.onerror = () => reject(new TypeError("the upload did not go through"));
    request.send(file);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Fetches a file with the session's key, whatever parts the server tells it in, and hands it to the browser as one download. */
export async function download(path: string, name: string): Promise<void> {
  const parts: Blob[] = [];
  for await (const part of partsOf(path)) parts.push(await new Response(part).blob());
  save(name, new Blob(parts, { type: "text/csv" }));
}

type Picker = (options: { suggestedName: string }) => Promise<FileSystemFileHandle>;

/**
 * The same of a file that may be as large as the team. Where the browser lets a page write to disk it goes there as it
 * arrives; elsewhere the browser keeps it until it is whole. Nothing is done if nobody says where to.
 */
export async function downloadLarge(path: string, name: string): Promise<void> {
  const { showSaveFilePicker: pick } = window as { showSaveFilePicker?: Picker };
  let place: FileSystemFileHandle | undefined;
  try {
    place = await pick?.({ suggestedName: name });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") return;
  }
  if (!place) return download(path, name);
  const file = await place.createWritable();
  try {
    for await (const part of partsOf(path)) await part.pipeTo(file, { preventClose: true, preventAbort: true });
    await file.close();
  } catch (cause) {
    // What was there before stays.
    await file.abort();
    throw cause;
  }
}

/** The bodies of a file's parts; each but the first without its row of headings. */
async function* partsOf(path: string): AsyncGenerator<ReadableStream<Uint8Array<ArrayBuffer>>> {
  let cursor: string | null = null;
  do {
    const more: string = cursor === null ? "" : `${path.includes("?") ? "&" : "?"}${new URLSearchParams({ cursor })}`;
    const response: Response = await fetch(`${BASE}${path}${more}`, { headers: credentials(), cache: "no-store" });
    if (!response.ok) throw refusal(response.status, parsed(await response.text()));
    if (response.body) yield cursor === null ? response.body : response.body.pipeThrough(withoutFirstRow());
    cursor = response.headers.get("tidegate-next-cursor");
  } while (cursor !== null);
}

/** The server's headings have no line ends in them. */
function withoutFirstRow(): TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>> {
  const LF = 0x0a;
  let begun = false;
  return new TransformStream({
    transform(bytes, sink) {
      const end = begun ? -1 : bytes.indexOf(LF);
      if (!begun && end < 0) return;
      begun = true;
      sink.enqueue(bytes.subarray(end + 1));
    },
  });
}

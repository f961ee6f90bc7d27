/**
 * The first row of a CSV file: read for its columns, and written anew where somebody says what
 * they hold. Only that row is touched, so a file of any size goes up as it is.
 */

/** The server takes no longer first row. */
const HEAD_MOST = 65_536;
const QUOTE = 0x22;
const [CR, LF] = [0x0d, 0x0a];

/** What the server knows a column to hold, by the heading that says so; any other heading is a field. */
export const KNOWN = {
  name: "Name",
  sms: "SMS number",
  whatsapp: "WhatsApp number",
  email: "Email",
  direct: "Direct message",
  tags: "Tags",
  accounts: "Accounts",
  time_zone: "Time zone",
} as const;

export type Known = keyof typeof KNOWN;
/** Of such a column the server keeps nothing. */
export const LEFT_OUT = "leave_out";

/** Headings that people use, folded; only those that every reader would take so. The server knows more. */
const GUESSES: Record<string, Known> = {
  name: "name",
  fullname: "name",
  nom: "name",
  nombre: "name",
  sms: "sms",
  phone: "sms",
  mobile: "sms",
  telephone: "sms",
  téléphone: "sms",
  handy: "sms",
  whatsapp: "whatsapp",
  email: "email",
  mail: "email",
  emailaddress: "email",
  direct: "direct",
  tags: "tags",
  tag: "tags",
  account: "accounts",
  accounts: "accounts",
  company: "accounts",
  store: "accounts",
  timezone: "time_zone",
};

export function guess(heading: string): Known | null {
  return GUESSES[heading.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "")] ?? null;
}

/** How many bytes the first row takes, without its end. Quotes may hold line ends. */
export function headLength(bytes: Uint8Array): number {
  let quoted = false;
  for (const [at, byte] of bytes.entries()) {
    if (byte === QUOTE) quoted = !quoted;
    else if (!quoted && (byte === CR || byte === LF)) return at;
  }
  return bytes.length;
}

async function parsedHead(file: File): Promise<{ headings: string[]; delimiter: string; length: number; person: string[] }> {
  const { default: Papa } = await import("papaparse");
  const bytes = new Uint8Array(await file.slice(0, HEAD_MOST).arrayBuffer());
  const length = headLength(bytes);
  const read = Papa.parse<string[]>(new TextDecoder().decode(bytes), { preview: 2, skipEmptyLines: "greedy" });
  const [headings = [], person = []] = read.data;
  return { headings, delimiter: read.meta.delimiter || ",", length, person };
}

export const headingsOf = async (file: File): Promise<string[]> => (await parsedHead(file)).headings;

export interface Column {
  heading: string;
  /** What the first person has there. */
  example: string;
  /** A known kind, nothing that is wanted, or null for a field of its own name. */
  holds: Known | typeof LEFT_OUT | null;
}

/** What the first row says of each column; no two say the same. */
export const headingsFor = (columns: Column[]): string[] =>
  columns.map(({ heading, holds }, i) => (holds === LEFT_OUT ? `${LEFT_OUT} ${i + 1}` : (holds ?? heading)));

export async function columnsOf(file: File): Promise<Column[]> {
  const { headings, person } = await parsedHead(file);
  return headings.map((heading, i) => ({ heading, example: person[i]?.trim() ?? "", holds: guess(heading) }));
}

/** The file with what each column holds for its heading. */
export async function withHeadings(file: File, headings: string[]): Promise<File> {
  const { default: Papa } = await import("papaparse");
  const { delimiter, length } = await parsedHead(file);
  const row = Papa.unparse([headings], { delimiter });
  return new File([row, file.slice(length)], file.name, { type: "text/csv" });
}

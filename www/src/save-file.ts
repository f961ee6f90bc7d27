/** Files that the page makes, saved as if they had been downloaded. */

import type { Page } from "./api/types";

export type Cell = string | number | null;

/** What a spreadsheet would take for a formula (OWASP, "CSV Injection"), however many apostrophes stand before it: as the server's own files have it. */
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/;
/** It begins like one, and is nothing but a number. */
const PHONE_NUMBER = /^\+\d+$/;

function written(value: Cell): string {
  if (typeof value === "number") return String(value);
  const text = value ?? "";
  const safe = FORMULA.test(text) && !PHONE_NUMBER.test(text) ? `'${text}` : text;
  return /[",;\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as lines of CSV. */
export const csv = (rows: Cell[][]): string => rows.map((row) => `${row.map(written).join(",")}\r\n`).join("");

/** An instant as a file has it, whatever clock its reader goes by. */
export const instant = (at: number | null | undefined): string => (at === null || at === undefined ? "" : new Date(at).toISOString());

/** A table on its way into a file: all of it, not only the page that is shown. */
export interface TableFile {
  name: string;
  headings: string[];
  pages: () => AsyncIterable<Cell[][]>;
}

/** A list of the server as a table, by what each column has of an item. */
export function tableFile<T>(
  name: string,
  ask: (cursor: string | null) => Promise<Page<T>>,
  columns: Record<string, (item: T) => Cell>,
): TableFile {
  const cells = Object.values(columns);
  async function* pages(): AsyncGenerator<Cell[][]> {
    let cursor: string | null = null;
    do {
      const page: Page<T> = await ask(cursor);
      yield page.items.map((item) => cells.map((cell) => cell(item)));
      cursor = page.next_cursor;
    } while (cursor !== null);
  }
  return { name, headings: Object.keys(columns), pages };
}

/** Saves it to its end, however long; with a mark by which spreadsheets know that it is UTF-8. */
export async function saveTable({ name, headings, pages }: TableFile): Promise<void> {
  // The browser may keep what is made already elsewhere than in the page's memory.
  const parts = [new Blob(["\u{feff}", csv([headings])])];
  for await (const rows of pages()) parts.push(new Blob([csv(rows)]));
  save(`${name}.csv`, new Blob(parts, { type: "text/csv" }));
}

export function save(name: string, content: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  // The browser has taken it up by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

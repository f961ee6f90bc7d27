/** Files that the page makes, saved as if they had been downloaded. */

/** What a spreadsheet would take for a formula is made a text. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: string | number | null): string {
  if (typeof value === "number") return String(value);
  const text = value ?? "";
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A table as CSV, with a mark by which spreadsheets know that it is UTF-8. */
export const csv = (rows: (string | number | null)[][]): string =>
  `\u{feff}${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;

export function save(name: string, content: string, type = "text/csv"): void {
  const url = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken it up by then.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** What a table on the page says, row by row, without the columns that only have something to press. */
export function rowsOf(table: HTMLTableElement): string[][] {
  const [head, ...rows] = [...table.rows];
  const kept = [...(head?.cells ?? [])].map((cell) => cell.querySelector(".unseen") === null);
  const said = (cell: HTMLTableCellElement) => {
    const chosen = cell.querySelector("select")?.selectedOptions[0]?.text;
    return (chosen ?? cell.innerText).replace(/\s+/g, " ").trim();
  };
  return [head, ...rows].flatMap((row) => (row ? [[...row.cells].filter((_, i) => kept[i]).map(said)] : []));
}

/** A look into a file of people before it goes up: its columns, and one person as an example. */

import Papa from "papaparse";

export interface Sample {
  columns: string[];
  example: Record<string, string>;
}

/** Enough for a header and a first row of any sensible file. */
const LOOK_BYTES = 65_536;

export async function sampleOf(file: File): Promise<Sample> {
  const text = await file.slice(0, LOOK_BYTES).text();
  const parsed = Papa.parse<Record<string, string>>(text, { header: true, preview: 1, skipEmptyLines: "greedy" });
  const columns = (parsed.meta.fields ?? []).map((name) => name.trim()).filter(Boolean);
  const row = parsed.data[0] ?? {};
  const example = Object.fromEntries(Object.entries(row).map(([name, value]) => [name.trim(), String(value ?? "").trim()]));
  return { columns, example };
}

const FIELD = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The text with a person's columns filled in. */
export function filled(text: string, example: Record<string, string>): string {
  return text.replace(FIELD, (field, name: string) => example[name] ?? field);
}

/** The fields in the text that are no column of the file. */
export function strangeFields(text: string, columns: string[]): string[] {
  const names = [...text.matchAll(FIELD)].map(([, name = ""]) => name);
  return [...new Set(names)].filter((name) => !columns.includes(name));
}

/** A look into a file of people before it goes up: its columns, and one person as an example. */

import { fieldName } from "./text-fields";

export interface Sample {
  /** As a text writes them. */
  fields: string[];
  /** The first person, by field. */
  example: Record<string, string>;
}

/** Enough for a header and a first row of any sensible file. */
const LOOK_BYTES = 65_536;

export async function sampleOf(file: File): Promise<Sample> {
  const { default: Papa } = await import("papaparse");
  const text = await file.slice(0, LOOK_BYTES).text();
  const [header = [], person = []] = Papa.parse<string[]>(text, { preview: 2, skipEmptyLines: "greedy" }).data;
  const named = header.flatMap((heading, i) =>
    heading.trim() === "" ? [] : [[fieldName(heading), person[i]?.trim() ?? ""] as const],
  );
  return { fields: named.map(([name]) => name), example: Object.fromEntries(named) };
}

export function withoutField({ fields, example }: Sample, field: string): Sample {
  const { [field]: _, ...rest } = example;
  return { fields: fields.filter((name) => name !== field), example: rest };
}

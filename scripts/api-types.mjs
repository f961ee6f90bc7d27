// The types of the HTTP API for the console, made from openapi.json.
//
//     node scripts/run.mjs build api-types
//
// The file is made by every build of the console and by `npm test`, so it is in no commit and is
// never older than the document.
import { readFileSync, writeFileSync } from "node:fs";
import { inRoot } from "./root.mjs";

export const DOCUMENT = inRoot("openapi.json");
export const API_TYPES = inRoot("www", "src", "api", "schema.d.ts");

const BANNER = "// Made from openapi.json by `npm run build:console`. Change the Worker's routes, not this file.\n";

export async function writeApiTypes() {
  writeFileSync(API_TYPES, await apiTypes(JSON.parse(readFileSync(DOCUMENT, "utf8"))));
}

/** The document as a text of TypeScript: `paths`, and every document by its name in `components`. */
export async function apiTypes(document) {
  const { default: openapiTS, astToString } = await import("openapi-typescript");
  return BANNER + astToString(await openapiTS(withoutExamples(document), { alphabetize: false, defaultNonNullable: false }));
}

/** Examples are for readers of the document; in types they would be most of the text. */
function withoutExamples(value) {
  if (Array.isArray(value)) return value.map(withoutExamples);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([name, part]) => !(EXAMPLES.has(name) && !isField(part)));
  return Object.fromEntries(kept.map(([name, part]) => [name, withoutExamples(part)]));
}

const EXAMPLES = new Set(["example", "examples"]);
/** A field may be called so too; then it has a schema. */
const isField = (part) => typeof part === "object" && part !== null && ("$ref" in part || "type" in part);

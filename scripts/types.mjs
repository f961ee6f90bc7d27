// The types for TypeScript, made from the Rust types of the engine by way of a JSON Schema.
//
//     node scripts/run.mjs types
//
// writes www/wasm/src/documents.d.ts anew. A test holds the file to what is made here.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "json-schema-to-typescript";
import { inRoot, root } from "./root.mjs";
import { giveUp, say } from "./say.mjs";

export const TYPES = inRoot("www", "wasm", "src", "documents.d.ts");

const BANNER = "// Generated from the engine's Rust types by `npm run types`. Edit those, not this file.";
const WIDTH = 100;

/** Every document of the engine as a JSON Schema: the documents as `anyOf`, what they refer to in `$defs`. */
export function schema() {
  const cargo = spawnSync("cargo", ["run", "--quiet", "--locked", "--example", "schema"], {
    cwd: inRoot(),
    encoding: "utf8",
    maxBuffer: 16 << 20,
  });
  if (cargo.status !== 0) throw new Error(`\`cargo run --example schema\` failed: ${cargo.error?.message ?? cargo.stderr}`);
  return JSON.parse(cargo.stdout);
}

/** The same as a text of declarations, each after those that it refers to. */
export async function types({ anyOf, $defs }) {
  const prepared = Object.fromEntries(Object.entries($defs).map(([name, type]) => [name, prepare(type)]));
  const declarations = [BANNER];
  for (const name of inOrder(anyOf, $defs)) {
    const declared = await compile({ ...prepared[name], $defs: prepared }, name, {
      additionalProperties: false,
      bannerComment: "",
      declareExternallyReferenced: false,
      style: { printWidth: WIDTH },
    });
    declarations.push(shorten(first(declared).trim()));
  }
  return `${declarations.join("\n\n")}\n`;
}

/** The names of what the documents refer to and of themselves, what is referred to first. */
function inOrder(documents, $defs) {
  const names = new Set();
  const visit = (value) => {
    if (typeof value !== "object" || value === null) return;
    const name = value.$ref?.replace("#/$defs/", "");
    if (name && !names.has(name)) {
      visit($defs[name]);
      names.add(name);
    }
    if (value.properties) for (const field of fieldsOf(value)) visit(value.properties[field]);
    for (const [key, part] of Object.entries(value)) if (key !== "properties") visit(part);
  };
  visit(documents);
  return names;
}

/** The fields of an object in the order in which they are read. */
function fieldsOf({ properties, required = [], "x-order": order = required }) {
  const names = Object.keys(properties);
  return [...order, ...names.filter((name) => !order.includes(name))];
}

/** A schema with nothing in it that TypeScript cannot say. */
function prepare(value) {
  if (Array.isArray(value)) return value.map(prepare);
  if (typeof value !== "object" || value === null) return value;
  const { $ref, description, properties, required, type, additionalProperties, ...rest } = value;
  const prepared = { ...(description && { description }) };
  // A reference with a comment of its own would be written out.
  if ($ref) return description ? { ...prepared, allOf: [{ $ref }] } : { $ref };
  for (const key of ["allOf", "anyOf", "oneOf", "items", "enum", "const"]) if (key in rest) prepared[key] = prepare(rest[key]);
  if (type) prepared.type = type;
  if (properties) {
    prepared.properties = Object.fromEntries(fieldsOf(value).map((name) => [name, prepare(properties[name])]));
    prepared.required = required ?? [];
  }
  // What is said of an alternative stands at the field that tells it from the others.
  for (const one of prepared.oneOf ?? []) {
    const tag = Object.values(one.properties ?? {}).find((field) => "const" in field);
    if (tag && one.description) tag.description ??= one.description;
  }
  return prepared;
}

/** The first declaration of several: the compiler adds those of what a union names. */
function first(declared) {
  const [own] = declared.match(/^(\/\*\*.*?\*\/\n)?export .*?(?=^\/\*\*|^export |(?![^]))/ms);
  return own;
}

/** Comments of one line on one line. */
function shorten(declared) {
  return declared.replace(/^( *)\/\*\*\n *\* (.*)\n *\*\/$/gm, (long, indent, comment) => {
    const short = `${indent}/** ${comment} */`;
    return short.length <= WIDTH ? short : long;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    writeFileSync(TYPES, await types(schema()));
    say(`wrote ${relative(root, TYPES)}`);
  } catch (error) {
    giveUp(error.message);
  }
}

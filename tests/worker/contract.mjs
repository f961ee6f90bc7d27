// Holds what the Worker answers against the API's document: every call of every test here.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import { inRoot } from "../../scripts/root.mjs";

export const document = JSON.parse(readFileSync(inRoot("openapi.json"), "utf8"));

const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
ajv.addSchema({ $id: "api", components: document.components });
const compiled = new Map();

/** Whether `value` has the shape that the document calls `schema`; the faults as a text, if not. */
function faults(schema, value) {
  const text = JSON.stringify(schema).replaceAll('"#/components', '"api#/components');
  if (!compiled.has(text)) compiled.set(text, ajv.compile(JSON.parse(text)));
  const validate = compiled.get(text);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

/** The route of the document that a call goes to. */
function operationOf(method, path) {
  const parts = path.split("/");
  const fits = (template) => {
    const wanted = template.split("/");
    return wanted.length === parts.length && wanted.every((part, at) => part.startsWith("{") || part === parts[at]);
  };
  const written = (template) => template.split("{").length;
  const [template] = Object.keys(document.paths)
    .filter((template) => fits(template) && document.paths[template][method.toLowerCase()])
    .sort((a, b) => written(a) - written(b));
  return template && document.paths[template][method.toLowerCase()];
}

/** Throws when an answer is not as the document tells it. */
export function check(method, path, { status, headers, body }) {
  if (!path.startsWith("/api/v1/")) return;
  const operation = operationOf(method, path.slice("/api/v1".length).split("?")[0]);
  if (!operation) return;
  let told = operation.responses[status];
  assert.ok(told, `${operation.operationId}: ${status} is not told of: ${JSON.stringify(body)}`);
  if (told.$ref) told = document.components.responses[told.$ref.split("/").at(-1)];
  const [type] = Object.keys(told.content ?? {});
  if (!type) return assert.equal(body, "", `${operation.operationId}: ${status} has a body`);
  if (type !== "*/*") assert.equal(headers.get("content-type"), type);
  const { schema } = told.content[type];
  if (!schema) return; // A file.
  assert.equal(faults(schema, body), undefined, `${operation.operationId}: ${JSON.stringify(body).slice(0, 2000)}`);
}

// The API's document, by the schema that OpenAPI gives for such documents.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { inRoot } from "../../scripts/root.mjs";

const document = () => JSON.parse(readFileSync(inRoot("openapi.json"), "utf8"));

test("the document is one of OpenAPI 3.1", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(document());
  assert.deepEqual([valid, errors ?? []], [true, []]);
  assert.equal(validator.version, "3.1");
});

test("one that is none is told from it", async () => {
  const wrong = document();
  wrong.paths["/senders"].get.responses["200"].content = [];
  assert.equal((await new Validator().validate(wrong)).valid, false);
});

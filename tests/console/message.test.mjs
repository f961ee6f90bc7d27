// What the compose page says of a message before the server has seen it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { consoleModules } from "./modules.mjs";

const { fieldName, filled, strangeFields, smsParts, jitterSeed } = await consoleModules(
  "compose/text-fields.ts",
  "compose/sms-parts.ts",
  "plan/seed.ts",
);

test("a column is called in a text as the server calls it", () => {
  const names = {
    "First Name": "first_name",
    Prénom: "prénom",
    "2nd line": "_2nd_line",
    In: "in_",
    " phone ": "phone",
    "e-mail (work)": "e_mail_work",
  };
  for (const [heading, name] of Object.entries(names)) assert.equal(fieldName(heading), name);
});

test("a text is filled in with a person's columns, in whatever case and with other words for none", () => {
  const zoe = { first_name: "zoë", city: "" };
  assert.equal(filled("Hi {{ First_Name | title }}!", zoe), "Hi Zoë!");
  assert.equal(filled('In {{city|default("your town")}}', zoe), "In your town");
  assert.equal(filled("{{other}} {% if x %}", zoe), "{{other}} {% if x %}");
});

test("only a field that nothing can fill is strange", () => {
  assert.deepEqual(strangeFields('{{a}} {{ B }} {{c | default("x")}} {{a}}', ["b"]), ["a"]);
});

test("parts are counted as they are charged", () => {
  const parts = (text) => smsParts(text).parts;
  assert.deepEqual(
    ["", "a", "a".repeat(160), "a".repeat(161), "a".repeat(306), "a".repeat(307)].map(parts),
    [0, 1, 1, 2, 2, 3],
  );
  assert.deepEqual(["ŷ".repeat(70), "ŷ".repeat(71), "ŷ".repeat(134), "ŷ".repeat(135)].map(parts), [1, 2, 2, 3]);
  assert.deepEqual([parts("€".repeat(80)), parts("€".repeat(81))], [1, 2]);
  // 153 places hold 76 of these, and one place stays empty.
  assert.deepEqual([parts("€".repeat(152)), parts("€".repeat(153))], [2, 3]);
  assert.deepEqual(
    [parts("👋".repeat(35)), parts("👋".repeat(36)), parts("👋".repeat(66)), parts("👋".repeat(67))],
    [1, 2, 2, 3],
  );
  assert.deepEqual(smsParts("naïve ŷ").wide, ["ï", "ŷ"]);
});

test("the seed is the upper 53 bits of FNV-1a", () => {
  // The published vectors of the hash: 0xcbf29ce484222325 for nothing, 0xaf63dc4c8601ec8c for "a".
  assert.equal(jitterSeed(""), Number(0xcbf29ce484222325n >> 11n));
  assert.equal(jitterSeed("a"), Number(0xaf63dc4c8601ec8cn >> 11n));
});

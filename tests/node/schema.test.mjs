// The JSON Schema of the documents says what the engine takes and answers, and the types for
// TypeScript are made of it.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import Ajv from "ajv/dist/2020.js";
import { inRoot } from "../../scripts/root.mjs";
import { TYPES, schema, types } from "../../scripts/types.mjs";
import { ask } from "./ask.mjs";
import { problemsIn } from "./problems.mjs";
import { questions } from "./scenarios.mjs";

const engine = await import("../../pkg/tidegate.js");
engine.initSync({ module: readFileSync(inRoot("pkg", "tidegate_bg.wasm")) });

const documents = schema();
const ajv = new Ajv({ strict: false, validateFormats: false }).addSchema(documents, "documents");

/** What each function takes and answers, by the names of the schema. */
const SHAPES = {
  checkPolicy: [["Policy"], "Problem[]"],
  decide: [["DecideRequest"], "Decision"],
  plan: [["PlanRequest"], "Plan"],
  advise: [["AdviseRequest"], "Advice"],
  explain: [["ExplainRequest"], "Explanation"],
  transition: [["Machine", undefined, undefined, "TransitionFacts"], "Transition"],
  label: [["LexiconInput", "Facts"], "Label"],
  words: [["LexiconInput", "Machine"], "Label[]"],
  matching: [["LexiconInput", "Machine", undefined], "Matching"],
};

/** What the schema of that name holds against a value; undefined if nothing. */
function complaint(name, value) {
  if (name.endsWith("[]")) return value.map((item) => complaint(name.slice(0, -2), item)).find(Boolean);
  const validate = ajv.getSchema(`documents#/$defs/${name}`);
  return validate(value) ? undefined : ajv.errorsText(validate.errors);
}

/** What the engine holds against what it is asked; none if it takes it. */
function refusal(name, args) {
  const [text] = ask(engine, [[name, ...args]]);
  return problemsIn(name, JSON.parse(text));
}

test("the types for TypeScript are made of the engine's own", async () => {
  const stale = "www/wasm/src/documents.d.ts is not what the Rust types say; run `npm run types`";
  assert.ok((await types(documents)) === readFileSync(TYPES, "utf8"), stale);
});

test("what runs in a page is built without the schema", () => {
  const args = ["tree", "--package", "tidegate-wasm", "--locked", "--edges", "normal", "--target", "wasm32-unknown-unknown"];
  const { stdout, status } = spawnSync("cargo", args, { cwd: inRoot(), encoding: "utf8" });
  assert.equal(status, 0);
  assert.match(stdout, /serde_json/);
  assert.doesNotMatch(stdout, /schemars/);
});

test("every request that is taken, and every answer, is as the schema says", () => {
  let answered = 0;
  for (const question of questions().filter(([name]) => name in SHAPES)) {
    const [name, ...args] = question;
    const [takes, gives] = SHAPES[name];
    const answer = JSON.parse(ask(engine, [question])[0]);
    const context = JSON.stringify(question).slice(0, 2000);
    if (answer.problems) {
      assert.equal(complaint("Problem[]", answer.problems), undefined, context);
      continue;
    }
    assert.equal(complaint(gives, answer), undefined, context);
    if (problemsIn(name, answer).length) continue;
    takes.forEach((shape, index) => {
      if (shape && args[index] !== undefined) assert.equal(complaint(shape, args[index]), undefined, context);
    });
    answered += 1;
  }
  assert.ok(answered > 1000, `${answered} answered`);
});

const NOW = 1_795_442_400_000;
const POLICY = {
  time_zone: "America/Toronto",
  windows: [{ days: ["mon", "tue"], from: "09:00", to: "17:30:30" }],
  blocked: [
    { name: "Lunch", days: ["mon"], from: "12:00", to: "13:00" },
    { name: "Christmas", date: "2026-12-25" },
    { annual: "01-01" },
    { from: "2026-12-30T15:00", to: "2027-01-02T00:00:00Z" },
  ],
  limits: [
    { max: 200, rolling: "24h", enforce: "hard", counts: "queued" },
    { max: 20, calendar: "day", enforce: "goal", ramp: { from: "2026-11-23", steps: [1, 2] } },
  ],
  gap: "30s",
  jitter: "10s",
  breaks: [{ after: 20, pause: "15m" }],
  starts_at: "2026-11-23T09:00",
  ends_at: "2026-12-01T00:00:00Z",
};
const RUN = { start: NOW - 10_000, count: 2, every: 1000, origin: "manual", lane: 0 };
const LAYER = { name: "sender", policy: POLICY, history: [NOW - 5000, "2026-11-20T17:29:50-05:00", RUN] };
const LANE = { layers: [LAYER], count: 2, seed: 7, first_ordinal: 1, sent_before: 1 };
const GROUPS = [{ name: "g", layers: [LAYER], sent_before: 1 }];
const SHARED = { shared: [LAYER], groups: GROUPS, lanes: [{ name: "a", group: 0, ...LANE }, { count: 1 }], order: "fair" };
const CAMPAIGN_RULES = [
  { when: { status: ["draft"], total: "none", sent: ["none", "some"], waiting: ["gap", "nothing"] }, word: "Empty" },
  { when: { delivered: "some", failed: "none", skipped: "none", unknown: "none", waiting_layer: "team" }, word: "Empty" },
  { when: { held_for_review: "yes", started: ["no"] }, word: "Empty" },
  { word: "Any" },
];
const LEXICON = {
  name: "Ours",
  about: "Two words.",
  campaign: {
    words: [
      { word: "Any", group: "All", meaning: "All.", tone: "sent" },
      { word: "Empty", meaning: "Nobody.", tone: null },
    ],
    rules: CAMPAIGN_RULES,
  },
  message: { words: [{ word: "Any", meaning: "All." }], rules: [{ when: { status: "sent", total: "some" }, word: "Any" }, { word: "Any" }] },
};
const COUNTS = { total: 9, sent: 5, delivered: 4, failed: 1, skipped: 1, unknown: 1 };
const FACTS = { ...COUNTS, waiting: "gap", waiting_layer: "team", held_for_review: false, started: true };

/** Requests that leave nothing out: what is asked, and which of the arguments is varied. */
const WHOLE = [
  ["checkPolicy", 0, POLICY],
  ["decide", 0, { layers: [LAYER], now: NOW }],
  ["plan", 0, { ...LANE, now: NOW, until: "2026-11-27T00:00:00Z", detail: { from: NOW, until: NOW + 1000 } }],
  ["plan", 0, { ...SHARED, now: NOW, until: NOW + 5000 }],
  ["advise", 0, { ...LANE, now: NOW, finish_by: NOW + 86_400_000 }],
  ["advise", 0, { ...SHARED, now: NOW, finish_by: "2026-11-27T00:00:00Z" }],
  ["explain", 0, { ...LANE, now: NOW, message: 1 }],
  ["explain", 0, { ...SHARED, now: NOW, message: 0 }],
  ["transition", 3, "campaign", "draft", "schedule", { started: false, lead_ms: 300_000 }],
  ["label", 0, LEXICON, { status: "draft" }],
  ["label", 1, "canonical", { machine: "campaign", status: "draft", ...FACTS }],
  ["label", 1, "canonical", { machine: "message", status: "queued", ...FACTS }],
];

/** Each place in a document: how to get there, and what is there. */
function* places(value, path = []) {
  yield [path, value];
  if (typeof value !== "object" || value === null) return;
  for (const [key, part] of Object.entries(value)) yield* places(part, [...path, key]);
}

/** The document with what `change` makes of the place; left out where that is undefined. */
function changed(document, path, change) {
  if (path.length === 0) return change(document);
  const copy = structuredClone(document);
  const parent = path.slice(0, -1).reduce((value, key) => value[key], copy);
  const last = path.at(-1);
  const value = change(parent[last]);
  if (value !== undefined) parent[last] = value;
  else if (Array.isArray(parent)) parent.splice(last, 1);
  else delete parent[last];
  return copy;
}

const OTHERS = [null, true, 0, 1.5, -1, 1e18, "", "x", "12:00", "gap", "2026-11-24T00:00:00Z", [], {}, ["x"], { x: 1 }];
/** Problems with how a document is built. A schema has to see them, unless only the engine can. */
const BUILT = ["missing", "unknown_field", "wrong_type"];
const BEYOND_A_SCHEMA = [
  // A run of several says how far apart they are.
  { path: /\.every$/, code: "missing" },
  // There has to be a word for every status.
  { path: /\.rules$/, code: "missing" },
];

for (const [name, varied, ...args] of WHOLE) {
  const shape = SHAPES[name][0][varied];
  const { lanes, machine } = args[varied];
  const title = `${shape}${lanes ? " of several lanes" : ""}${machine ? ` of a ${machine}` : ""}`;
  const context = (document) => JSON.stringify(document);

  test(`${title}: one that leaves nothing out is taken`, () => {
    assert.deepEqual(refusal(name, args), [], context(args[varied]));
    assert.equal(complaint(shape, args[varied]), undefined);
  });

  test(`${title}: engine and schema refuse the same fields and kinds of values`, () => {
    let [taken, refused] = [0, 0];
    for (const [path, value] of places(args[varied])) {
      const changes = [() => undefined, ...OTHERS.map((other) => () => other)];
      if (typeof value === "object" && !Array.isArray(value)) changes.push((object) => ({ ...object, colour: "red" }));
      // Nobody reads the lane of a run in a history, or facts that are no object.
      if (path.at(-1) === "lane" || (name === "transition" && path.length === 0)) continue;
      for (const change of changes) {
        const document = changed(args[varied], path, change);
        if (document === undefined) continue;
        const problems = refusal(name, args.with(varied, document));
        const objection = complaint(shape, document);
        if (problems.length === 0) {
          taken += 1;
          assert.equal(objection, undefined, context(document));
        }
        const built = problems.filter(
          (problem) =>
            BUILT.includes(problem.code) &&
            !BEYOND_A_SCHEMA.some(({ path, code }) => code === problem.code && path.test(problem.path)),
        );
        if (built.length) {
          refused += 1;
          assert.notEqual(objection, undefined, `${JSON.stringify(built)} of ${context(document)}`);
        }
      }
    }
    assert.ok(taken > 3 && refused > 20, `${taken} taken, ${refused} refused`);
  });
}

test("together they have every field that a request may have", () => {
  const written = new Set();
  for (const [, varied, ...args] of WHOLE) {
    for (const [path] of places(args[varied])) written.add(path.at(-1));
  }
  const requests = new Set(Object.values(SHAPES).flatMap(([takes]) => takes.filter(Boolean)));
  const missing = new Set();
  const visit = (value) => {
    if (typeof value !== "object" || value === null) return;
    const name = value.$ref?.replace("#/$defs/", "");
    if (name && !requests.has(`visited ${name}`)) {
      requests.add(`visited ${name}`);
      visit(documents.$defs[name]);
    }
    for (const field of Object.keys(value.properties ?? {})) if (!written.has(field)) missing.add(field);
    Object.values(value).forEach(visit);
  };
  for (const name of [...requests]) visit(documents.$defs[name]);
  assert.deepEqual([...missing], []);
});

// Every scenario of tests/cases, put to the compiled engine.
//
// tests/cases/README.md documents the format; tests/cases.rs does the same to the native engine.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inRoot } from "../../scripts/root.mjs";
import { requestOf, scenarios, stepsOf } from "./scenarios.mjs";

const engine = await import("../../pkg/tidegate.js");
engine.initSync({ module: readFileSync(inRoot("pkg", "tidegate_bg.wasm")) });

const DECIDED = ["verdict", "until", "because"];
const ADVISED = ["enough", "finishes", "advice", "none", "untried"];

for (const scenario of scenarios()) test(scenario.name, () => check(scenario));

function check(scenario) {
  const { problems, open = [], shut = [], sends, explanations = [], steps, labels = [], ...rest } = scenario.expect;
  if (problems) return matches(byPath(problems), byPath(problemsOf(scenario)), "problems");
  for (const { from, trigger, facts, expected } of stepsOf(scenario)) {
    const { to, ...refusal } = expected;
    matches(to ? { status: to } : refusal, engine.transition(scenario.machine, from, trigger, facts), `${trigger} from ${from}`);
  }
  for (const { facts, label } of labels) matches(label, engine.label(scenario.lexicon, facts), "label");
  const request = requestOf(scenario);
  for (const now of open) assert.equal(engine.decide({ ...request, now }).verdict, "send", `open at ${now}`);
  for (const now of shut) assert.notEqual(engine.decide({ ...request, now }).verdict, "send", `shut at ${now}`);
  for (const explanation of explanations) {
    const { message } = explanation;
    matches(explanation, engine.explain({ ...request, message }), `explanation of ${message}`);
  }
  const decided = pick(rest, (field) => DECIDED.includes(field));
  const advised = pick(rest, (field) => ADVISED.includes(field));
  const planned = pick(rest, (field) => !(field in decided) && !(field in advised));
  if (Object.keys(decided).length) matches(decided, engine.decide(request), "decision");
  if (Object.keys(advised).length) matches(advised, engine.advise({ ...request, finish_by: scenario.finish_by }), "advice");
  if (sends || Object.keys(planned).length) matches(planned, engine.plan(request), "plan");
  if (sends) {
    const expected = expand(sends);
    assert.deepEqual(expand(engine.plan(request).runs), expected);
    const times = engine.planTimes(request);
    assert.ok(times instanceof Float64Array);
    assert.deepEqual([...times], expected.map(([at]) => at));
  }
}

/** What the question refuses: its own, or the one that takes such a document. */
function problemsOf({ question, request, policy, lexicon, facts }) {
  if (policy) return engine.checkPolicy(policy);
  const asked = question ?? (request.lanes ? "plan" : "decide");
  try {
    if (asked === "label") engine.label(lexicon, facts);
    else engine[asked](request);
  } catch (refusal) {
    assert.ok(Array.isArray(refusal.problems), `not a refusal: ${refusal}`);
    return refusal.problems;
  }
  return [];
}

const byPath = (problems) => [...problems].sort((a, b) => (a.path < b.path ? -1 : 1));

const pick = (object, keep) => Object.fromEntries(Object.entries(object).filter(([field]) => keep(field)));

/** An object may have further fields, a list no further entries; instants may be written in two ways. */
function matches(expected, got, path) {
  if (Array.isArray(expected)) {
    assert.equal(got?.length, expected.length, `${path}: ${JSON.stringify(got)}`);
    expected.forEach((entry, i) => matches(entry, got[i], `${path}[${i}]`));
  } else if (expected !== null && typeof expected === "object") {
    for (const field of Object.keys(expected)) matches(expected[field], got?.[field], `${path}.${field}`);
  } else if (typeof expected === "string" && typeof got === "number") {
    assert.equal(got, Date.parse(expected), path);
  } else {
    assert.equal(got, expected, path);
  }
}

/** Runs, single sends and bare instants as sorted pairs of instant and lane. */
function expand(runs) {
  const sends = runs.flatMap((run) => {
    const { start, at, count = 1, every = 0, lane = 0 } = typeof run === "object" ? run : { at: run };
    const first = typeof (at ?? start) === "string" ? Date.parse(at ?? start) : (at ?? start);
    return Array.from({ length: count }, (_, n) => [first + n * every, lane]);
  });
  return sends.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
}

// The scenarios of tests/cases, and everything that they ask of an engine.
import { readFileSync, readdirSync } from "node:fs";
import { inRoot } from "../../scripts/root.mjs";

/** How long after `now` a plan of a scenario should be done, when advice is asked for. */
const DAY_MS = 86_400_000;

export function scenarios() {
  const files = readdirSync(inRoot("tests", "cases")).filter((name) => name.endsWith(".json")).sort();
  return files.map((file) => JSON.parse(readFileSync(inRoot("tests", "cases", file), "utf8"), writtenOut));
}

/** `{ repeat, item }` stands for a list of so many of the same. */
const writtenOut = (_, value) => (Number.isInteger(value?.repeat) ? Array(value.repeat).fill(value.item) : value);

/** The request document of a scenario: its own, or one layer named `policy`. */
export function requestOf({ request, policy, history, now, count }) {
  if (request) return request;
  const layer = { name: "policy", policy, ...(history && { history }) };
  return { layers: [layer], ...(now !== undefined && { now }), ...(count !== undefined && { count }) };
}

/** The steps of a scenario, each with the status that it starts from and what is expected of it. */
export function stepsOf({ from, expect: { steps = [] } }) {
  return steps.map(({ from: other, trigger, facts, ...expected }) => {
    const step = { from: other ?? from, trigger, facts, expected };
    from = expected.to ?? step.from;
    return step;
  });
}

const LEXICONS = ["canonical", "outbound_count", "delivery_tracking", "sent_messages", "proactive_campaigns", "broadcast"];

/** Calls of the engine, as `[name, ...arguments]`: each scenario put to whatever takes it, and more. */
export function questions() {
  const more = [["version"], ["zoneRelease"], ["offsets", "Africa/Cairo", 0, 4_102_444_800_000]];
  for (const machine of ["campaign", "message"]) {
    more.push(["statuses", machine], ...LEXICONS.map((lexicon) => ["words", lexicon, machine]));
  }
  for (const lexicon of LEXICONS) more.push(["label", lexicon, { status: "in_progress", sent: 1 }]);
  more.push(["transition", "campaign", "draft", "schedule", { lead_ms: 0 }]);
  return [...more, ...putToAll(scenarios())];
}

function putToAll(scenarios) {
  return scenarios.flatMap((scenario) => {
    const { machine, lexicon, facts, question } = scenario;
    const { open = [], shut = [], labels = [], explanations = [] } = scenario.expect;
    const calls = stepsOf(scenario).map(({ from, trigger, facts }) => ["transition", machine, from, trigger, facts]);
    if (facts) calls.push(["label", lexicon, facts]);
    for (const { facts } of labels) calls.push(["label", lexicon, facts]);
    if (!scenario.policy && !scenario.request) return calls;

    const request = requestOf(scenario);
    for (const now of [...open, ...shut]) calls.push(["decide", { ...request, now }]);
    if (scenario.policy) calls.push(["checkPolicy", scenario.policy]);
    for (const name of ["decide", "plan", "planTimes"]) calls.push([name, request]);
    if (question) calls.push([question, request]);
    const { until, ...endless } = request;
    for (const message of new Set([0, 2, ...explanations.map(({ message }) => message)])) calls.push(["explain", { ...endless, message }]);
    const { finish_by = new Date(request.now).getTime() + DAY_MS } = scenario;
    if (request.now !== undefined) calls.push(["advise", { ...endless, finish_by }]);
    return calls;
  });
}

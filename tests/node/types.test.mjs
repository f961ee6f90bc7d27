// The types for TypeScript hold for what the engine takes and answers: every document of
// tests/cases and every answer to it, written out as a literal of its type, has to compile.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import ts from "typescript";
import { inRoot } from "../../scripts/root.mjs";
import { ask } from "./ask.mjs";
import { installed } from "./installed.mjs";
import { problemsIn } from "./problems.mjs";
import { questions, scenarios } from "./scenarios.mjs";

/** What each function takes and answers, by the names of the types. */
const TYPES = {
  checkPolicy: [["Policy"], "Problem[]"],
  decide: [["DecideRequest"], "Decision"],
  plan: [["PlanRequest"], "Plan"],
  advise: [["AdviseRequest"], "Advice"],
  explain: [["ExplainRequest"], "Explanation"],
  transition: [["Machine", "string", "string", "TransitionFacts?"], "Transition"],
  label: [["LexiconInput", "Facts"], "Label"],
  words: [["LexiconInput", "Machine"], "Label[]"],
};
/** What is longer, such as a list at its bound, takes the compiler more time than it tells. */
const LONGEST = 20_000;
const engine = await import("../../pkg/tidegate.js");
engine.initSync({ module: readFileSync(inRoot("pkg", "tidegate_bg.wasm")) });
const user = installed();
after(user.remove);

/** What the compiler holds against a program that uses the package. */
function complaints(program) {
  const file = join(user.folder, "program.mts");
  writeFileSync(file, program);
  const options = {
    strict: true,
    skipDefaultLibCheck: true,
    noEmit: true,
    target: ts.ScriptTarget.ESNext,
    module: ts.ModuleKind.NodeNext,
    lib: ["lib.esnext.d.ts", "lib.dom.d.ts"],
    types: [],
  };
  const found = ts.getPreEmitDiagnostics(ts.createProgram([file], options));
  return found.map(({ messageText, start }) => {
    const line = program.slice(0, start).split("\n").length;
    return `${ts.flattenDiagnosticMessageText(messageText, "\n")}\n${program.split("\n")[line - 1].slice(0, 2000)}`;
  });
}

test("requests and answers are what the types say", () => {
  const names = new Set(JSON.stringify(Object.values(TYPES)).match(/\b[A-Z]\w+/g));
  const lines = [`import type { ${[...names].join(", ")} } from "tidegate";`];
  const asked = questions().filter((question) => question[0] in TYPES && JSON.stringify(question).length < LONGEST);
  for (const [index, text] of ask(engine, asked).entries()) {
    const [name, ...args] = asked[index];
    const answer = JSON.parse(text);
    const [takes, gives] = TYPES[name];
    if (answer.problems) {
      lines.push(`export const problems${index}: Problem[] = ${JSON.stringify(answer.problems)};`);
    } else {
      const taken = problemsIn(name, answer).length === 0;
      if (taken) lines.push(`export const asked${index}: [${takes.join(", ")}] = [${takes.map((_, i) => JSON.stringify(args[i]))}];`);
      if (text.length < LONGEST) lines.push(`export const answer${index}: ${gives} = ${text};`);
    }
  }
  assert.ok(lines.length > 2 * scenarios().length, `${lines.length} lines`);
  assert.deepEqual(complaints(lines.join("\n")), []);
});

test("calls compile where the engine takes them, and do not where it refuses", () => {
  const program = `
    import init, { advise, decide, initSync, label, matching, plan, transition, words } from "tidegate";
    import type { Facts, Label, Lexicon, Plan, PlanRequest, RequestError } from "tidegate";
    initSync({ module: new Uint8Array() });
    await init();
    const request: PlanRequest = { layers: [{ policy: { gap: "30s" } }], now: 0, count: 3 };
    const planned: Plan = plan(request);
    const facts: Facts = { status: "in_progress", sent: planned.planned };
    const ours: Lexicon = {
      name: "Ours",
      message: { words: [{ word: "Any", meaning: "All." }], rules: [{ when: { status: "sent", sent: ["some"] }, word: "Any" }] },
    };
    const found: Label[] = [label("broadcast", facts), ...words(ours, "message")];
    matching(ours, "campaign", found[0]!.word).any[0]?.status;
    advise({ ...request, finish_by: "2026-11-26T17:00:00Z" }).advice[0]?.paths;
    const moved = transition("campaign", "draft", "schedule", { lead_ms: 0 });
    if ("why" in moved) moved.legal.length;
    const decided = decide({ now: 0 });
    if (decided.verdict === "wait") decided.because[0]?.until?.toFixed();
    for (const warning of planned.warnings) if (warning.code === "over_goal") warning.goal.toFixed();
    (new Error() as RequestError).problems[0]?.code === "too_many";
    // @ts-expect-error
    plan({ layers: [{ policy: { gap: "30s", colour: "red" } }], now: 0, count: 3 });
    // @ts-expect-error
    plan({ layers: [], now: 0 });
    // @ts-expect-error
    advise({ layers: [], now: 0, count: 3, finish_by: 0, until: 0 });
    // @ts-expect-error
    label("ours", { status: "draft" });
    // @ts-expect-error
    label("canonical", { status: "queued" });
    // @ts-expect-error
    words("canonical", "list");
    // @ts-expect-error
    decided.until;
    // @ts-expect-error
    plan({ lanes: [{ count: 1 }], count: 3, now: "tomorrow", layers: [{ policy: { limits: [{ max: 5 }] } }] });
    // @ts-expect-error
    plan({ layers: [{ policy: { blocked: [{ name: "Christmas" }] } }], now: 0, count: 3 });
  `;
  assert.deepEqual(complaints(program), []);
});

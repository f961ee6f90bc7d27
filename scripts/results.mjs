// A reporter for Node's test runner: one line of JSON for each test that has ended.
//
//     {"file", "name", "outcome": "passed" | "failed" | "skipped"}
import { relative } from "node:path";
import { root } from "./root.mjs";

export default async function* results(events) {
  for await (const { type, data } of events) {
    if (type !== "test:pass" && type !== "test:fail") continue;
    if (data.details?.type === "suite") continue;
    const left = data.skip !== undefined || data.todo !== undefined;
    const outcome = left ? "skipped" : type === "test:pass" ? "passed" : "failed";
    yield `${JSON.stringify({ file: relative(root, data.file ?? ""), name: data.name, outcome })}\n`;
  }
}

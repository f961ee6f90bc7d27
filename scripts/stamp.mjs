// Leaves out a step whose inputs have not changed since it last succeeded.
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { inRoot } from "./root.mjs";

/**
 * Runs `step` unless every file of `inputs` has the size and change time it had when the step
 * named `name` last ended well, and every file of `outputs` is still there.
 */
export async function unlessUnchanged({ name, inputs, outputs }, step) {
  const stamp = inRoot("build", "stamps", name);
  const state = inputs.flatMap(describe).join("\n");
  const done = existsSync(stamp) && readFileSync(stamp, "utf8") === state;
  if (done && outputs.every((path) => existsSync(path))) return false;
  await step();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, state);
  return true;
}

/** One line a file, folders gone through in order. */
function describe(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return [`${path} absent`];
  if (!stat.isDirectory()) return [`${path} ${stat.size} ${stat.mtimeMs}`];
  return readdirSync(path).sort().flatMap((name) => describe(join(path, name)));
}

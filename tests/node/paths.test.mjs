// The documents name files, and those are there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inRoot } from "../../scripts/root.mjs";

const NAMED = /`([\w./{},-]+\.(?:rs|mjs|ts|svelte|sql|md|toml|sh))`/g;
/** What is made, or of somebody else. */
const NOT_KEPT = new Set(["schema.d.ts", "documents.d.ts", "index.js"]);

test("every file that a document names is there", () => {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: inRoot(), encoding: "utf8" }).split("\n");
  const isThere = (path) => files.some((file) => file === path || file.endsWith(`/${path}`));
  const missing = files
    .filter((file) => file.endsWith(".md") && file !== "CHANGELOG.md")
    .flatMap((file) =>
      [...readFileSync(inRoot(file), "utf8").matchAll(NAMED)]
        .flatMap(([, name]) => each(name))
        .filter((name) => !NOT_KEPT.has(name.split("/").at(-1)) && !isThere(name))
        .map((name) => `${file}: ${name}`),
    );
  assert.deepEqual(missing, []);
});

/** The paths that `a/{b,c}.rs` stands for. */
function each(name) {
  const [, before, choices, after] = /^(.*)\{(.*)\}(.*)$/.exec(name) ?? [];
  return choices ? choices.split(",").map((choice) => before + choice + after) : [name];
}

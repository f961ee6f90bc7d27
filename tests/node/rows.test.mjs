// What `npm run rows` makes of the results of tests.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inRoot } from "../../scripts/root.mjs";
import { judge } from "../../scripts/rows.mjs";

const ROWS = [{ id: "S1.1", what: "one" }, { id: "S1.10", what: "ten" }, { id: "B2", what: "two" }];
const result = (name, outcome = "passed") => ({ file: "a.test.mjs", name, outcome });
const states = (results) => judge(ROWS, results).map(({ state }) => state);

test("a row is shown by a test that names it and passes", () => {
  assert.deepEqual(states([result("[S1.1] works"), result("works as well")]), ["proven", "missing", "missing"]);
  assert.deepEqual(states([result("[S1.10] [B2] both")]), ["missing", "proven", "proven"]);
});

test("a row is not shown while one of its tests fails or is left out", () => {
  assert.deepEqual(states([result("[B2] a"), result("[B2] b", "failed")])[2], "failing");
  assert.deepEqual(states([result("[B2] a", "skipped")])[2], "skipped");
  assert.deepEqual(states([result("[B2] a"), result("[B2] b", "skipped")])[2], "skipped");
});

test("a test that names no row of the mission is a mistake", () => {
  assert.throws(() => judge(ROWS, [result("[S9.9] odd")]), /`S9\.9`, which is no row/);
});

test("the results are those of the runner, not of the names", () => {
  const folder = mkdtempSync(join(tmpdir(), "rows-"));
  const file = join(folder, "some.test.mjs");
  writeFileSync(
    file,
    `import { describe, test } from "node:test";
     describe("[S1.10] a group is no test", () => {
       test("[S1.1] passes", () => {});
       test("[B2] fails", () => { throw new Error("no"); });
       test("[B2] is left out", { skip: true }, () => {});
     });`,
  );
  // This runner would take another one inside it for its own.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const reporter = `--test-reporter=${inRoot("scripts", "results.mjs")}`;
  const { stdout } = spawnSync(process.execPath, ["--test", reporter, file], { encoding: "utf8", env });
  const results = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(results.map(({ name, outcome }) => [name, outcome]), [
    ["[S1.1] passes", "passed"],
    ["[B2] fails", "failed"],
    ["[B2] is left out", "skipped"],
  ]);
  assert.deepEqual(states(results), ["proven", "missing", "failing"]);
});

test("every row has an id of its own and a test that names it, and every test names one that is there", () => {
  const rows = JSON.parse(readFileSync(inRoot("tests", "mission.json"), "utf8"));
  const ids = new Set(rows.map(({ id }) => id));
  assert.equal(ids.size, rows.length);
  const named = new Set();
  for (const folder of ["tests/node", "tests/worker", "tests/console"]) {
    for (const name of readdirSync(inRoot(folder)).filter((name) => /^(?!rows).*\.test\.mjs$/.test(name))) {
      for (const [, id] of readFileSync(inRoot(folder, name), "utf8").matchAll(/\[([SB]\d+(?:\.\d+)?)\]/g)) {
        assert.ok(ids.has(id), `${folder}/${name} names ${id}`);
        named.add(id);
      }
    }
  }
  assert.deepEqual([...ids].filter((id) => !named.has(id)), []);
});

// examples/node, run as its `npm start` would.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, test } from "node:test";
import { installed } from "./installed.mjs";

const example = installed("node");
after(example.remove);

test("the example for Node plans a week and says what would be sooner", () => {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["plan.mjs"], { cwd: example.folder, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assert.deepEqual(stdout.trimEnd().split("\n"), [
    "2026-11-20  180",
    "2026-11-23  200",
    "2026-11-24  200",
    "2026-11-25  200",
    "2026-11-26  200",
    "2026-11-27  20",
    "274 a day instead of 200 would finish at Wed 25 Nov 11:15:30",
  ]);
});

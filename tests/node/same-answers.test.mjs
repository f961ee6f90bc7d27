// The compiled engine and the native one give the same answers, byte for byte.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inRoot } from "../../scripts/root.mjs";

const COUNT = 500;

const engine = await import("../../pkg/tidegate.js");
engine.initSync({ module: readFileSync(inRoot("pkg", "tidegate_bg.wasm")) });

test("plans and decisions are the same, byte for byte, as natively", () => {
  const seed = process.env.TIDEGATE_SEED ?? String(Math.floor(Date.now() / 1000));
  const { stdout, stderr, status } = spawnSync(
    "cargo",
    ["run", "--quiet", "--locked", "--example", "answers", "--", seed, String(COUNT)],
    { cwd: inRoot(), encoding: "utf8", maxBuffer: 1 << 28 },
  );
  assert.equal(status, 0, stderr);
  const lines = stdout.trimEnd().split("\n");
  assert.equal(lines.length, 4 * COUNT);
  for (let i = 0; i < lines.length; i += 4) {
    const [request, plan, asked, decision] = lines.slice(i, i + 4);
    const where = `TIDEGATE_SEED=${seed}: ${request}`;
    assert.equal(JSON.stringify(engine.plan(JSON.parse(request))), plan, where);
    assert.equal(JSON.stringify(engine.decide(JSON.parse(asked))), decision, where);
  }
});

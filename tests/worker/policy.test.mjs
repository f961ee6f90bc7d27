// The package for anybody's own page, beside the API: the same faults in the same words.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { inRoot } from "../../scripts/root.mjs";
import { startTidegate } from "./harness.mjs";

const engine = await import("../../pkg/tidegate.js");
engine.initSync({ module: readFileSync(inRoot("pkg", "tidegate_bg.wasm")) });

/** Policies with nothing, one thing and many things wrong. */
const POLICIES = [
  {},
  { time_zone: "Mars/Olympus" },
  { windows: [{ from: "17:00", to: "17:00" }], limits: [{ max: 0, rolling: "24h" }], gap: -1, breaks: "often" },
  { blocked: [{ name: "A day that is none", date: "2026-02-30" }], starts_at: "soon", colour: "green" },
  { limits: Array.from({ length: 17 }, () => ({ max: 1, calendar: "day" })) },
  { windows: [{ days: ["monday"], from: "9", to: "25:00" }], jitter: "1h", ends_at: "2020-01-01T00:00" },
];

describe("the package and the API", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());

  test("[B10] anybody's page checks a policy with the same errors as the API", async () => {
    let faults = 0;
    for (const policy of POLICIES) {
      const here = engine.checkPolicy(policy);
      const { status, body } = await tidegate.api("POST", "/api/v1/policies/check", policy);
      assert.equal(status, 200, JSON.stringify(body));
      assert.deepEqual(body.problems ?? body, here, JSON.stringify(policy));
      faults += here.length;
    }
    assert.ok(faults >= 10, `${faults} faults`);
  });
});

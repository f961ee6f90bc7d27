// The package for anybody's own page, beside the API: the same faults in the same words.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { inRoot } from "../../scripts/root.mjs";
import { questions } from "../node/scenarios.mjs";
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

/** Where the API answers what the package does, save that it knows by itself what time it is. */
const PATHS = { plan: "plans", decide: "decisions", explain: "explanations", advise: "advice" };

describe("the package and the API", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());

  async function ok(method, path, body, headers = {}) {
    const answer = await tidegate.api(method, `/api/v1/${path}`, body, { headers });
    assert.ok(answer.status < 300, JSON.stringify(answer.body));
    return answer.body;
  }

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

  test("[B2] the edge answers what the package answers in a page, byte for byte", async () => {
    const tally = { same: 0, refused: 0 };
    for (const [name, request] of questions().filter(([name, request]) => name in PATHS && request.now !== undefined)) {
      const { status, text, body } = await tidegate.api("POST", `/api/v1/${PATHS[name]}`, request);
      let here;
      try {
        here = JSON.stringify(engine[name](request));
      } catch (refusal) {
        assert.deepEqual([status, body.errors?.length], [422, refusal.problems.length], `${name} ${JSON.stringify(request)}`);
        tally.refused += 1;
        continue;
      }
      assert.deepEqual([status, text], [200, here], `${name} ${JSON.stringify(request)}`);
      tally.same += 1;
    }
    assert.ok(tally.same > 500 && tally.refused > 10, JSON.stringify(tally));
  });

  test("[B2] the dispatcher sends at the instants that the package plans in a page", async () => {
    const policy = { gap: "300ms", breaks: [{ after: 5, pause: "2s" }] };
    const own = { limits: [{ max: 8, rolling: "5s" }] };
    const sender = await ok("POST", "senders", { name: "Shop", channel: "sms", provider: { kind: "webhook", url: `${tidegate.provider.url}/hook` }, policy });
    const { id } = await ok("POST", "campaigns", { name: "Sale", sender_id: sender.id, content: { text: "Hello" }, policy: own });
    const rows = Array.from({ length: 12 }, (_, row) => `+336120000${10 + row}\n`);
    await ok("POST", `campaigns/${id}/recipients?file_name=a.csv`, `phone\n${rows.join("")}`, { "content-type": "text/csv" });
    const { starts_at } = await ok("POST", `campaigns/${id}/schedule`, {});

    const layers = [{ name: "sender", policy }, { name: "campaign", policy: own }];
    const planned = [...engine.planTimes({ layers, now: starts_at, count: rows.length })];
    await tidegate.until(async () => (await ok("GET", `campaigns/${id}`)).status === "completed", { timeoutMs: 120_000, everyMs: 250 });
    const { items } = await ok("GET", `campaigns/${id}/messages?limit=100`);
    assert.deepEqual(items.map(({ planned_at }) => planned_at).sort(), planned);
    const late = tidegate.provider.posts.map(({ atMs }) => atMs).sort().map((at, index) => at - planned[index]);
    assert.ok(late.every((ms) => -10 < ms && ms < 2_500), JSON.stringify(late));
  });
});

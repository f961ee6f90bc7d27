// The API's document and repeated requests on the real runtime. Every route's example, and every way
// in which a repeat may fall, are tested natively, in worker/tests/http; here it is D1.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { document } from "./contract.mjs";
import { startTidegate } from "./harness.mjs";

describe("the API's document on workerd", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());
  beforeEach(() => tidegate.reset());

  const post = (path, body, key, options = {}) =>
    tidegate.api("POST", `/api/v1${path}`, body, { ...options, headers: { ...(key && { "idempotency-key": key }), ...options.headers } });

  const example = (name) => structuredClone(document.components.schemas[name].examples[0]);

  async function draft() {
    const sender = await post("/senders", example("NewSender"));
    assert.equal(sender.status, 201, JSON.stringify(sender.body));
    return { ...example("NewCampaign"), sender_id: sender.body.id };
  }

  const count = async (table) => (await tidegate.db.prepare(`SELECT count(*) AS n FROM ${table}`).first()).n;

  test("anybody may read it, as it is checked in", async () => {
    const { status, headers, body } = await tidegate.api("GET", "/api/openapi.json", undefined, { key: null });
    assert.equal(status, 200);
    assert.equal(headers.get("content-type"), "application/json");
    assert.deepEqual(body, document);
  });

  test("a write that is sent twice at once is carried out once", async () => {
    const wanted = await draft();
    const answers = await Promise.all(Array.from({ length: 8 }, () => post("/campaigns", wanted, "order 7")));
    assert.equal(await count("campaigns"), 1);
    const made = answers.filter(({ status }) => status === 201);
    const busy = answers.filter(({ status }) => status === 409);
    assert.ok(made.length >= 1);
    assert.equal(made.length + busy.length, 8);
    assert.equal(made.filter(({ headers }) => !headers.has("idempotency-replayed")).length, 1);
    assert.deepEqual(new Set(made.map(({ body }) => body.id)).size, 1);
    assert.ok(busy.every(({ body, headers }) => body.type === "/problems/in_progress" && headers.get("retry-after")));

    const again = await post("/campaigns", wanted, "order 7");
    assert.equal(again.headers.get("idempotency-replayed"), "true");
    assert.equal(again.headers.get("location"), `/api/v1/campaigns/${again.body.id}`);
    const other = await post("/campaigns", { ...wanted, name: "Another" }, "order 7");
    assert.deepEqual([other.status, other.body.errors[0].code], [422, "key_reused"]);
  });

  test("what a crash leaves is found, and what it did is not done again", async () => {
    const wanted = await draft();
    const lose = () => tidegate.db.prepare("UPDATE idempotency SET answer = NULL, lease_until_ms = 0, attempt = 'dead'").run();
    const made = await post("/campaigns", wanted, "a");
    await lose();
    const found = await post("/campaigns", wanted, "a");
    assert.equal(found.status, 201);
    assert.deepEqual(found.body, made.body);
    assert.equal(await count("campaigns"), 1);

    const path = `/campaigns/${made.body.id}`;
    await post(`${path}/recipients?file_name=a.csv`, "phone,name\n+14165550100,Ada\n", "b", { headers: { "content-type": "text/csv" } });
    const at = Date.now() + 3_600_000;
    assert.equal((await post(`${path}/schedule`, { at }, "c")).status, 200);
    await lose();
    const now = async () => (({ status, version, starts_at, plan }) => ({ status, version, starts_at, plan }))((await tidegate.api("GET", `/api/v1${path}`)).body);
    const before = await now();
    assert.equal(before.status, "scheduled");
    const lost = await post(`${path}/schedule`, { at }, "c");
    assert.deepEqual([lost.status, lost.body.type], [409, "/problems/answer_lost"]);
    assert.deepEqual(await now(), before);
  });

  test("a key costs three row writes, and none where it is left out", async () => {
    const wanted = await draft();
    await post("/campaigns", wanted);
    assert.equal(await count("idempotency"), 0);
    await post("/campaigns", wanted, "a");
    assert.equal(await count("idempotency"), 1);
    // It is noted, marked and kept, and each is one row: there is no index beside the primary key.
    const marked = await tidegate.db.prepare("UPDATE idempotency SET changed = 1, answer = 'x', lease_until_ms = 0").run();
    assert.equal(marked.meta.rows_written, 1);
  });
});

// The three entry points answer on the real runtime, and the harness itself holds.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";

describe("the Worker on workerd", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());
  beforeEach(() => tidegate.reset());

  test("health answers without a key and names the version", async () => {
    const { status, body } = await tidegate.api("GET", "/api/v1/health", undefined, { key: null });
    assert.equal(status, 200);
    assert.match(body.version, /^\d+\.\d+\.\d+$/);
  });

  test("an API path that does not exist is a 404", async () => {
    const { status } = await tidegate.api("GET", "/api/v1/no-such-thing");
    assert.equal(status, 404);
  });

  test("a cron on an empty database ends well", async () => {
    const { outcome } = await tidegate.tick(Date.UTC(2026, 0, 5, 9, 0));
    assert.equal(outcome, "ok");
  });

  test("a queue message that nothing can read does not bring the consumer down", async () => {
    const { outcome } = await tidegate.deliver([{ "not a": "handover" }]);
    assert.equal(outcome, "ok");
    const { status } = await tidegate.api("GET", "/api/v1/health");
    assert.equal(status, 200);
  });
});

describe("the harness", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());

  test("reset keeps what the migrations and the key put there, and nothing else", async () => {
    const count = async (table) => (await tidegate.db.prepare(`SELECT COUNT(*) AS n FROM ${table}`).first()).n;
    const teams = await count("teams");
    await tidegate.db.prepare("INSERT INTO teams (id, name, created_ms) VALUES ('team_x', 'X', 0)").run();
    await tidegate.db.prepare("DELETE FROM keys").run();
    await tidegate.kv.put("a", "b");

    await tidegate.reset();

    assert.equal(await count("teams"), teams);
    assert.equal(await count("keys"), 1);
    assert.equal(await tidegate.kv.get("a"), null);
  });

  test("the provider records what it is sent, answers as told, and hangs up as told", async () => {
    const { provider } = tidegate;
    provider.answerWith((post, number) => (number === 0 ? { status: 503, body: { why: "busy" } } : { hangUp: true }));
    const send = () => fetch(`${provider.url}/send`, { method: "POST", body: JSON.stringify({ to: "+1" }) });

    const first = await send();
    assert.equal(first.status, 503);
    assert.deepEqual(await first.json(), { why: "busy" });
    await assert.rejects(send());
    assert.deepEqual(
      provider.posts.map((post) => [post.method, post.path, post.body]),
      [["POST", "/send", { to: "+1" }], ["POST", "/send", { to: "+1" }]],
    );
  });
});

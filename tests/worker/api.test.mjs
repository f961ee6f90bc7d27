// The API on the real runtime: the ways through it, and what it makes of garbage. What each route
// means in detail is tested natively, in worker/tests/http; here it is D1, KV and streams.
import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";

const SENDER = {
  name: "Front desk",
  channel: "sms",
  provider: { kind: "sandbox" },
  policy: { time_zone: "America/Toronto", windows: [{ from: "09:00", to: "17:30" }], gap: "30s" },
};

describe("the API on workerd", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());
  beforeEach(() => tidegate.reset());

  const call = (method, path, body, options) => tidegate.api(method, `/api/v1${path}`, body, options);

  async function expect(status, method, path, body, options) {
    const answer = await call(method, path, body, options);
    assert.equal(answer.status, status, `${method} ${path}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  const upload = (id, csv, query = "") =>
    call("POST", `/campaigns/${id}/recipients?file_name=people.csv${query}`, csv, {
      headers: { "content-type": "text/csv" },
    });

  async function draft() {
    const sender = await expect(201, "POST", "/senders", SENDER);
    const content = { text: "Hello {{ name }}" };
    const campaign = await expect(201, "POST", "/campaigns", { name: "Term dates", sender_id: sender.id, content });
    return { sender, campaign };
  }

  async function keyOf(role, revokedMs = null) {
    const key = `tg_${role}_${revokedMs}`;
    const hash = createHash("sha256").update(key).digest("hex");
    const run = (sql, ...values) => tidegate.db.prepare(sql).bind(key, ...values);
    await tidegate.db.batch([
      run("INSERT INTO users (id, name, created_ms) VALUES (?1, ?1, 0)"),
      run("INSERT INTO memberships (user_id, team_id, role, created_ms) VALUES (?1, 'team_main', ?2, 0)", role),
      run("INSERT INTO keys (id, user_id, name, hash, created_ms, revoked_ms) VALUES (?1, ?1, ?1, ?2, 0, ?3)", hash, revokedMs),
    ]);
    return key;
  }

  test("a sender, a campaign, its people, its plan, its schedule, its end", async () => {
    const { sender, campaign } = await draft();
    assert.match(sender.id, /^snd_[a-z2-7]{26}$/);
    assert.match(campaign.id, /^cmp_[a-z2-7]{26}$/);
    assert.equal(sender.version, 1);

    const answer = await upload(campaign.id, "phone,name\n+14165550100,Ada\n+14165550101,Bob\n12,Eve\n");
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.body.accepted, 2);
    assert.deepEqual(answer.body.rejected.map(({ line, column }) => [line, column]), [[4, "phone"]]);

    const at = Date.now() + 3_600_000;
    const plan = await expect(200, "POST", `/campaigns/${campaign.id}/plan`, { at });
    assert.equal(plan.planned, 2);
    assert.equal(plan.last - plan.first, 30_000);
    const version = answer.body.version;
    const scheduled = await expect(200, "POST", `/campaigns/${campaign.id}/schedule`, { at, version });
    assert.equal(scheduled.status, "scheduled");
    const again = await expect(409, "POST", `/campaigns/${campaign.id}/schedule`, { at, version });
    assert.deepEqual(again.now, { version: scheduled.version, status: "scheduled" });
    assert.deepEqual(again.changed, [
      { field: "status", was: "draft", is: "scheduled" },
      { field: "starts_at", was: null, is: at },
    ]);
    assert.equal(scheduled.starts_at, at);
    assert.deepEqual(scheduled.plan, { first: plan.first, last: plan.last, planned: 2, unplanned: 0 });
    assert.ok(scheduled.waiting.because.length > 0);

    const outlook = await expect(200, "GET", `/senders/${sender.id}/outlook`);
    assert.equal(outlook.lanes[0].count, 2);

    const paused = await expect(200, "POST", `/campaigns/${campaign.id}/pause`);
    assert.deepEqual([paused.status, paused.in_flight], ["paused", 0]);
    await expect(200, "POST", `/campaigns/${campaign.id}/resume`, { version: paused.version });
    const pace = await expect(200, "GET", `/campaigns/${campaign.id}/pace`);
    assert.deepEqual(pace.promises.map(({ why, planned }) => [why, planned]), [["schedule", 2], ["resume", 2]]);
    const stopped = await expect(200, "POST", `/campaigns/${campaign.id}/stop`);
    assert.equal(stopped.status, "stopped");
    assert.equal(stopped.progress.cancelled, 2);
    const refused = await expect(409, "POST", `/campaigns/${campaign.id}/resume`, { version: stopped.version });
    assert.deepEqual([refused.type, refused.legal], ["/problems/illegal_transition", []]);

    const messages = await expect(200, "GET", `/campaigns/${campaign.id}/messages?status=cancelled&limit=1`);
    assert.equal(messages.items[0].id, `${campaign.id}-0`);
    assert.equal(messages.items[0].to, "+14165550100");
    const rest = await expect(200, "GET", `/campaigns/${campaign.id}/messages?cursor=${messages.next_cursor}`);
    assert.deepEqual(rest.items.map((item) => item.ordinal), [1]);
    assert.equal(rest.next_cursor, null);

    const list = await expect(200, "GET", "/campaigns?status=stopped");
    assert.deepEqual(list.items.map((item) => item.id), [campaign.id]);
  });

  test("a sender's edit is guarded by its version and reaches the published copy", async () => {
    const { sender } = await draft();
    const path = `/senders/${sender.id}`;
    assert.deepEqual(await expect(200, "GET", `${path}/policy`), { policy: SENDER.policy, version: 1 });
    const edits = await Promise.all(
      ["1m", "2m", "3m"].map((gap) => call("PATCH", path, { policy: { gap }, version: 1 })),
    );
    assert.deepEqual(edits.map((edit) => edit.status).sort(), [200, 409, 409]);
    const { policy, version } = await expect(200, "GET", path);
    assert.equal(version, 2);
    assert.deepEqual(await expect(200, "GET", `${path}/policy`), { policy, version });
    assert.equal((await expect(200, "PATCH", path, { name: "Émile 漢字 🙂" })).name, "Émile 漢字 🙂");
    assert.equal((await expect(200, "GET", path)).version, 2);
    assert.equal((await expect(200, "PATCH", path, { region: "CA" })).region, "CA");
    assert.equal((await expect(200, "PATCH", path, { region: null })).region, null);
  });

  test("the sandbox's receipts and replies reach the message and the opt-outs", async () => {
    const { campaign } = await draft();
    await upload(campaign.id, "phone,name\n+14165550100,Ada\n");
    // The address that the Worker itself would have signed.
    const { seq } = await tidegate.db.prepare("SELECT seq FROM campaigns").first();
    await expect(404, "POST", "/receipts/x", { status: "delivered" }, { key: null });
    const { value } = await tidegate.db.prepare("SELECT value FROM secrets WHERE name = 'callback_key'").first();
    const token = sign(value, seq, 0);
    const id = `${campaign.id}-0`;
    await tidegate.db.batch([
      tidegate.db
        .prepare("INSERT INTO sandbox_messages (id, sender_name, channel, address, text, callback_url, received_ms) VALUES (?1, 'Front desk', 'sms', '+14165550100', 'Hello Ada', ?2, 1)")
        .bind(id, `http://tidegate.test/api/v1/receipts/${token}`),
      tidegate.db
        .prepare("INSERT INTO messages (campaign_seq, ordinal, status, planned_ms) VALUES (?1, 0, 'sent', 1)")
        .bind(seq),
      tidegate.db.prepare("UPDATE campaigns SET sent = 1, status = 'completed'"),
    ]);

    const inbox = await expect(200, "GET", "/sandbox/messages?address=%2B14165550100");
    assert.deepEqual(inbox.items.map((item) => [item.id, item.receipt]), [[id, null]]);
    await expect(200, "POST", `/sandbox/messages/${id}/receipts`, { status: "delivered" });
    const progress = async () => (await expect(200, "GET", `/campaigns/${campaign.id}`)).progress;
    assert.equal((await progress()).delivered, 1);
    await expect(204, "POST", `/receipts/${token}`, { status: "delivered" }, { key: null });
    assert.equal((await progress()).delivered, 1);

    const reply = await expect(200, "POST", `/sandbox/messages/${id}/replies`, { text: "stop" });
    assert.deepEqual([reply.opted_out, reply.meaning], [true, "stop"]);
    const { items } = await expect(200, "GET", "/opt-outs?channel=sms");
    assert.deepEqual(items.map(({ address, source }) => [address, source]), [["+14165550100", "reply"]]);
    await expect(204, "DELETE", "/opt-outs/sms/%2B14165550100");
    await expect(404, "DELETE", "/opt-outs/sms/%2B14165550100");
  });

  test("ten thousand people stream in and are listed to the last", async () => {
    const { campaign } = await draft();
    const rows = Array.from({ length: 10_000 }, (_, n) => `+1416${5_000_000 + n},Person ${n}\n`);
    const answer = await upload(campaign.id, `phone,name\n${rows.join("")}`);
    assert.equal(answer.status, 200, JSON.stringify(answer.body).slice(0, 500));
    const { accepted, rejected_total, total } = answer.body;
    assert.equal(accepted + rejected_total, 10_000);
    const page = await expect(200, "GET", `/campaigns/${campaign.id}/messages?cursor=${total - 1}`);
    assert.deepEqual(page.items.map((item) => item.ordinal), [total - 1]);
    assert.equal(page.next_cursor, null);
  });

  test("the engine's questions are answered", async () => {
    const layer = { name: "rules", policy: SENDER.policy };
    const now = Date.UTC(2026, 10, 24, 14);
    assert.deepEqual(await expect(200, "POST", "/decisions", { layers: [layer], now }), { verdict: "send" });
    const plan = await expect(200, "POST", "/plans", { layers: [layer], now, count: 1_000_000 });
    assert.equal(plan.planned + plan.unplanned, 1_000_000);
    assert.deepEqual(await expect(200, "POST", "/policies/check", SENDER.policy), { valid: true, problems: [] });
    await expect(422, "POST", "/plans", { layers: [layer], now, count: 10_000_001 });
  });

  test("only a key of the right role opens a route", async () => {
    const viewer = { key: await keyOf("viewer") };
    const operator = { key: await keyOf("operator") };
    const revoked = { key: await keyOf("administrator", 1) };
    for (const options of [{ key: null }, { key: "tg_nobody" }, revoked, { key: "é".repeat(2) }]) {
      const answer = await call("GET", "/senders", undefined, options);
      assert.equal(answer.status, 401);
      assert.equal(answer.headers.get("www-authenticate"), 'Bearer realm="tidegate"');
      assert.equal(answer.headers.get("content-type"), "application/problem+json");
    }
    assert.equal((await expect(200, "GET", "/me", undefined, viewer)).role, "viewer");
    await expect(403, "POST", "/senders", SENDER, operator);
    await expect(403, "POST", "/opt-outs", { channel: "sms", address: "+14165550100" }, viewer);
    await expect(201, "POST", "/opt-outs", { channel: "sms", address: "+14165550100" }, operator);
    await expect(403, "DELETE", "/opt-outs/sms/%2B14165550100", undefined, operator);
  });

  test("garbage is the caller's fault and never the server's", async () => {
    const { sender, campaign } = await draft();
    const json = { headers: { "content-type": "application/json" } };
    const values = [
      null, true, 0, -1, 1.5, 1e300, "", "\u0000", "💥".repeat(300), "'; DROP TABLE senders; --",
      [], [[]], {}, { a: { b: {} } }, { kind: "webhook", url: "https://169.254.169.254/" },
    ];
    const routes = [
      ["POST", "/senders", { ...SENDER }],
      ["PATCH", `/senders/${sender.id}`, { ...SENDER, version: 1 }],
      ["POST", "/campaigns", { name: "x", sender_id: sender.id, content: { text: "Hi" }, policy: {} }],
      ["PATCH", `/campaigns/${campaign.id}`, { name: "x", content: { text: "Hi" }, policy: {}, version: 1 }],
      ["POST", `/campaigns/${campaign.id}/plan`, { at: Date.now() + 400_000 }],
      ["POST", `/campaigns/${campaign.id}/schedule`, { at: Date.now() + 400_000, version: 1 }],
      ["POST", `/campaigns/${campaign.id}/pause`, { version: 1 }],
      ["POST", `/campaigns/${campaign.id}/resume`, { version: 1 }],
      ["POST", `/senders/${sender.id}/messages`, { to: "+14165550100", content: { text: "Hi" }, fields: {} }],
      ["POST", `/senders/${sender.id}/sends`, { 0: { at: 1, count: 1, every_ms: 1 } }],
      ["POST", "/opt-outs", { channel: "sms", address: "+14165550100", reason: "x" }],
      ["POST", "/decisions", { layers: [], now: 1 }],
      ["POST", "/plans", { layers: [], now: 1, count: 1 }],
      ["POST", "/policies/check", { policy: {} }],
      ["POST", `/sandbox/messages/x/receipts`, { status: "failed", reason: "x" }],
      ["POST", `/sandbox/messages/x/replies`, { text: "x" }],
    ];
    for (const [method, path, good] of routes) {
      const tried = [...values, ...Object.keys(good).flatMap((field) => values.map((value) => ({ ...good, [field]: value })))];
      const judge = async (body) => {
        const { status, body: answer } = await call(method, path, JSON.stringify(body), json);
        assert.ok(status < 500, `${method} ${path} ${JSON.stringify(body)}: ${status} ${JSON.stringify(answer)}`);
        if (status >= 400) {
          assert.match(answer.type, /^\/problems\//);
          assert.ok(!/sqlite|d1_error|panicked/i.test(JSON.stringify(answer)), JSON.stringify(answer));
        }
      };
      await Promise.all(tried.map(judge));
      for (const body of ["", "{", "[1,", '"\\ud800"', "{\"a\":1e999}", "\ufeff{}", "[".repeat(50_000), "x".repeat(2_000_001)]) {
        const { status } = await call(method, path, body, json);
        assert.ok(status >= 400 && status < 500 || body === "", `${method} ${path} ${body.slice(0, 20)}: ${status}`);
      }
    }
    for (const path of ["/campaigns?limit=0", "/campaigns?cursor=x", "/campaigns?status=x", "/senders?limit=1e9", "/nothing?%ff", "/senders/%00", `/campaigns/${campaign.id}/messages?cursor=99999999999999999999`]) {
      const { status } = await call("GET", path);
      assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
    }
    await expect(405, "DELETE", "/senders");
    await expect(413, "POST", "/senders", "x".repeat(2_000_001), json);
    assert.equal((await call("GET", "/senders")).body.items[0].id, sender.id);
    assert.deepEqual(tidegate.logs.filter((log) => /panicked|unreachable/.test(log.message)), []);
  });

  test("an answer is kept by nobody on the way", async () => {
    const { headers } = await call("GET", "/senders");
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  });
});

/** A callback token, made by another hand than the Worker's. */
function sign(secret, campaignSeq, ordinal) {
  const payload = Buffer.alloc(16);
  payload.writeBigInt64BE(BigInt(campaignSeq), 0);
  payload.writeBigInt64BE(BigInt(ordinal), 8);
  const signature = createHmac("sha256", secret).update(payload).digest().subarray(0, 16);
  return Buffer.concat([payload, signature]).toString("base64url");
}

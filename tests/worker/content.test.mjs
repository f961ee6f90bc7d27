// What a message says, carries and costs, on the real runtime: R2, D1, KV and the queue in memory.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, beforeEach, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";

const PNG = new Uint8Array(Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64"));
const GIF = new Uint8Array(Buffer.from("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7", "base64"));

describe("content", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate({ vars: { PUBLIC_URL: "https://tidegate.example" } });
  });
  after(() => tidegate.stop());
  beforeEach(() => tidegate.reset());

  const call = async (expected, method, path, body, options) => {
    const reply = await tidegate.api(method, `/api/v1${path}`, body, options);
    assert.equal(reply.status, expected, `${method} ${path}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  };
  const upload = (name, bytes, type) =>
    call(201, "POST", `/attachments?file_name=${name}`, bytes, { headers: { "content-type": type } });

  /** A campaign with everything in place, as a draft. */
  async function draft({ channel = "sms", content, people, provider = { kind: "sandbox" } }) {
    const sender = await call(201, "POST", "/senders", { name: "Shop", channel, provider, policy: {} });
    const campaign = await call(201, "POST", "/campaigns", { name: "Sale", sender_id: sender.id, content });
    await call(200, "POST", `/campaigns/${campaign.id}/recipients?file_name=people.csv`, people, {
      headers: { "content-type": "text/csv" },
    });
    return { sender, campaign };
  }

  /** Sends a campaign now and waits until somebody has it. */
  async function send(campaign, messages) {
    await call(200, "POST", `/campaigns/${campaign.id}/schedule`, {});
    const { results } = await tidegate.db.prepare("SELECT items FROM handovers").all();
    assert.ok(results.length > 0);
    // The start lies twenty seconds ahead: brought nearer, so that nobody waits.
    const due = Date.now() + 300;
    const items = results.map((row) => JSON.parse(row.items)).flat();
    items.forEach((item, index) => (item.start = due + index));
    await tidegate.db.prepare("UPDATE handovers SET items = ?1, start_ms = ?2").bind(JSON.stringify(items), due).run();
    const slice = await tidegate.db.prepare("SELECT sender_seq, tick_no, slice FROM handovers").first();
    await tidegate.deliver([slice]);
    return tidegate.until(async () => {
      const { body } = await tidegate.api("GET", `/api/v1/campaigns/${campaign.id}`);
      return body.progress.sent === messages && body;
    });
  }

  test("[S5.2] several images go with a message, and its provider fetches them by signed links", async () => {
    const { provider, api } = tidegate;
    const [png, gif] = [await upload("a.png", PNG, "text/html"), await upload("b.gif", GIF, "application/json")];
    assert.deepEqual([png.media_type, gif.media_type], ["image/png", "image/gif"]);
    assert.equal(png.sha256, createHash("sha256").update(PNG).digest("hex"));
    const { campaign } = await draft({
      content: { text: "Hi {{ name }}", attachments: [png.id, gif.id] },
      people: "phone,name\n+33640000001,Ada\n",
      provider: { kind: "webhook", url: `${provider.url}/send` },
    });
    await call(409, "DELETE", `/attachments/${png.id}`);
    await send(campaign, 1);
    const [post] = provider.posts;
    assert.deepEqual(
      post.body.attachments.map(({ file_name, media_type, bytes }) => [file_name, media_type, bytes]),
      [["a.png", "image/png", PNG.length], ["b.gif", "image/gif", GIF.length]],
    );
    for (const [index, bytes] of [PNG, GIF].entries()) {
      const { pathname, origin } = new URL(post.body.attachments[index].url);
      assert.equal(origin, "https://tidegate.example");
      const fetched = await api("GET", pathname, undefined, { key: null });
      assert.equal(fetched.status, 200);
      assert.equal(fetched.headers.get("x-content-type-options"), "nosniff");
      assert.match(fetched.headers.get("content-disposition"), /^inline; filename\*=UTF-8''/);
      assert.equal(Number(fetched.headers.get("content-length") ?? bytes.length), bytes.length);
      const forged = pathname.slice(0, -2) + (pathname.endsWith("AA") ? "BB" : "AA");
      assert.equal((await api("GET", forged, undefined, { key: null })).status, 404);
    }
    const raw = await fetch(new URL(`/api/v1/attachments/${png.id}/file`, tidegate.url), {
      headers: { authorization: `Bearer ${tidegate.key}` },
    });
    assert.deepEqual(new Uint8Array(await raw.arrayBuffer()), PNG);
    const svg = await api("POST", "/api/v1/attachments?file_name=a.png", "<svg onload='x'/>", { headers: { "content-type": "image/png" } });
    assert.equal(svg.body.errors[0].code, "unknown_media_type");
  });

  test("[S3.5] a campaign that was sent shows what it said, how, how many, when, and who of which team had it go", async () => {
    const content = { text: "Your invoice, {{ name }}", subject: "Invoice for {{ name }}" };
    const { campaign } = await draft({ channel: "email", content, people: "email,name\nada@shop.example,Ada\nbob@shop.example,Bob\n" });
    const before = await call(200, "GET", `/campaigns/${campaign.id}`);
    assert.equal(before.triggered, null);
    const sent = await send(campaign, 2);
    assert.deepEqual(sent.content, content);
    assert.deepEqual([sent.channel, sent.progress.total, sent.progress.sent], ["email", 2, 2]);
    assert.deepEqual([sent.triggered.by, sent.team.name], ["first admin", "Main"]);
    assert.ok(sent.started_at > 0 && Math.abs(sent.triggered.at - Date.now()) < 60_000);
    const { items } = await call(200, "GET", "/sandbox/messages");
    assert.deepEqual(items.map(({ subject, text }) => [subject, text]).sort(), [
      ["Invoice for Ada", "Your invoice, Ada"],
      ["Invoice for Bob", "Your invoice, Bob"],
    ]);
  });

  test("[S3.6] a word or link that is not allowed holds a message until it is cleared, and passes from then on", async () => {
    const { db } = tidegate;
    await call(201, "POST", "/words", { kind: "word", value: "casino", note: "gambling" });
    await call(201, "POST", "/words", { kind: "link", value: "bad.example" });
    const content = { text: "Our C\u0430s\u0456no: https://www.b\u0430d.example/x" };
    const { campaign, sender } = await draft({ content, people: "phone\n+33640000001\n" });
    const held = await call(200, "POST", `/campaigns/${campaign.id}/schedule`, {});
    assert.deepEqual([held.status, held.held_for_review], ["draft", true]);
    assert.deepEqual(held.review.found.map(({ value }) => value), ["casino", "bad.example"]);
    assert.equal((await db.prepare("SELECT count(*) AS n FROM handovers").first()).n, 0);
    // A single does not get around it.
    const single = await call(202, "POST", `/senders/${sender.id}/messages`, { to: "+33640000002", content: { text: "c a s i n o" } });
    assert.equal(single.held_for_review, true);
    const { items } = await call(200, "GET", "/reviews");
    assert.deepEqual(items.map(({ state, campaign: { kind } }) => [state, kind]), [["pending", "single"], ["pending", "broadcast"]]);

    const cleared = await call(200, "POST", `/reviews/${held.review.id}/clear`, { note: "a theatre of that name" });
    assert.deepEqual([cleared.state, cleared.carried_out], ["cleared", true]);
    assert.equal((await call(200, "GET", `/campaigns/${campaign.id}`)).status, "scheduled");
    const next = await draft({ content: { text: "casino at bad.example" }, people: "phone\n+33640000003\n" });
    const goes = await call(200, "POST", `/campaigns/${next.campaign.id}/schedule`, {});
    assert.deepEqual([goes.status, goes.review], ["scheduled", null]);
  });

  test("a preview for a person, the people at fault, and what it all costs", async () => {
    const { campaign, sender } = await draft({
      content: { text: "Hi {{ name }} — shop.example" },
      people: "phone,name\n+33640000001,Ada\n+33640000002,\n",
    });
    const shown = await call(200, "POST", `/campaigns/${campaign.id}/render`, { to: "+33640000001" });
    assert.deepEqual([shown.text, shown.links, shown.segments.encoding], ["Hi Ada — shop.example", ["shop.example"], "ucs2"]);
    const refused = await call(422, "POST", `/campaigns/${campaign.id}/schedule`, {});
    assert.match(refused.detail, /`name` is empty for 1 of 2 people; the first are \+33640000002/);
    const problems = await call(200, "GET", `/campaigns/${campaign.id}/problems`);
    assert.deepEqual(problems.items.map(({ to, fields }) => [to, fields]), [["+33640000002", ["name"]]]);
    await call(200, "PUT", `/senders/${sender.id}/price`, { currency: "EUR", per_segment: "0.05" });
    await call(200, "PATCH", `/campaigns/${campaign.id}`, { content: { text: "Hi {{ name | default('you') }}" } });
    const estimate = await call(200, "GET", `/campaigns/${campaign.id}/estimate`);
    assert.deepEqual([estimate.segments.likely, estimate.cost.likely, estimate.rows.written], [2, "0.10", 4]);
  });
});

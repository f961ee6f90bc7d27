// The people a team writes to, on the real runtime: chosen for a campaign by what is known of them,
// in several lists, and erased for good.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";

const MINUTE_MS = 60_000;

describe("contacts", () => {
  let tidegate;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());
  beforeEach(() => tidegate.reset());

  async function ok(method, path, body, options) {
    const answer = await tidegate.api(method, `/api/v1/${path}`, body, options);
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  const csv = { headers: { "content-type": "text/csv" } };

  async function draft(policy = {}, kind = { kind: "webhook", url: `${tidegate.provider.url}/hook` }) {
    const sender = await ok("POST", "senders", { name: "Shop", channel: "sms", provider: kind, policy });
    return ok("POST", "campaigns", { name: "Sale", sender_id: sender.id, content: { text: "Hi {{name | default('you')}}" } });
  }

  /** Schedules a campaign and fires the cron until `goes` messages were handed over. */
  async function send(campaign, goes) {
    const { version } = await ok("GET", `campaigns/${campaign.id}`);
    await ok("POST", `campaigns/${campaign.id}/schedule`, { version });
    await tidegate.tick(Date.now());
    await tidegate.until(() => tidegate.provider.posts.length >= goes, { timeoutMs: 60_000, everyMs: 200 });
  }

  const file = `name,sms,whatsapp,email,tags,accounts,city
Ada,+33612000000,,ada@example.org,vip; new,North,Paris
Bob,+33612000001,,,vip,South,Rome
Cyd,,,cyd@example.org,vip,North,
Dan,+33612000003,,,,North; South,Oslo
Eve,+33612000004,,,new,,
`;

  test("[S5.1] people are chosen by accounts and tags, by hand or all, and counted before", async () => {
    const imported = await ok("POST", "contacts/import?file_name=people.csv", file, csv);
    assert.deepEqual([imported.status, imported.created, imported.rejected_total], ["done", 5, 0]);
    const { items } = await ok("GET", "contacts");
    const id = (name) => items.find((item) => item.name === name).id;
    await ok("POST", "opt-outs", { channel: "sms", address: "+33612000001" });
    const { items: tags } = await ok("GET", "tags");
    assert.deepEqual(tags, [{ name: "new", contacts: 2 }, { name: "vip", contacts: 3 }]);

    const campaign = await draft();
    const choices = [
      [{ all: true }, [5, 4, 1, 1]],
      [{ accounts: ["North", "South"] }, [4, 3, 1, 1]],
      [{ accounts: ["North", "South"], match: "all" }, [1, 1, 0, 0]],
      [{ tags: ["vip", "new"], accounts: ["South"] }, [5, 4, 1, 1]],
      [{ contacts: [id("Eve"), id("Cyd")] }, [2, 1, 0, 1]],
    ];
    for (const [selection, expected] of choices) {
      const count = await ok("POST", `campaigns/${campaign.id}/recipients/count`, selection);
      assert.deepEqual([count.contacts, count.people, count.opted_out, count.without_address], expected, JSON.stringify(selection));
    }
    const some = { tags: ["vip"], contacts: [id("Eve")], except: [id("Ada")] };
    const count = await ok("POST", `campaigns/${campaign.id}/recipients/count`, some);
    const taken = await ok("POST", `campaigns/${campaign.id}/recipients/selection`, some);
    assert.deepEqual([count.people, count.opted_out, taken.accepted, taken.total], [2, 1, 2, 2]);

    await send(campaign, 1);
    assert.deepEqual(tidegate.provider.posts.map(({ body }) => [body.to, body.text]), [["+33612000004", "Hi Eve"]]);
    const skipped = await ok("GET", `campaigns/${campaign.id}/messages?status=skipped`);
    assert.deepEqual(skipped.items.map(({ to, reason }) => [to, reason]), [["+33612000001", "opted_out"]]);
  });

  test("[S4.2] a campaign holds several lists, each with its date, name, status and progress", async () => {
    await ok("POST", "contacts/import?file_name=people.csv", file, csv);
    const campaign = await draft({ gap: "1h" });
    const path = `campaigns/${campaign.id}/recipients?file_name=`;
    // The day begins in the east: of those who may all go, she is first.
    await ok("POST", `${path}first.csv`, "phone,name,time_zone\n+33612000010,Zoe,Pacific/Auckland\n", csv);
    await ok("POST", `${path}second.csv`, `phone,name\n+33612000010,Zoe\n${Array.from({ length: 11 }, (_, n) => `+336120001${n + 10},P${n}\n`).join("")}`, csv);
    await ok("POST", `campaigns/${campaign.id}/recipients/selection`, { tags: ["new"] });
    const lists = async () => (await ok("GET", `campaigns/${campaign.id}/lists`)).items;
    const told = ({ file_name, status, progress }) => `${file_name}: ${status} ${progress.done}/${progress.total}`;
    assert.deepEqual((await lists()).map(told), ["first.csv: draft 0/1", "second.csv: draft 0/11", "Tags: new: draft 0/2"]);
    assert.ok((await lists()).every(({ created_at }) => Math.abs(created_at - Date.now()) < MINUTE_MS));
    await send(campaign, 1);
    await tidegate.until(async () => (await lists())[0].progress.done === 1);
    assert.deepEqual((await lists()).map(told), ["first.csv: completed 1/1", "second.csv: scheduled 0/11", "Tags: new: scheduled 0/2"]);
    const [first] = await lists();
    const { outcomes } = await ok("GET", `campaigns/${campaign.id}/lists/${first.id}`);
    assert.deepEqual(outcomes, { sent: 1 });
    const { version } = await ok("GET", `campaigns/${campaign.id}`);
    await ok("POST", `campaigns/${campaign.id}/stop`, { version });
    assert.deepEqual((await lists()).map(told), ["first.csv: completed 1/1", "second.csv: stopped 0/11", "Tags: new: stopped 0/2"]);
  });

  test("[S2.10] bad addresses are listed for correction, with the contact who has them", async () => {
    await ok("POST", "contacts/import?file_name=people.csv", file, csv);
    const campaign = await draft({}, { kind: "sandbox" });
    await ok("POST", `campaigns/${campaign.id}/recipients/selection`, { tags: ["new"] });
    const { version } = await ok("GET", `campaigns/${campaign.id}`);
    await ok("POST", `campaigns/${campaign.id}/schedule`, { version });
    await tidegate.tick(Date.now());
    const inbox = () => ok("GET", "sandbox/messages").then(({ items }) => items);
    await tidegate.until(async () => (await inbox()).length === 2, { timeoutMs: 60_000, everyMs: 200 });
    const eve = (await inbox()).find(({ to }) => to === "+33612000004");
    await tidegate.until(async () => {
      const failed = await tidegate.api("POST", `/api/v1/sandbox/messages/${eve.id}/receipts`, { status: "failed" });
      const { items } = await ok("GET", `campaigns/${campaign.id}/bad-addresses`);
      return failed.status < 300 && items.length === 1;
    });
    const [bad] = (await ok("GET", `campaigns/${campaign.id}/bad-addresses`)).items;
    assert.deepEqual([bad.address, bad.reason, bad.fields.name], ["+33612000004", "undeliverable", "Eve"]);
    const addresses = [{ channel: "sms", address: "+33612000099" }];
    const corrected = await ok("PATCH", `contacts/${bad.contact_id}`, { addresses });
    assert.equal(corrected.addresses[0].address, "+33612000099");
  });

  test("an export streams, and imported again says nothing new", async () => {
    const rows = Array.from({ length: 5_000 }, (_, n) => `Person ${n},+3361${String(n).padStart(7, "0")},=tag ${n % 7}\n`);
    const imported = await ok("POST", "contacts/import?file_name=many.csv", `name,sms,tags\n${rows.join("")}`, csv);
    assert.deepEqual([imported.status, imported.created], ["done", 5_000]);
    const exported = await tidegate.api("GET", "/api/v1/contacts/export");
    assert.equal(exported.headers.get("content-type"), "text/csv; charset=utf-8");
    assert.equal(exported.body.split("\r\n").length, 5_002);
    assert.match(exported.body, /,\+33610004999,,,,'=tag 1,/);
    const again = await ok("POST", "contacts/import?file_name=again.csv", exported.body, csv);
    assert.deepEqual([again.status, again.unchanged, again.rejected_total], ["done", 5_000, 0]);
  });

  test("who was erased is nowhere any more, and what opted out stays so without its address", async () => {
    await ok("POST", "contacts/import?file_name=people.csv", file, csv);
    const first = await draft();
    await ok("POST", `campaigns/${first.id}/recipients/selection`, { all: true });
    const bob = (await ok("GET", "contacts?text=bob")).items[0];
    await ok("POST", "opt-outs", { channel: "sms", address: "+33612000001" });
    const erased = await ok("POST", "erasures", { contact_id: bob.id });
    assert.deepEqual([erased.status, erased.messages], ["done", 1]);
    const { results: tables } = await tidegate.db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
    for (const { name } of tables.filter(({ name }) => !name.startsWith("_cf"))) {
      const { results } = await tidegate.db.prepare(`SELECT * FROM "${name}"`).all();
      assert.doesNotMatch(JSON.stringify(results), /612000001|Bob/, name);
    }
    // A file brings the address back, and nothing is sent there.
    const again = await draft();
    await ok("POST", `campaigns/${again.id}/recipients?file_name=again.csv`, "phone\n+33612000001\n+33612000055\n", csv);
    await send(again, 1);
    const skipped = await tidegate.until(async () => {
      const { items } = await ok("GET", `campaigns/${again.id}/messages?status=skipped`);
      return items.length > 0 && items;
    });
    assert.deepEqual(skipped.map(({ to, reason }) => [to, reason]), [["+33612000001", "opted_out"]]);
    assert.deepEqual(tidegate.provider.posts.map(({ body }) => body.to), ["+33612000055"]);
  });
});

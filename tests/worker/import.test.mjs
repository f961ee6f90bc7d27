// Files of people on the real runtime: what a client sends, what it is told, what is in after.
import assert from "node:assert/strict";
import { request } from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { after, before, beforeEach, describe, test } from "node:test";
import { startTidegate } from "./harness.mjs";

describe("an import", () => {
  let tidegate;
  let campaign;
  before(async () => {
    tidegate = await startTidegate();
  });
  after(() => tidegate.stop());
  beforeEach(async () => {
    await tidegate.reset();
    campaign = await draft("sms");
  });

  async function draft(channel) {
    const sender = { name: "Shop", channel, provider: { kind: "sandbox" }, policy: {} };
    const { body } = await tidegate.api("POST", "/api/v1/senders", sender);
    const plan = { name: "Sale", sender_id: body.id, content: { text: "Hi {{name | default('you')}}" } };
    return (await tidegate.api("POST", "/api/v1/campaigns", plan)).body;
  }

  function send(file, query = "") {
    const path = `/api/v1/campaigns/${campaign.id}/recipients?file_name=people.csv${query}`;
    return tidegate.api("POST", path, file, { headers: { "content-type": "text/csv" } });
  }

  async function people() {
    const { results } = await tidegate.db.prepare("SELECT people FROM people ORDER BY first").all();
    return results.flatMap((row) => JSON.parse(row.people));
  }

  async function shown() {
    return (await tidegate.api("GET", `/api/v1/campaigns/${campaign.id}`)).body;
  }

  test("of a spreadsheet's file says what it took and what not", async () => {
    const file = "\uFEFFPrénom;Téléphone\r\nZoë;06 12 34 56 78\r\nBob;12\r\nZoë;+33612345678\r\n\"Al\";+1 416 555 0123;x\r\n";
    const { status, body } = await send(file, "&region=FR");
    assert.equal(status, 200);
    const { list_id, rejected, ...counts } = body;
    assert.deepEqual(counts, {
      column: "Téléphone", time_zone_column: null, accepted: 1, duplicates: 1, rejected_total: 2, total: 1, version: 2,
    });
    assert.deepEqual(
      rejected.map(({ line, column, code }) => [line, column, code]),
      [[3, "Téléphone", "too_short"], [5, "3", "too_many_fields"]],
    );
    assert.ok(rejected.every(({ message }) => message.includes("; ")), "each names a remedy");
    assert.deepEqual(await people(), [{ to: "+33612345678", fields: { prénom: "Zoë" } }]);
    const { lists, progress } = await shown();
    assert.equal(progress.total, 1);
    assert.deepEqual(
      lists.map(({ id, file_name, accepted, duplicates, rejected }) => [id, file_name, accepted, duplicates, rejected]),
      [[list_id, "people.csv", 1, 1, 2]],
    );
  });

  test("that cannot be read is a 422 that names the columns it saw", async () => {
    const { status, headers, body } = await send("name,city\nAda,Paris\n");
    assert.equal(status, 422);
    assert.match(headers.get("content-type"), /^application\/problem\+json/);
    const [problem] = body.errors;
    assert.deepEqual([problem.path, problem.code], ["column", "no_address_column"]);
    assert.match(problem.message, /`name`, `city`/);
    for (const [file, code] of [["", "empty_file"], ["phone\n", "no_rows"], ["phone,phone\n1,2\n", "duplicate_column"]]) {
      assert.equal((await send(file)).body.errors[0].code, code);
    }
    assert.equal((await shown()).progress.total, 0);
  });

  test("costs one row for each hundred people, who are known when they come again", async () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => `+3364${String(row).padStart(7, "0")},Person ${row}\n`);
    const { body } = await send(`phone,name\n${rows.join("")}`);
    assert.equal(body.accepted, 20_000);
    assert.equal((await people()).length, 20_000);
    const { pages } = await tidegate.db.prepare("SELECT count(*) AS pages FROM people").first();
    assert.equal(pages, 200);
    assert.equal((await send(`phone,name\n${rows.join("")}`)).body.duplicates, 20_000);
  });

  /** Begins an upload; `end` sends the rest, `hangUp` is a client that is gone. */
  function begin(head) {
    const url = new URL(`/api/v1/campaigns/${campaign.id}/recipients?file_name=slow.csv`, tidegate.url);
    const headers = { authorization: `Bearer ${tidegate.key}`, "content-type": "text/csv" };
    const upload = request(url, { method: "POST", headers });
    const answered = new Promise((resolve) => {
      upload.on("response", (response) => resolve(response.statusCode)).on("error", () => resolve("gone"));
    });
    upload.write(head);
    return {
      answered,
      end: (tail) => upload.end(tail),
      hangUp: () => upload.destroy(),
    };
  }

  const underWay = () =>
    tidegate.until(() => tidegate.db.prepare("SELECT 1 FROM campaigns WHERE import_token IS NOT NULL").first());

  test("is the only one into its campaign at a time", async () => {
    const first = begin("phone\n+33612345678\n");
    await underWay();
    const second = await send("phone\n+33612345679\n");
    assert.equal(second.status, 409);
    assert.match(second.body.detail, /another file is being imported/);
    first.end("+33612345670\n");
    assert.equal(await first.answered, 200);
    assert.equal((await shown()).progress.total, 2);
    assert.equal((await send("phone\n+33612345679\n")).body.total, 3);
  });

  test("whose client hangs up leaves nothing that anyone sees", async () => {
    const rows = Array.from({ length: 60_000 }, (_, row) => `+3364${String(row).padStart(7, "0")},Person ${row}\n`);
    const upload = begin(`phone,name\n${rows.join("")}`);
    await tidegate.until(() => tidegate.db.prepare("SELECT 1 FROM people").first());
    upload.hangUp();
    await upload.answered;
    await wait(200);
    const { lists, progress } = await shown();
    assert.equal(progress.total, 0);
    assert.deepEqual(lists, []);
    // Should the import not have noticed its end, its turn runs out.
    await tidegate.db.prepare("UPDATE campaigns SET import_until_ms = 0").run();
    assert.equal((await send("phone\n+33612345679\n")).body.total, 1);
    assert.equal((await people()).length, 1);
  });
});

// The files that pages save: all of a list however long, for a spreadsheet in any country.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { openStandIn } from "./browser.mjs";
import { consoleModules } from "./modules.mjs";
import { AT, campaign, COMMON, sender, standIn } from "./stand-in.mjs";

const { browser, page } = await openStandIn();
const { csv } = await consoleModules("save-file.ts");

const PAGE = 200;

/** Answers `items` in pages, as the server does. */
async function inPages(path, items) {
  await page.route(`**/api/v1${path}?*`, (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    const next = from + PAGE < items.length ? String(from + PAGE) : null;
    return route.fulfill({ json: { items: items.slice(from, from + PAGE), next_cursor: next } });
  });
}

async function savedBy(button) {
  const [file] = await Promise.all([page.waitForEvent("download"), button.click()]);
  const text = await readFile(await file.path(), "utf8");
  return { name: file.suggestedFilename(), lines: text.trimEnd().split("\r\n") };
}

test("no cell is a formula, and a phone number is what it was", () => {
  const table = [
    ["+33612345678", "+33612345678"],
    ["+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"],
    ["+", "'+"],
    ["=1", "'=1"],
    ["'=1", "''=1"],
    ["＝1", "'＝1"],
    ["＋1", "'＋1"],
    ["－1", "'－1"],
    ["＠ada", "'＠ada"],
    ["'n Beetje", "'n Beetje"],
    ["a;b", '"a;b"'],
    ['a,"b"', '"a,""b"""'],
    [-4, "-4"],
    [null, ""],
  ];
  for (const [value, cell] of table) assert.equal(csv([[value]]), `${cell}\r\n`);
});

test("a list is saved to its end", async () => {
  await standIn(page, {});
  await inPages("/campaigns", Array.from({ length: 2_345 }, (_, i) => campaign(3, { id: `cmp_${i}`, name: `No. ${i}` })));
  await page.goto("/campaigns");
  const campaigns = await savedBy(page.getByRole("button", { name: "Save as CSV" }));
  assert.equal(campaigns.name, "campaigns.csv");
  assert.equal(campaigns.lines.length, 1 + 2_345);
  assert.match(campaigns.lines.at(-1), /No\. 2344/);

  const me = { ...COMMON["GET /me"], role: "administrator" };
  const team = { "GET /me": me, "GET /users": { items: [], next_cursor: null }, "GET /presets": { items: [], next_cursor: null } };
  await standIn(page, team);
  await inPages("/audit", Array.from({ length: 5_201 }, (_, i) => ({ at: AT + i, by: "Ada", what: "team.change", subject: "team_main", before: null, after: null })));
  await page.goto("/team/audit");
  const audit = await savedBy(page.getByRole("button", { name: "Save as CSV" }));
  assert.equal(audit.lines.length, 1 + 5_201);
});

test("a table's file has instants with their zone and plain numbers, of every page", async () => {
  const HOUR_MS = 3_600_000;
  const key = (i) => ({
    id: `key_${i}`, name: `Key ${i}`, user_id: "usr_1", user_name: "Ada", team_id: null, role: null, created_at: AT,
    last_used_at: i === 0 ? AT + 2 * HOUR_MS : null, expires_at: null, revoked_at: null,
  });
  await standIn(page, {});
  await inPages("/keys", Array.from({ length: 201 }, (_, i) => key(i)));
  await page.goto("/team/keys");
  const keys = await savedBy(page.getByRole("button", { name: "Save as CSV: Keys" }));
  assert.equal(keys.lines.length, 1 + 201);
  assert.match(keys.lines[1], /^Key 0,Ada,.*,2026-11-23T07:00:00\.000Z,,$/);

  const letter = { id: "dl_1", campaign_id: "cmp_1", campaign_name: "Term dates", sender_name: "Front desk", messages: 1_204, why: "timeout", body: null, tries: 5, since: AT, can_be_discarded: false, in_doubt: 0 };
  await standIn(page, { "GET /dead-letters": { items: [letter], next_cursor: null } });
  await page.goto("/held-up");
  const held = await savedBy(page.getByRole("button", { name: "Save as CSV: Held up" }));
  assert.equal(held.lines[1], "Term dates,Front desk,1204,timeout,,5,2026-11-23T05:00:00.000Z");

  await standIn(page, { "GET /senders": { items: [sender()], next_cursor: null } });
  await page.goto("/senders");
  const senders = await savedBy(page.getByRole("button", { name: "Save as CSV: Senders" }));
  assert.match(senders.lines[1], /^Front desk,sms,Sandbox inbox,.*,Europe\/Paris$/);
});

test("what the server tells in parts is one file, with one row of headings", async () => {
  const progress = { total: 2, queued: 0, sending: 0, sent: 2, delivered: 2, failed: 0, skipped: 0, cancelled: 0, unknown: 0 };
  const done = campaign(2, { status: "completed", progress, started_at: AT, ended_at: AT + 1 });
  await standIn(page, {
    "GET /campaigns/cmp_1": done,
    "GET /campaigns/cmp_1/messages": { items: [], next_cursor: null },
    "GET /campaigns/cmp_1/pace": { time_zone: "UTC", planned: 0, sent: 0, late: null, days: [], promises: [], runs: [], changes: [], left_out: [] },
    "GET /senders/snd_1/outlook": { shared: [], groups: [], lanes: [], order: "in_turn", now: AT, starts_at: AT },
  });
  await page.route("**/api/v1/campaigns/cmp_1/report.csv*", (route) => {
    const isLast = new URL(route.request().url()).searchParams.has("cursor");
    const headers = isLast ? {} : { "tidegate-next-cursor": "2" };
    return route.fulfill({ contentType: "text/csv", headers, body: `what,of,count\r\n${isLast ? "delivered" : "sent"},,2\r\n` });
  });
  await page.goto("/campaigns/cmp_1");
  let downloads = 0;
  page.on("download", () => (downloads += 1));
  const { lines } = await savedBy(page.getByRole("region", { name: "Outcome" }).getByRole("button", { name: "Save as CSV" }));
  assert.deepEqual(lines, ["what,of,count", "sent,,2", "delivered,,2"]);
  assert.equal(downloads, 1);
  // A 404 of the stand-in is a line in the browser's log too.
  assert.deepEqual(browser.complaints.filter((line) => !line.includes("status of 404")), []);
});

// Reports of a period, a campaign that is sent again, and the list's rarer filters: with a stand-in, so that a
// report can come in parts and people can have opened what they got.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { accessibilityProblems, assertFits, openStandIn } from "./browser.mjs";
import { campaign, COMMON, standIn } from "./stand-in.mjs";

const { browser, page } = await openStandIn();

const row = (id, name, numbers) => ({
  id, name, campaigns: 1, planned: 0, sent: 0, delivered: 0, failed: 0, failed_by_reason: [], skipped: 0, skipped_by_reason: [],
  unknown: 0, cancelled: 0, opened: 0, opened_of: 0, clicked: 0, clicked_of: 0, contacts: 0, stops: 0, costs: [], is_cost_shared: false, ...numbers,
});
const euros = (total) => [{ currency: "EUR", sent: total, inbound: "0", total }];
const UNREACHABLE = { reason: "unreachable", means: "The phone was off." };

const PARTS = {
  first: {
    rows: [
      row("cmp_1", "Term dates", { planned: 700, sent: 600, delivered: 540, failed: 30, failed_by_reason: [{ ...UNREACHABLE, count: 30 }], contacts: 20, costs: euros("4.74") }),
      row("cmp_2", "Open day", { planned: 100, sent: 100, delivered: 90, opened: 25, opened_of: 100 }),
    ],
    next_cursor: "2",
  },
  second: {
    rows: [row("cmp_1", "Term dates", { planned: 300, sent: 300, delivered: 270, failed: 10, failed_by_reason: [{ ...UNREACHABLE, count: 10 }], contacts: 5, stops: 2, costs: euros("2.37") })],
    next_cursor: null,
  },
};

test("a report that comes in parts is added up, by row and in all", async () => {
  const asked = [];
  await standIn(page, {});
  await page.route("**/api/v1/reports?*", (route) => {
    const query = new URL(route.request().url()).searchParams;
    asked.push(query);
    return route.fulfill({ json: { from: 0, to: 1, ...(query.get("cursor") ? PARTS.second : PARTS.first) } });
  });
  await page.goto("/reports");
  await page.getByRole("row", { name: /Term dates 1,000 900/ }).waitFor();
  const cells = await page.getByRole("row", { name: /Term dates/ }).locator("td").allInnerTexts();
  assert.deepEqual(cells.map((text) => text.trim()), ["Term dates", "1,000", "900", "90 %", "40", "0", "", "25", "€7.11"]);
  await page.getByText("1,100 planned, by 3 campaigns").waitFor();
  // The share is of those that tell: nobody knows who has read the others.
  await page.getByText("25 of 100 that tell").waitFor();
  await page.getByText("25 %", { exact: true }).waitFor();
  await page.getByRole("row", { name: /The phone was off/ }).getByText("40").waitFor();
  // Each name has the colour of its part of the ring.
  const names = page.getByRole("list", { name: "What became of the messages" }).locator("li");
  const colours = await names.evaluateAll((all) => all.map((name) => getComputedStyle(name.firstElementChild).backgroundColor));
  const ring = await page.locator("svg circle[data-status]").evaluateAll((all) => all.map((part) => getComputedStyle(part).stroke));
  assert.deepEqual([colours.length > 2, colours], [true, ring]);
  assert.deepEqual(await accessibilityProblems(page), []);

  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as CSV" }).click()]);
  const lines = (await readFile(await file.path(), "utf8")).trimEnd().split("\r\n");
  assert.equal(lines[0], "\u{feff}id,name,what,of,count");
  // Each row once, with what both parts have of it.
  const wanted = ["sent,,900", "failed,,40", "failed,unreachable,40", "cost,EUR,7.11"];
  assert.deepEqual(lines.filter((line) => /^cmp_1,Term dates,(sent|failed|cost),/.test(line)), wanted.map((line) => `cmp_1,Term dates,${line}`));

  await page.getByLabel("Rows").selectOption("channel");
  await page.waitForURL(/by=channel/);
  await page.getByLabel("Period").selectOption("days");
  await page.getByLabel("First day").fill("2026-11-02");
  await page.getByLabel("Last day").fill("2026-11-03");
  await page.waitForURL(/from=2026-11-02.*to=2026-11-03|to=2026-11-03.*from=2026-11-02/);
  await page.getByRole("status").getByText("Counted").waitFor({ state: "attached" });
  const last = asked.at(-1);
  // Two days on the clock of the reader, who is in Paris.
  assert.deepEqual(["by", "from", "to"].map((name) => last.get(name)), ["channel", String(Date.UTC(2026, 10, 1, 23)), String(Date.UTC(2026, 10, 3, 23))]);
  assert.deepEqual(browser.complaints, []);
});

test("[S2.4] a campaign is sent again to those it failed for, and how many they are is said first", async () => {
  const done = { total: 90, queued: 0, sending: 0, sent: 80, delivered: 70, failed: 10, skipped: 0, cancelled: 0, unknown: 0 };
  const refused = { type: "/problems/invalid", title: "Not like this", status: 422, errors: [{ path: "to", code: "opens_not_tracked", message: "nobody can tell who opened it" }] };
  const asked = await standIn(page, {
    "GET /campaigns/cmp_1": campaign(90, { status: "completed", progress: done, started_at: 1, ended_at: 2 }),
    "GET /campaigns/cmp_1/messages": { items: [], next_cursor: null },
    "GET /campaigns/cmp_1/pace": { time_zone: "UTC", planned: 0, sent: 0, late: null, days: [], promises: [], runs: [], changes: [], left_out: [] },
    "GET /senders/snd_1/outlook": { shared: [], groups: [], lanes: [], order: "in_turn", now: 3, starts_at: 3 },
    "POST /campaigns/cmp_1/resends/count": { people: 7, undecided: 0 },
    "POST /campaigns/cmp_1/resends": { campaign_id: "cmp_9" },
  });
  await page.route("**/resends/count", (route) =>
    route.request().postDataJSON().to === "not_opened" ? route.fulfill({ status: 422, json: refused }) : route.fallback(),
  );
  await page.goto("/campaigns/cmp_1");
  await page.getByRole("button", { name: "Send again" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Make a draft for 7 people" }).waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await dialog.getByRole("radio", { name: /not opened/ }).check();
  await dialog.getByText("nobody can tell who opened it").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Make the draft" }).isDisabled(), true);
  await dialog.getByRole("radio", { name: /failed for/ }).check();
  await dialog.getByRole("button", { name: "Make a draft for 7 people" }).click();
  await page.waitForURL(/campaigns\/cmp_9/);
  assert.ok(asked.includes("POST /campaigns/cmp_1/resends"));
});

test("the rarer filters stand behind one press, in the address, and days are the reader's", async () => {
  await standIn(page, { "GET /users": { items: [], next_cursor: null } });
  const asked = [];
  await page.route("**/api/v1/campaigns?*", (route) => {
    asked.push(new URL(route.request().url()).searchParams);
    return route.fulfill({ json: { items: [], next_cursor: null } });
  });
  await page.goto("/campaigns?text=dates");
  await page.getByText("No campaign matches.").waitFor();
  assert.equal(await page.getByLabel("Find by name").inputValue(), "dates");
  await page.getByRole("button", { name: "More" }).click();
  await page.getByLabel("Starts on or before").fill("2026-11-03");
  await page.waitForURL(/to=2026-11-03/);
  await page.getByLabel("Batch").fill("bat_1");
  await page.getByLabel("Batch").press("Enter");
  await page.waitForURL(/batch_id=bat_1/);
  await page.waitForTimeout(200);
  const last = asked.at(-1);
  assert.deepEqual(["text", "to", "batch_id"].map((name) => last.get(name)), ["dates", String(Date.UTC(2026, 10, 3, 23)), "bat_1"]);
  await page.getByRole("link", { name: "Clear" }).click();
  await page.getByLabel("Batch").waitFor({ state: "visible" });
  assert.equal(new URL(page.url()).search, "");
});

const PROACTIVE = { ...COMMON["GET /teams/team_main"], lexicon: "proactive_campaigns" };

test("a list can be filtered by the headings of the team's words, which come first", async () => {
  await standIn(page, { "GET /teams/team_main": PROACTIVE, "GET /campaigns": { items: [], next_cursor: null } });
  await page.goto("/campaigns");
  const status = page.getByLabel("Status");
  await status.locator("option[value=Stopped]").waitFor({ state: "attached" });
  const offered = await status.locator("option").allInnerTexts();
  assert.deepEqual(offered.slice(0, 3), ["Any status", "Stopped", "Scheduled"]);
  assert.ok(offered.includes("Cancelled"));
  await status.selectOption("Stopped");
  await page.waitForURL(/status=Stopped/);
});

test("what a word of the team's means stands on the page of a campaign, for whoever has no mouse", async () => {
  const done = { total: 90, queued: 0, sending: 0, sent: 80, delivered: 70, failed: 10, skipped: 0, cancelled: 0, unknown: 0 };
  await standIn(page, {
    "GET /teams/team_main": PROACTIVE,
    "GET /campaigns/cmp_1": campaign(90, { status: "stopped", progress: done, started_at: 1, ended_at: 2 }),
    "GET /campaigns/cmp_1/messages": { items: [], next_cursor: null },
    "GET /campaigns/cmp_1/pace": { time_zone: "UTC", planned: 0, sent: 0, late: null, days: [], promises: [], runs: [], changes: [], left_out: [] },
    "GET /senders/snd_1/outlook": { shared: [], groups: [], lanes: [], order: "in_turn", now: 3, starts_at: 3 },
  });
  await page.goto("/campaigns/cmp_1");
  await page.getByText("Outreach was scheduled or going, and a person called it off.").waitFor();
});

test("[S3.2] the batch is the list's first column once something was let go, and leads to what else is in it", async () => {
  const draft = campaign(3, { id: "cmp_2", name: "Open day", batch_id: null });
  const sent = campaign(3, { status: "completed", batch_id: "bat_7f3a9c2e51d04b68" });
  await standIn(page, { "GET /campaigns": { items: [sent, draft], next_cursor: null } });
  await page.goto("/campaigns");
  await page.getByRole("link", { name: "Term dates" }).waitFor();
  const headings = page.getByRole("columnheader");
  assert.deepEqual((await headings.allInnerTexts()).slice(0, 3), ["Batch", "Name", "Status"]);
  const first = page.getByRole("row", { name: /Term dates/ }).getByRole("cell").first();
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.setViewportSize({ width: 360, height: 740 });
  await assertFits(page);
  assert.ok(await first.isVisible());
  await page.setViewportSize({ width: 1440, height: 900 });
  await first.getByRole("link", { name: sent.batch_id }).click();
  await page.waitForURL(/batch_id=bat_7f3a9c2e51d04b68/);

  await standIn(page, { "GET /campaigns": { items: [draft], next_cursor: null } });
  await page.goto("/campaigns");
  await page.getByRole("link", { name: "Open day" }).waitFor();
  assert.equal((await headings.allInnerTexts())[0], "Name");
});

test("a part of the list on which nothing matches leads on to the rest of it", async () => {
  await standIn(page, { "GET /campaigns": { items: [], next_cursor: "9" } });
  await page.goto("/campaigns?text=dates");
  await page.getByText("Nothing on this part of the list; it goes on.").waitFor();
  await page.getByRole("link", { name: "Next page" }).click();
  await page.waitForURL(/text=dates.*cursor=9|cursor=9.*text=dates/);
});

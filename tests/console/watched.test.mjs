// A campaign's page while somebody looks at it: what changes is drawn anew, and the rest of the page stands.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openStandIn } from "./browser.mjs";
import { AT, campaign, COMMON, outlook, standIn } from "./stand-in.mjs";

const { browser, page } = await openStandIn();
/** A 404 of the stand-in is a line in the browser's log too. */
const complaints = () => browser.complaints.filter((line) => !line.includes("status of 404"));

const NONE = { items: [], next_cursor: null };
const PACE = { time_zone: "UTC", planned: 0, sent: 0, late: null, days: [], promises: [], runs: [], changes: [], left_out: [] };
const PROGRESS = campaign(1_000).progress;
const SELDOM_MS = 31_000;

const outcome = () => page.getByRole("region", { name: "Outcome" });
const ring = () => outcome().getByRole("list", { name: "What became of the messages" });

/** What was read of the campaign since, by its path. */
function reads() {
  const read = [];
  page.on("request", (request) => read.push(new URL(request.url()).pathname.replace("/api/v1/campaigns/cmp_1", "")));
  return (path) => read.filter((one) => one === path).length;
}

test("the page of a campaign under way stands while its numbers change", { timeout: 120_000 }, async () => {
  let sent = 100;
  const running = () => campaign(1_000, { status: "in_progress", policy: {}, starts_at: AT, started_at: AT, progress: { ...PROGRESS, queued: 998 - sent, sent, unknown: 2 } });
  const answers = {
    "GET /campaigns/cmp_1": () => {
      sent += 10;
      return running();
    },
    "GET /campaigns/cmp_1/pace": PACE,
    "GET /campaigns/cmp_1/messages": NONE,
    "GET /senders/snd_1/outlook": outlook(),
    "POST /campaigns/cmp_1/resends/count": { people: 2, undecided: 0, already: 0 },
  };
  await standIn(page, answers);
  const read = reads();
  await page.goto("/campaigns/cmp_1");
  await ring().getByText("Sent", { exact: true }).waitFor();
  await page.evaluate(() => document.querySelector("[aria-label=Outcome]").setAttribute("data-stands", ""));
  await outcome().getByRole("button", { name: "Send again" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("2 people.").waitFor();
  const polls = read("");
  const counted = read("/resends/count");
  while (read("") < polls + 4) await page.waitForTimeout(200);
  assert.equal(await page.locator("[data-stands]").count(), 1);
  assert.ok(await dialog.isVisible());
  assert.equal(read("/resends/count"), counted);
  // On a pace of their own, however long the machine takes for all of this.
  for (const slower of ["/pace", "/report"]) assert.ok(2 * read(slower) <= read("") + 1, `${slower} was read ${read(slower)} times, the campaign ${read("")} times`);
  assert.equal(await page.locator("main .shape").count(), 0);
  await page.keyboard.press("Escape");

  // It comes to its end: what is asked more seldom from then on takes nothing off the page.
  const over = { status: "completed", policy: {}, starts_at: AT, started_at: AT, ended_at: AT + 1, progress: { ...PROGRESS, queued: 0, sent: 998, unknown: 2 } };
  await page.evaluate(() => {
    window.gone = 0;
    new MutationObserver(() => (window.gone += document.querySelector("[data-stands]") ? 0 : 1)).observe(document.querySelector("main"), { childList: true, subtree: true });
  });
  await standIn(page, { ...answers, "GET /campaigns/cmp_1": campaign(1_000, over) });
  await page.getByText("998 of 1,000 sent.").first().waitFor();
  assert.equal(await page.evaluate(() => window.gone), 0);
});

test("receipts that come after the end of a campaign reach its ring, its counts and its figures alike", async () => {
  let delivered = 0;
  const progress = () => ({ ...PROGRESS, queued: 0, sent: 1_000, delivered });
  await page.clock.install();
  await standIn(page, {
    "GET /campaigns/cmp_1": () => campaign(1_000, { status: "completed", policy: {}, starts_at: AT, started_at: AT, ended_at: AT + 1, progress: progress() }),
    "GET /campaigns/cmp_1/pace": PACE,
    "GET /campaigns/cmp_1/messages": NONE,
    // Told a moment later, it has one more.
    "GET /campaigns/cmp_1/report": () => ({ ...COMMON["GET /campaigns/cmp_1/report"], progress: { ...progress(), delivered: delivered + 10 } }),
    "GET /senders/snd_1/outlook": outlook(),
  });
  await page.goto("/campaigns/cmp_1");
  await outcome().getByText("0 of 1,000 that were sent").waitFor();
  delivered = 980;
  await page.clock.fastForward(SELDOM_MS);
  await ring().getByRole("listitem").filter({ hasText: "Delivered" }).getByText("980").waitFor();
  await outcome().getByText("980 of 1,000 that were sent").waitFor();
  await outcome().getByText(/^98(\.0)? %$/).waitFor();
  await page.getByRole("list", { name: "Messages by status" }).getByRole("link", { name: "980 Delivered" }).waitFor();
  await page.clock.resume();
  assert.deepEqual(complaints(), []);
});

// What files, providers and the API bring is shown as it is, however often it says the same.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openStandIn } from "./browser.mjs";
import { consoleModules } from "./modules.mjs";
import { AT, campaign, COMMON, OFFICE, outlook, sender, standIn } from "./stand-in.mjs";

const { browser, page } = await openStandIn();
/** A 404 of the stand-in is a line in the browser's log too. */
const complaints = () => browser.complaints.filter((line) => !line.includes("status of 404"));
const { finishSentence, wallClock } = await consoleModules("plan/sentence.ts", "zone.ts");

const ADMINISTRATOR = { "GET /me": { ...COMMON["GET /me"], role: "administrator" } };
const list = (items) => ({ items, next_cursor: null });
const main = () => page.getByRole("main");

test("a message with two attachments of one name is shown", async () => {
  const here = encodeURIComponent("+33612345601");
  const received = {
    direction: "in", id: "inb_1", from: "+33612345601", at: AT, text: "Both sides", cost: null, attachments: ["image.jpg", "image.jpg"],
    meaning: "other", review: null, reviewed_by: null, reply_to: null,
  };
  await standIn(page, {
    [`GET /conversations/sms/${here}`]: { channel: "sms", address: "+33612345601", last_at: AT, last_from: "them", last_text: "Both sides", opt_out: null, sender_id: null, state: "open", unread: 0 },
    [`GET /conversations/sms/${here}/messages`]: list([received]),
    "GET /contacts": list([]),
  });
  await page.goto(`/conversations/sms/${here}`);
  await main().getByText("Both sides").waitFor();
  assert.equal(await main().getByText("image.jpg").count(), 2);
  assert.deepEqual(complaints(), []);
});

test("whoever misses the end is counted over all zones, in one sentence", () => {
  const clock = wallClock("UTC", AT);
  const misses = (lane, left_out) => ({ code: "ends_before_finish", message: "", lane, left_out });
  const goal = (message) => ({ code: "over_goal", message, layer: "sender", gate: "limits[1]", date: "2026-11-24" });
  const warnings = [misses(0, 12), goal("The goal is exceeded"), misses(1, 12), { ...misses(1, 3), code: "never_opens" }, goal("The goal is exceeded")];
  const lane = { name: "cmp_1", planned: 9, unplanned: 27, first: AT, last: AT };
  assert.deepEqual(finishSentence({ lane, pauses: 0, others: [], warnings }, clock).alarms, [
    "24 people miss the end date.",
    "The goal is exceeded.",
    "3 people never get a turn: no time satisfies every rule.",
  ]);
});

test("a file with columns of no name, or of one, asks which is which", async () => {
  await standIn(page, {
    "GET /senders": list([sender()]),
    "GET /senders/snd_1/outlook": outlook(),
    "GET /campaigns/cmp_1": campaign(0),
    "PATCH /campaigns/cmp_1": (body) => ({ ...campaign(0), ...body }),
  });
  await page.goto("/campaigns/cmp_1");
  await page.getByText("Choose a CSV file").waitFor();
  const buffer = Buffer.from("Name,Phone,Mobile,Town,Town,,\nZoë,+33612345601,+33612345602,Brest,Sète,,\n");
  await page.locator("input[type=file]").first().setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer });
  const columns = page.getByRole("group", { name: "Columns of people.csv" });
  await columns.getByLabel("Numbers from").waitFor();
  assert.deepEqual(await columns.getByLabel("Numbers from").locator("option").allTextContents(), ["Name", "Phone", "Mobile", "Town", "Town"]);
  assert.deepEqual(complaints(), []);
});

test("hours that are added twice are two windows on one calendar, and both can be changed", async () => {
  await standIn(page, { ...ADMINISTRATOR, "GET /senders/snd_1": sender({ time_zone: "Europe/Paris" }), "GET /senders/snd_1/outlook": outlook() });
  await page.goto("/senders/snd_1");
  const board = page.getByRole("region", { name: "Hours on the calendar" });
  await board.waitFor();
  await page.getByRole("button", { name: "Add hours", exact: true }).click();
  await page.getByRole("button", { name: "Add hours", exact: true }).click();
  await page.getByLabel("Window 2 opens").fill("18:00");
  await page.getByLabel("Window 2 closes").fill("19:00");
  await board.getByRole("button", { name: "Monday 18:00 to 19:00", exact: true }).waitFor();
  assert.equal(await board.getByRole("button", { name: "Monday 09:00 to 17:30", exact: true }).count(), 1);
  assert.deepEqual(complaints(), []);
});

test("a sender whose windows say the same hours twice is shown, and its hours are drawn over each other", async () => {
  const windows = [...OFFICE.windows, { days: ["mon", "tue"], from: "09:00", to: "17:30" }, { days: ["sat"], from: "09:00", to: "17:30" }];
  await standIn(page, { ...ADMINISTRATOR, "GET /senders/snd_1": { ...sender({ time_zone: "Europe/Paris", windows }), version: 2 }, "GET /senders/snd_1/outlook": outlook() });
  await page.goto("/senders/snd_1");
  const board = page.getByRole("region", { name: "Hours on the calendar" });
  await board.getByRole("button", { name: "Monday 09:00 to 17:30", exact: true }).waitFor();
  // Over Friday's, where for as long as the mouse is down both are the same hours.
  const from = await board.getByRole("button", { name: "Saturday 09:00 to 17:30", exact: true }).boundingBox();
  const to = await board.getByRole("button", { name: "Friday 09:00 to 17:30", exact: true }).boundingBox();
  await page.mouse.move(from.x + from.width / 2, from.y + from.height / 2);
  await page.mouse.down();
  await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 4 });
  await page.mouse.up();
  await board.getByRole("status").getByText("Friday 09:00 to 17:30.").waitFor();
  await board.getByRole("button", { name: "Saturday: closed. Enter adds hours" }).waitFor();
  assert.deepEqual(complaints(), []);
});

test("a page that cannot be shown says so, and the others are there", async () => {
  await standIn(page, { "GET /senders": list([{ ...sender(), policy: null }]), "GET /dead-letters": list([]) });
  await page.goto("/senders");
  await main().getByText("This page cannot be shown as it is.").waitFor();
  await main().getByRole("button", { name: "Reload" }).waitFor();
  await page.getByRole("link", { name: "Held up" }).click();
  await main().getByText("Nothing is held up.").waitFor();
  assert.equal(complaints().length, 1);
});

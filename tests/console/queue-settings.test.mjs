// A sender's queue settings on the real server: hours drawn by mouse and by keyboard, holidays from a
// calendar file, the two meanings of a day, a warm-up and a goal, and all of it taken back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibilityProblems, assertFits, openConsole } from "./browser.mjs";

const HOLIDAYS = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "PRODID:-//test//EN",
  "BEGIN:VEVENT",
  "UID:1",
  "SUMMARY:Christmas",
  "DTSTART;VALUE=DATE:20361225",
  "DTEND;VALUE=DATE:20361226",
  "END:VEVENT",
  "BEGIN:VEVENT",
  "UID:2",
  "SUMMARY:Broken",
  "DTSTART;VALUE=DATE:20361399",
  "END:VEVENT",
  "END:VCALENDAR",
].join("\r\n");

const { browser, page, api } = await openConsole();

let made = 0;
async function senderWith(policy) {
  made += 1;
  const fields = { name: `Line ${made}`, channel: "sms", provider: { kind: "sandbox" }, region: "FR", policy };
  const { id } = await api("POST", "/senders", fields);
  await page.goto(`/senders/${id}`);
  await board().waitFor();
  return { id, fields, rules: async () => (await api("GET", `/senders/${id}`)).policy };
}

const board = () => page.getByRole("region", { name: "Hours on the calendar" });
const block = (name) => board().getByRole("button", { name, exact: true });
const said = () => board().getByRole("status");
const save = async () => {
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Saved. Campaigns under way follow").waitFor();
};

/** Where a day and an hour are on the calendar, on the page. */
async function place(day, hour) {
  const box = await board().locator(".board").boundingBox();
  return [box.x + 44 + ((box.width - 44) / 7) * (day + 0.5), box.y + 28 + (hour / 24) * 384];
}

async function drag(from, to) {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move((from[0] + to[0]) / 2, (from[1] + to[1]) / 2);
  await page.mouse.move(...to);
  await page.mouse.up();
}

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"];

test("[S1.4] hours are drawn with the mouse: added, moved, resized, and meeting hours become one", async () => {
  const sender = await senderWith({ time_zone: "Europe/Paris" });
  await board().getByText("Any hour is open. Drag over a day").waitFor();
  await drag(await place(1, 9), await place(1, 12));
  await said().getByText("Tuesday 09:00 to 12:00.").waitFor();
  await drag(await place(1, 10.5), await place(2, 11.5));
  await block("Wednesday 10:00 to 13:00").waitFor();
  // By its lower edge.
  const [x, end] = await place(2, 13);
  await drag([x, end - 3], await place(2, 16.9));
  await block("Wednesday 10:00 to 17:00").waitFor();
  await drag(await place(2, 17.5), await place(2, 16.5));
  await block("Wednesday 10:00 to 17:30").waitFor();
  await save();
  assert.deepEqual((await sender.rules()).windows, [{ days: ["wed"], from: "10:00", to: "17:30" }]);
  await page.getByRole("button", { name: "Undo" }).click();
  await block("Wednesday 10:00 to 17:00").waitFor();
});

test("[S1.4] hours are drawn by keyboard, and every step is said aloud", async () => {
  const sender = await senderWith({ time_zone: "Europe/Paris", windows: [{ days: WEEKDAYS, from: "09:00", to: "17:30" }] });
  await board().getByRole("button", { name: "Saturday: closed. Enter adds hours" }).focus();
  await page.keyboard.press("Enter");
  await said().getByText("Added Saturday 09:00 to 17:30.").waitFor();
  await page.keyboard.press("ArrowDown");
  await said().getByText("Saturday 09:15 to 17:45.").waitFor();
  await page.keyboard.press("Shift+ArrowUp");
  await said().getByText("Saturday 09:15 to 17:30.").waitFor();
  await page.keyboard.press("Alt+ArrowDown");
  await said().getByText("Saturday 09:30 to 17:30.").waitFor();
  await page.keyboard.press("ArrowRight");
  await said().getByText("Sunday 09:30 to 17:30.").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Sunday 09:30 to 17:30");
  await block("Friday 09:00 to 17:30").focus();
  await page.keyboard.press("Delete");
  await said().getByText("Removed Friday 09:00 to 17:30.").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Friday: closed. Enter adds hours");
  await page.keyboard.press("Control+z");
  await block("Friday 09:00 to 17:30").waitFor();
  await page.keyboard.press("Control+Shift+Z");
  await block("Friday 09:00 to 17:30").waitFor({ state: "detached" });
  assert.deepEqual(await accessibilityProblems(page), []);
  await save();
  assert.deepEqual((await sender.rules()).windows, [
    { days: ["mon", "tue", "wed", "thu"], from: "09:00", to: "17:30" },
    { days: ["sun"], from: "09:30", to: "17:30" },
  ]);
});

test("holidays come from a calendar file, once, and each line that was not taken is named", async () => {
  const sender = await senderWith({ time_zone: "Europe/Paris" });
  const upload = () =>
    page.getByLabel("Import a calendar file").setInputFiles({ name: "holidays.ics", mimeType: "text/calendar", buffer: Buffer.from(HOLIDAYS) });
  await upload();
  await page.getByText("holidays.ics: 1 blocked time added").waitFor();
  const lines = page.getByRole("region", { name: "Lines not taken" });
  assert.equal(await lines.locator("tbody tr").count(), 1);
  assert.equal(await lines.locator("tbody td").first().textContent(), "13");
  await upload();
  await page.getByText("holidays.ics: 0 blocked times added, 1 there already").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await save();
  const { blocked } = await sender.rules();
  assert.deepEqual(blocked.map(({ name }) => name), ["Christmas"]);
});

test("[S1.3] [S1.6] the meaning of a day is a toggle that says what it does now, and a goal never stops anything", async () => {
  const sender = await senderWith({ time_zone: "UTC", limits: [{ max: 2, rolling: "24h" }] });
  const rule = page.locator('[data-gate="limits[0]"]');
  await rule.getByText("0 of 2 sent in the last 24 hours.").waitFor();
  await page.getByText("Right now: The next can go now.").waitFor();
  // Two that were sent by hand elsewhere.
  await api("POST", `/senders/${sender.id}/sends`, [{ at: Date.now() - 60_000, count: 2, every_ms: 1_000 }]);
  await page.reload();
  await rule.getByText(/^2 of 2 sent in the last 24 hours\. Next at /).waitFor();
  await page.getByText("Since midnight").first().click();
  await rule.getByText(/of 2 sent since midnight\./).waitFor();
  await page.getByRole("button", { name: "Warm up" }).click();
  await page.getByLabel("Messages each day of warm-up 1").fill("1, 2");
  await page.getByLabel("Messages each day of warm-up 1").press("Tab");
  await page.getByRole("button", { name: "Add a daily goal" }).click();
  await page.getByText("A goal is counted and shown, and never stops anything.").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await save();
  const { limits } = await sender.rules();
  assert.equal(limits[0].calendar, "day");
  assert.deepEqual(limits[0].ramp.steps, [1, 2]);
  assert.deepEqual(limits[1], { max: 150, calendar: "day", enforce: "goal" });
});

test("what was changed and not saved is there after a reload, and can be discarded", async () => {
  await senderWith({ time_zone: "UTC" });
  await page.getByRole("button", { name: "Add a gap" }).click();
  await page.getByLabel("Gap between messages", { exact: true }).fill("45");
  await page.reload();
  await page.getByText("Not saved yet: kept from your last visit.").waitFor();
  assert.equal(await page.getByLabel("Gap between messages", { exact: true }).inputValue(), "45");
  await page.getByRole("button", { name: "Discard it" }).click();
  await page.getByLabel("Gap between messages", { exact: true }).waitFor({ state: "detached" });
});

test("the settings fit a phone, where a tap on a day adds hours", async () => {
  await senderWith({ time_zone: "UTC" });
  await page.setViewportSize({ width: 360, height: 740 });
  await assertFits(page);
  assert.deepEqual(await accessibilityProblems(page), []);
  assert.deepEqual(browser.complaints, []);
});

// What has not begun is changed, moved and thrown away in the console, on the real server.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibilityProblems, assertFits, openConsole } from "./browser.mjs";

const DAY_MS = 86_400_000;
const FILE = "name,phone\nZoë,+33612345601\nOmar,+33612345602\nLi,+33612345603\n";

const { browser, page, api } = await openConsole();

const policy = { time_zone: "Europe/Paris", windows: [{ days: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], from: "09:00", to: "17:30" }] };
const sender = await api("POST", "/senders", { name: "Front desk", channel: "sms", provider: { kind: "sandbox" }, region: "FR", policy });

async function made(name, at = null) {
  const { id } = await api("POST", "/campaigns", { name, sender_id: sender.id, content: { text: "Hello {{name}}" } });
  await api("POST", `/campaigns/${id}/recipients?file_name=people.csv`, FILE);
  if (at !== null) await api("POST", `/campaigns/${id}/schedule`, { at });
  return { id, now: () => api("GET", `/campaigns/${id}`) };
}

/** Nine o'clock in Paris, so many days from now. */
const nine = (days) => Date.parse(new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)) + 8 * 3_600_000;

test("a scheduled campaign is changed, and planned anew once that is saved", async () => {
  const starts_at = nine(3);
  const { id, now } = await made("Term dates", starts_at);
  const before = await now();
  await page.goto(`/campaigns/${id}`);
  await page.getByRole("link", { name: "Change", exact: true }).click();
  const save = page.getByRole("button", { name: "Save and plan anew" });
  await page.getByRole("button", { name: "Nothing is changed yet" }).waitFor();
  // It is not planned beside itself.
  const plan = page.getByRole("region", { name: "The plan" });
  await plan.getByText(/^3 people from .* without a pause\.$/).waitFor();
  assert.equal(await page.getByRole("button", { name: "Throw this draft away" }).count(), 0);
  await page.getByLabel("Text", { exact: true }).fill("Hello {{name}}, we open at nine");
  await page.getByRole("button", { name: "Add a gap" }).click();
  await page.getByLabel("Gap between messages", { exact: true }).fill("90");
  await plan.getByText(/then \d pauses?\.$|without a pause\.$/).waitFor();
  await page.getByRole("status").getByText("Not saved yet").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  // Nothing is saved by itself: each save makes another promise.
  await page.waitForTimeout(1_500);
  assert.equal((await now()).version, before.version);
  await page.reload();
  assert.equal(await page.getByLabel("Text", { exact: true }).inputValue(), "Hello {{name}}, we open at nine");
  await save.click();
  await page.getByRole("button", { name: "Move" }).waitFor();
  await page.getByRole("main").getByText("Hello {{name}}, we open at nine").waitFor();
  const after = await now();
  assert.deepEqual([after.status, after.starts_at, after.content.text, after.policy.gap], ["scheduled", starts_at, "Hello {{name}}, we open at nine", "90s"]);
  assert.equal(after.plan.last - after.plan.first, 180_000);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

test("a scheduled campaign is moved to another start, and a nearer one than can be is not offered", async () => {
  const { id, now } = await made("Berth fees", nine(3));
  await page.goto(`/campaigns/${id}`);
  await page.getByRole("button", { name: "Move" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("[data-segment=hour]").waitFor();
  assert.equal(await dialog.locator("[data-segment=hour]").textContent(), new Intl.DateTimeFormat("en-GB", { hour: "2-digit", timeZone: "Europe/Paris" }).format(nine(3)));
  await dialog.locator("[data-segment=hour]").focus();
  await page.keyboard.type("15");
  assert.deepEqual(await accessibilityProblems(page), []);
  await dialog.getByRole("button", { name: "Move it" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByRole("main").getByText(/^Starts .* 15:00\.$/).waitFor();
  const { starts_at, status } = await now();
  assert.equal(status, "scheduled");
  assert.equal(new Intl.DateTimeFormat("en-GB", { hour: "2-digit", timeZone: "Europe/Paris" }).format(starts_at), "15");
  await page.getByRole("button", { name: "Move" }).click();
  await dialog.locator("[data-segment=year]").focus();
  await page.keyboard.type("2020");
  await dialog.getByText("Choose a time at least 5 minutes ahead.").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Move it" }).isDisabled(), true);
  await page.keyboard.press("Escape");
});

test("a draft is thrown away, once somebody has said that he means it", async () => {
  const { id, now } = await made("Open day");
  await page.goto(`/campaigns/${id}`);
  await page.getByRole("button", { name: "Throw this draft away" }).click();
  await page.getByText("Nobody has been sent it, and 3 people will not be.").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.getByRole("button", { name: "Keep it" }).click();
  assert.equal((await now()).status, "draft");
  await page.getByRole("radio", { name: "At a time" }).check({ force: true });
  await page.getByText("its start kept on this device").waitFor();
  await page.getByRole("button", { name: "Throw this draft away" }).click();
  await page.getByRole("button", { name: "Throw it away" }).click();
  await page.getByRole("heading", { name: "Campaigns" }).waitFor();
  assert.equal((await now()).status, "stopped");
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

test("what was typed of a campaign that the server has not seen is thrown away too", async () => {
  await page.goto("/campaigns/new");
  await page.getByLabel("Text", { exact: true }).fill("Never mind");
  await page.getByRole("button", { name: "Throw this draft away" }).click();
  await page.getByRole("button", { name: "Throw it away" }).click();
  await page.getByRole("heading", { name: "Campaigns" }).waitFor();
  await page.goto("/campaigns/new");
  assert.equal(await page.getByLabel("Text", { exact: true }).inputValue(), "");
});

test("all of it fits on a phone", async () => {
  const { id } = await made("Winter hours", nine(5));
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`/campaigns/${id}?change=1`);
  await page.getByRole("button", { name: "Nothing is changed yet" }).waitFor();
  await assertFits(page);
  await page.getByRole("link", { name: "Back to the campaign" }).click();
  await page.getByRole("button", { name: "Move" }).click();
  await page.getByRole("dialog").locator("[data-segment=hour]").waitFor();
  await assertFits(page);
  assert.deepEqual(browser.complaints, []);
});

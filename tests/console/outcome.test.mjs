// A campaign before and after it goes, against the real server: what is checked before, and what became of it.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { openConsole } from "./browser.mjs";
import { makeScene, SCENE_CRON } from "./scene.mjs";

const PNG = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64");

const { server, browser, page, api } = await openConsole({ cron: SCENE_CRON });
const scene = await makeScene(server);

const outcome = () => page.getByRole("region", { name: "Outcome" });
const check = () => page.locator("section", { has: page.getByRole("heading", { name: "Check" }) });

test("[S2.9] each part of the ring is a number that leads to its messages, and each failure has its remedy", async () => {
  await page.goto(`/campaigns/${scene.winter}`);
  const ring = outcome().getByRole("list", { name: "What became of the messages" });
  await ring.getByRole("listitem").first().waitFor();
  const lines = (await ring.getByRole("listitem").allInnerTexts()).map((text) => text.split(/\s+/).filter(Boolean).join(" "));
  assert.deepEqual(lines, ["Delivered 20", "Sent 1", "Failed 3"]);
  await outcome().getByText("95.2 %").waitFor();
  await outcome().getByText("2 people, 1 person asked for no more").waitFor();

  const reasons = outcome().locator("tbody tr");
  await reasons.filter({ hasText: "bad address" }).waitFor();
  for (const reason of await reasons.all()) assert.notEqual((await reason.locator("td").nth(3).innerText()).trim(), "");

  await ring.getByRole("link", { name: "Failed" }).click();
  await page.waitForURL(/status=failed/);
  const ledger = page.getByRole("region", { name: "Messages" }).locator("tbody tr");
  await ledger.nth(2).waitFor();
  assert.equal(await ledger.count(), 3);
});

test("each number above the messages is how many its link shows", async () => {
  await page.goto(`/campaigns/${scene.winter}`);
  const numbers = page.getByRole("list", { name: "Messages by status" });
  await numbers.getByRole("listitem").first().waitFor();
  const told = Object.fromEntries((await numbers.getByRole("listitem").allInnerTexts()).map((text) => text.trim().split(/\s+/).reverse()));
  assert.deepEqual(told, { All: "24", Queued: "0", Sent: "1", Delivered: "20", Failed: "3" });
  const ledger = page.getByRole("region", { name: "Messages" }).locator("tbody tr");
  for (const name of ["Sent", "Delivered", "Failed"]) {
    await numbers.getByRole("link", { name }).click();
    await page.waitForURL(new RegExp(`status=${name.toLowerCase()}`));
    await page.waitForFunction(([wanted]) => document.querySelectorAll("[aria-label=Messages] tbody tr").length === wanted, [Number(told[name])]);
    assert.equal(await ledger.count(), Number(told[name]));
  }
});

test("[S2.10] addresses at fault are listed, and saved as the file that they came in, to be corrected", async () => {
  await page.goto(`/campaigns/${scene.winter}`);
  await outcome().getByRole("button", { name: "Show whose address is at fault" }).click();
  const table = outcome().locator("table").last().locator("tbody tr");
  await table.first().waitFor();
  // Nobody is there to answer the browser's own question of where to.
  await page.evaluate(() => (window.showSaveFilePicker = undefined));
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    outcome().getByRole("button", { name: "Save them as CSV to correct" }).click(),
  ]);
  const lines = (await readFile(await file.path(), "utf8")).trim().split("\r\n");
  // What the server makes of them, with the zones and whose contacts they are.
  assert.equal(lines[0], "phone,time_zone,name,town,bad_because,provider_said,contact_id");
  assert.match(lines[1], /^\+336/);
  assert.equal(lines.length, 1 + (await table.count()));
});

test("[S2.1] the list is filtered by what is in the address, and saved as it is filtered", async () => {
  await page.goto("/campaigns");
  await page.getByRole("row").nth(4).waitFor();
  await page.getByLabel("Status").selectOption("completed");
  await page.waitForURL(/status=completed/);
  await page.getByRole("link", { name: "Term dates" }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Winter hours" }).waitFor();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as CSV" }).click()]);
  const lines = (await readFile(await file.path(), "utf8")).trim().split("\r\n");
  assert.equal(lines.length, 3);
  assert.match(lines[0], /^batch_id,id,name,status,/);
  assert.match(lines[2], /^bat_\w+,cmp_\w+,Winter hours,Completed,sms,Pilot line,24,21,20,3,/);
  await page.goBack();
  await page.getByRole("link", { name: "Term dates" }).waitFor();
});

test("the page of a campaign says who let it go, which batch it is, and all that it said", async () => {
  const { items } = await api("GET", "/campaigns?status=completed");
  const letter = items.find(({ name }) => name === "Winter letter");
  await page.goto(`/campaigns/${letter.id}`);
  const { name } = await api("GET", "/me");
  await page.getByText(`Email · let go by ${name}`).waitFor();
  await page.getByText("What the harbour does in winter").waitFor();
  const list = page.getByRole("row").filter({ hasText: "letter.csv" });
  await list.getByText("Completed").waitFor();
  await page.getByRole("link", { name: letter.batch_id }).click();
  await page.waitForURL(new RegExp(`batch_id=${letter.batch_id}`));
  await page.getByRole("link", { name: "Winter letter" }).waitFor();
  await page.getByRole("link", { name: "Winter hours" }).waitFor({ state: "detached" });
});

test("the cost, and the message of any person, are known before it goes", async () => {
  await page.goto(`/campaigns/${scene.draft}`);
  await check().getByText("180 people, 195 parts, €1.54").waitFor();
  await page.getByText("As +33612310000 reads it").waitFor();
  await page.getByRole("button", { name: "The person after" }).click();
  await page.getByText("Hello Omar, the harbour is open").waitFor();
  await page.getByLabel("Person, by number or address").fill("+33612310002");
  await page.getByText("Hello Li, the harbour is open").waitFor();
  await page.getByLabel("Person, by number or address").fill("+33699999999");
  await page.getByText("Nobody on the list has “+33699999999”.").waitFor();
});

test("[S5.2] an image goes with the message, and comes off again", async () => {
  await page.goto(`/campaigns/${scene.draft}`);
  await page.getByLabel("Add an image").setInputFiles({ name: "poster.png", mimeType: "image/png", buffer: PNG });
  await page.getByText("poster.png").waitFor();
  const stored = async () => ((await api("GET", `/campaigns/${scene.draft}`)).content.attachments ?? []).length;
  const becomes = async (files) => {
    for (let turn = 0; turn < 50 && (await stored()) !== files; turn++) await page.waitForTimeout(100);
    assert.equal(await stored(), files);
  };
  await becomes(1);
  await page.getByRole("button", { name: "Take off poster.png" }).click();
  await page.getByText("poster.png").waitFor({ state: "detached" });
  await becomes(0);
});

test("a word that is held, and people without a name, are said before anything is scheduled", async () => {
  await page.goto(`/campaigns/${scene.draft}`);
  const text = page.getByLabel("Text", { exact: true });
  await text.fill("Hello {{name}}, the casino of {{town}} is open.");
  await check().getByText("Will be held for a review").waitFor();
  await check().getByText("“casino” is on the team’s list").waitFor();
  await text.fill("Hello {{surname}}.");
  await page.locator(".problem").first().waitFor();
  await text.fill("Hello {{name}}, see you in {{town}}.");
  await check().getByText("no word is held").waitFor();
  // The server's refusal of a field that no file has is a line in the browser's log too.
  assert.deepEqual(browser.complaints.filter((line) => !line.includes("status of 404")), []);
});

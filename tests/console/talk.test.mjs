// What is said with people, and what is held, merged, erased and reported, in Chromium against the real server:
// a campaign goes, people answer it, and each answer is dealt with.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { accessibilityProblems, openConsole } from "./browser.mjs";
import { SCENE_CRON } from "./scene.mjs";

const [ZOE, OMAR, ANA, LI] = ["+33612345601", "+33612345602", "+33612345603", "+33612345604"];
const PEOPLE = `name,phone\nZoë,${ZOE}\nOmar,${OMAR}\nAna,${ANA}\n`;
const SENT_MS = 60_000;

const { server, browser, page, api } = await openConsole({ cron: SCENE_CRON });
const desk = await api("POST", "/senders", { name: "Front desk", channel: "sms", provider: { kind: "sandbox" }, policy: { time_zone: "Europe/Paris" } });
await api("PUT", `/senders/${desk.id}/price`, { currency: "EUR", per_segment: "0.0079", per_message: "0", inbound: "0.0075" });
const made = await api("POST", "/campaigns", { name: "Harbour fair", sender_id: desk.id, content: { text: "Hello {{name}}, the fair opens at ten." } });
await api("POST", `/campaigns/${made.id}/recipients?file_name=people.csv`, PEOPLE);

const main = () => page.getByRole("main");
const talkWith = (address) => page.goto(`/conversations/sms/${encodeURIComponent(address)}`);
const said = () => page.getByRole("list", { name: "What was said" }).locator("> li");

async function assertAccessible(where) {
  assert.deepEqual(await accessibilityProblems(page), [], `on ${where}`);
}

async function until(what, isSo) {
  const end = Date.now() + SENT_MS;
  while (!(await isSo())) {
    assert.ok(Date.now() < end, `${what} did not happen in time`);
    await sleep(300);
  }
}

const arrivedAt = async (address) => (await api("GET", `/sandbox/messages?address=${encodeURIComponent(address)}`)).items;

/** As the person would, on the newest message that they have. */
async function answer(address, text) {
  const [newest] = await arrivedAt(address);
  return api("POST", `/sandbox/messages/${newest.id}/replies`, { text });
}

test("what comes in pushes nothing off a conversation whose earlier part is shown", async () => {
  const many = "+33612345650";
  const { url } = await api("GET", `/senders/${desk.id}/inbound`);
  const bring = (i) =>
    fetch(url.replace(/^https?:\/\/[^/]+/, server.url), {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ id: `in-${i}`, from: many, text: `No. ${i}`, at: Date.now() - 60_000 + i * 100 }),
    });
  for (let i = 0; i < 60; i++) assert.equal((await bring(i)).status < 300, true);
  await talkWith(many);
  await main().getByRole("button", { name: "Earlier" }).click();
  await main().getByText("No. 0", { exact: true }).waitFor();
  assert.equal(await said().count(), 60);
  for (let i = 60; i < 63; i++) await bring(i);
  await main().getByText("No. 62", { exact: true }).waitFor();
  assert.equal(await said().count(), 63);
});

test("[S3.1] whoever schedules a campaign sees the list of what is sent, with it marked", async () => {
  await page.goto(`/campaigns/${made.id}`);
  await page.getByRole("button", { name: "Schedule 3 messages" }).click();
  await page.getByRole("heading", { name: "Campaigns", level: 1 }).waitFor();
  await page.getByRole("status").getByText("Harbour fair goes to 3 people").waitFor();
  const row = page.getByRole("row", { name: /Harbour fair/ });
  assert.equal(await row.count(), 1);
  assert.equal(await row.evaluate((element) => element.classList.contains("fresh")), true);
  await assertAccessible("the list after scheduling");
  await page.getByRole("link", { name: "Follow it" }).click();
  await page.getByRole("heading", { name: "Harbour fair" }).waitFor();
  await until("the campaign's end", async () => (await api("GET", `/campaigns/${made.id}`)).status === "completed");
});

test("a reply opens a conversation in which the campaign's message stands, and one writes back", async () => {
  await answer(ZOE, "Is parking free?");
  await page.goto("/conversations");
  await page.getByRole("link", { name: /Is parking free/ }).click();
  await page.getByRole("link", { name: "Harbour fair" }).waitFor();
  await said().filter({ hasText: "Hello Zoë, the fair opens at ten." }).and(page.locator(".ours")).waitFor();
  await said().filter({ hasText: "Is parking free?" }).and(page.locator(".theirs")).getByText("€0.0075").waitFor();
  await assertAccessible("a conversation");
  await page.getByLabel("Message", { exact: true }).fill("It is, by the pier.");
  await page.getByRole("button", { name: "Send now" }).click();
  await page.getByRole("status").getByText("It goes now.").waitFor();
  await said().filter({ hasText: "It is, by the pier." }).waitFor();
  await until("the message", async () => (await arrivedAt(ZOE)).some(({ text }) => text === "It is, by the pier."));
});

test("[S5.4] a message that is timed in a conversation stands in the list of campaigns", async () => {
  await page.getByLabel("Message", { exact: true }).fill("See you at the fair tomorrow.");
  await page.getByText("At a time", { exact: true }).click();
  await page.getByRole("button", { name: /^Send \d|^Send \w{3}/ }).last().click();
  await page.getByRole("status").getByText(/^It goes (?!now)/).waitFor();
  await said().filter({ hasText: "See you at the fair tomorrow." }).waitFor();
  await page.goto("/campaigns");
  const timed = main().getByRole("row").filter({ hasText: "0/1" });
  await timed.waitFor();
  await timed.getByRole("link", { name: /^Message to/ }).click();
  await page.getByRole("button", { name: "Stop", exact: true }).waitFor();
});

test("a message is passed on as it was", async () => {
  await talkWith(ZOE);
  await said().filter({ hasText: "Is parking free?" }).getByRole("button", { name: "Forward" }).click();
  await page.getByLabel("Forward to").fill("12");
  await page.getByRole("form", { name: "Forward" }).getByRole("button", { name: "Forward" }).click();
  await page.getByRole("form", { name: "Forward" }).locator(".problem").waitFor();
  await page.getByLabel("Forward to").fill(LI);
  await page.getByRole("form", { name: "Forward" }).getByRole("button", { name: "Forward" }).click();
  await page.getByRole("status").getByText(`Forwarded to ${LI}`).waitFor();
  await until("the forwarded message", async () => (await arrivedAt(LI)).some(({ text }) => text.includes("Is parking free?")));
});

test("a message is marked as STOP by hand, and its writer gets nothing any more", async () => {
  await answer(OMAR, "I have moved away");
  await talkWith(OMAR);
  await said().filter({ hasText: "I have moved away" }).getByRole("button", { name: "This means STOP" }).click();
  await page.getByRole("status").getByText("gets nothing any more").waitFor();
  await main().getByText("Unsubscribed", { exact: true }).waitFor();
  assert.equal(await page.getByRole("form", { name: /^Write to/ }).count(), 0);
  await assertAccessible("the conversation of somebody who has unsubscribed");
});

test("a refusal in somebody's own words is settled", async () => {
  await answer(ANA, "please don't text me again");
  await page.goto("/conversations");
  await page.getByRole("link", { name: /^To be looked at\s*1$/ }).click();
  await main().getByText("please don't text me again").waitFor();
  await assertAccessible("the refusals");
  await page.getByRole("button", { name: "It is not: write to them again" }).click();
  await page.getByRole("status").getByText(`${ANA} gets messages again.`).waitFor();
  await main().getByText("Nothing to look at.").waitFor();
  assert.equal((await api("GET", `/conversations/sms/${encodeURIComponent(ANA)}`)).opt_out, null);
});

test("a held message is let go with a note, and another is refused", async () => {
  await api("POST", "/words", { kind: "word", value: "lottery" });
  await api("POST", "/words", { kind: "word", value: "jackpot" });
  for (const word of ["lottery", "jackpot"]) {
    const held = await api("POST", "/campaigns", { name: `The ${word}`, sender_id: desk.id, content: { text: `The ${word} of the fair` } });
    await api("POST", `/campaigns/${held.id}/recipients?file_name=people.csv`, PEOPLE);
    await api("POST", `/campaigns/${held.id}/schedule`, {});
  }
  await page.goto("/words?show=reviews");
  const review = (word) => main().getByRole("listitem").filter({ has: page.getByRole("heading", { name: `The ${word}` }) });
  await review("lottery").getByLabel("Note").fill("it is ours");
  await assertAccessible("the held messages");
  await review("lottery").getByRole("button", { name: "Let it go" }).click();
  await page.getByRole("status").getByText("It goes.").waitFor();
  await review("jackpot").getByRole("button", { name: "Refuse" }).click();
  await page.getByRole("status").getByText("“The jackpot” does not go until").waitFor();
  await until("the campaign that was let go", async () => (await arrivedAt(ANA)).some(({ text }) => text.includes("lottery")));
  assert.equal((await arrivedAt(ANA)).some(({ text }) => text.includes("jackpot")), false);
});

test("two contacts of one name are made one, and a person is erased after it is said what that means", async () => {
  const person = (address, tag) => api("POST", "/contacts", { name: "Zoë Ahn", addresses: [{ channel: "sms", address }], tags: [tag] });
  await person(ZOE, "vip");
  await person(LI, "crew");
  await page.goto("/contacts/duplicates");
  await page.getByRole("button", { name: "Make them one" }).click();
  await assertAccessible("the question before a merge");
  await page.getByRole("alertdialog").getByRole("button", { name: "Make them one" }).click();
  await page.getByRole("status").getByText("Zoë Ahn is one contact now.").waitFor();
  await page.goto("/contacts");
  await page.getByRole("link", { name: "Zoë Ahn" }).click();
  for (const text of [ZOE, LI, "vip", "crew"]) await main().getByText(text).first().waitFor();
  await page.getByRole("button", { name: "Erase this person" }).click();
  await assertAccessible("the question before an erasure");
  await page.getByRole("button", { name: "Erase for good" }).click();
  await page.getByRole("heading", { name: "Erased" }).waitFor();
  await assertAccessible("what an erasure did");
  assert.deepEqual((await api("GET", "/contacts")).items, []);
});

test("reports and the list's filters say what the server has", async () => {
  await page.goto("/reports?by=channel");
  const sms = page.getByRole("row", { name: /SMS/ });
  await sms.waitFor();
  const cells = await sms.locator("td").allInnerTexts();
  assert.ok(Number(cells[2]) >= 6, `${cells.join(" | ")}: fewer were counted than went`);
  await assertAccessible("the report");

  await page.goto("/campaigns?text=Harbour");
  await page.getByRole("link", { name: "Harbour fair" }).waitFor();
  assert.equal(await main().locator("tbody tr").count(), 1);
  await page.goto("/campaigns?status=completed&channel=sms&sort=start");
  await page.getByRole("link", { name: "Harbour fair" }).waitFor();
  await page.goto("/campaigns?channel=email");
  await main().getByText("No campaign matches.").waitFor();
  await page.goto("/campaigns?file_name=people.csv&from=2020-01-01");
  await page.getByRole("link", { name: "Harbour fair" }).waitFor();
  assert.deepEqual(browser.complaints, []);
});

// The other end of sandbox senders in Chromium, against the real server: a phone beside a mailbox, and answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { accessibilityProblems, assertFits, openConsole } from "./browser.mjs";
import { SCENE_CRON } from "./scene.mjs";

const [ZOE, OMAR, MIRA] = ["+33612345601", "+33612345602", "mira@example.com"];
const SENT_MS = 60_000;

const { browser, page, api } = await openConsole({ cron: SCENE_CRON });
const send = async (channel, content, people) => {
  const sender = await api("POST", "/senders", { name: `Harbour ${channel}`, channel, provider: { kind: "sandbox" }, policy: { time_zone: "Europe/Paris" } });
  const made = await api("POST", "/campaigns", { name: `Fair by ${channel}`, sender_id: sender.id, content });
  await api("POST", `/campaigns/${made.id}/recipients?file_name=people.csv`, people);
  await api("POST", `/campaigns/${made.id}/schedule`, {});
};
await send("sms", { text: "Hello {{name}}, the fair opens at ten." }, `name,phone\nZoë,${ZOE}\nOmar,${OMAR}\n`);
await send("email", { subject: "The fair", text: "Dear {{name}}, the fair opens at ten." }, `name,email\nMira,${MIRA}\n`);
const end = Date.now() + SENT_MS;
while ((await api("GET", "/sandbox/messages")).items.length < 3) {
  assert.ok(Date.now() < end, "the messages did not arrive in time");
  await sleep(300);
}

const thread = (address) => page.getByRole("region", { name: `Messages to ${address}` });

test("a phone and a mailbox stand side by side, each with its addresses", async () => {
  await page.goto("/inbox");
  await thread(MIRA).getByText("The fair", { exact: true }).waitFor();
  await page.getByRole("navigation", { name: "Phone: addresses" }).getByRole("link", { name: new RegExp(`\\${OMAR}`) }).click();
  await thread(OMAR).getByText("Hello Omar, the fair opens at ten.").waitFor();
  await thread(MIRA).waitFor();
  assert.equal(await page.getByRole("navigation", { name: "Mailbox: addresses" }).getByRole("link").count(), 1);
  assert.deepEqual(await accessibilityProblems(page), []);
});

test("STOP, START and HELP are one press each, and answers are still there after a reload", async () => {
  const press = async (word, meant) => {
    await thread(OMAR).getByRole("button", { name: word, exact: true }).click();
    await thread(OMAR).getByRole("status").getByText(meant).waitFor();
    await thread(OMAR).locator(".reply").filter({ hasText: word }).first().waitFor();
  };
  await press("STOP", "Taken as STOP");
  assert.notEqual((await api("GET", `/conversations/sms/${encodeURIComponent(OMAR)}`)).opt_out, null);
  await press("START", "Taken as START");
  assert.equal((await api("GET", `/conversations/sms/${encodeURIComponent(OMAR)}`)).opt_out, null);
  await press("HELP", "Taken as Asked for help");
  await thread(MIRA).getByLabel(`Reply as ${MIRA}`).fill("See you there");
  await page.keyboard.press("Enter");
  await thread(MIRA).locator(".reply").getByText("See you there").waitFor();
  await page.reload();
  await thread(OMAR).locator(".reply").filter({ hasText: "HELP" }).waitFor();
  await thread(MIRA).locator(".reply").getByText("See you there").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
});

test("on a phone there is one thing at a time", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto("/inbox");
  await page.getByRole("navigation", { name: "Phone: addresses" }).waitFor();
  assert.equal(await thread(OMAR).isVisible(), false);
  await page.getByRole("navigation", { name: "Mailbox: addresses" }).getByRole("link").first().click();
  await thread(MIRA).waitFor();
  assert.equal(await page.getByRole("navigation", { name: "Phone: addresses" }).isVisible(), false);
  await assertFits(page);
  await thread(MIRA).getByRole("link", { name: "All addresses" }).click();
  await page.getByRole("navigation", { name: "Phone: addresses" }).waitFor();
  assert.deepEqual(browser.complaints, []);
});

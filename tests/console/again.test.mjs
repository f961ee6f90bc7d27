// What nobody can tell is settled, and a campaign is sent again, on the real server: a provider at the other end takes
// some, breaks on some and refuses one.
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { startProvider } from "../worker/provider.mjs";
import { accessibilityProblems, openConsole } from "./browser.mjs";
import { SCENE_CRON } from "./scene.mjs";

/** A sender rests for a minute after a provider that told nothing. */
const PATIENCE_MS = 180_000;
const [TAKEN, REFUSED, ...DOUBTED] = ["Zoë", "Omar", "Li", "Ana", "Yusuf", "Maud"];
const NUMBERS = new Map([TAKEN, REFUSED, ...DOUBTED].map((name, i) => [name, `+3361234560${i}`]));
const FILE = ["name,phone", ...[...NUMBERS].map((row) => row.join(","))].join("\n");

const provider = await startProvider();
after(() => provider.close());
const { browser, page, api } = await openConsole({ cron: SCENE_CRON });

provider.answerWith(({ body }) => {
  const name = [...NUMBERS].find(([, number]) => number === body.to)?.[0];
  return { status: DOUBTED.includes(name) ? 500 : name === REFUSED ? 400 : 202 };
});
const sender = await api("POST", "/senders", { name: "Gateway", channel: "sms", provider: { kind: "webhook", url: `${provider.url}/send` }, policy: { time_zone: "UTC" } });
const { id } = await api("POST", "/campaigns", { name: "Term dates", sender_id: sender.id, content: { text: "Hello {{name}}" } });
await api("POST", `/campaigns/${id}/recipients?file_name=people.csv`, FILE);
await api("POST", `/campaigns/${id}/schedule`, {});

const postsTo = (name) => provider.posts.filter(({ body }) => body.to === NUMBERS.get(name)).length;
const doubted = (many) => page.getByRole("region", { name: `Nobody can tell whether ${many} went`, exact: true });

async function until(what, isSo) {
  const end = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    assert.ok(Date.now() < end, `${what} did not happen in time`);
    await sleep(200);
  }
}

async function messageTo(name) {
  const { items } = await api("GET", `/campaigns/${id}/messages?limit=100`);
  return items.find(({ to }) => to === NUMBERS.get(name));
}

test("an unknown message is counted as sent by one button, and goes once more by the other", async () => {
  await until("an answer for everybody", async () => (await api("GET", `/campaigns/${id}`)).progress.unknown === DOUBTED.length);
  provider.answerWith({ status: 202 });
  await page.goto(`/campaigns/${id}`);
  const [li, ana, ...rest] = DOUBTED;
  await doubted("4 messages").getByRole("button", { name: `It went: the message to ${NUMBERS.get(li)}` }).click();
  await doubted("3 messages").waitFor();
  const confirmed = await messageTo(li);
  assert.deepEqual([confirmed.status, confirmed.reason], ["sent", "confirmed"]);

  await doubted("3 messages").getByRole("button", { name: `Send again: the message to ${NUMBERS.get(ana)}` }).click();
  await doubted("2 messages").waitFor();
  await doubted("2 messages").getByRole("button", { name: "Send all again" }).click();
  await page.getByRole("button", { name: "Send 2 messages again" }).click();
  await doubted("2 messages").waitFor({ state: "detached" });
  await until("the last of them", async () => (await api("GET", `/campaigns/${id}`)).progress.sent === 5);
  assert.deepEqual([TAKEN, REFUSED, li, ana, ...rest].map(postsTo), [1, 1, 1, 2, 2, 2]);
});

test("[S2.4] a campaign that is sent again to whom it failed for goes to nobody else, and is told of on both pages", async () => {
  await page.goto(`/campaigns/${id}`);
  const outcome = page.getByRole("region", { name: "Outcome" });
  await outcome.getByRole("button", { name: "Send again" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Make a draft for 1 person" }).waitFor();
  await dialog.getByRole("radio", { name: /not opened/ }).check();
  await dialog.locator(".problem").waitFor();
  assert.equal(await dialog.getByRole("button", { name: "Make the draft" }).isDisabled(), true);
  await dialog.getByRole("radio", { name: /failed for/ }).check();
  await dialog.getByRole("button", { name: "Make a draft for 1 person" }).click();

  await page.waitForURL((url) => /^\/campaigns\/cmp_/.test(url.pathname) && !url.pathname.endsWith(id));
  await page.getByText("1 person", { exact: true }).waitFor();
  assert.equal(await page.getByLabel("Text", { exact: true }).inputValue(), "Hello {{name}}");
  const before = provider.posts.length;
  await page.getByRole("button", { name: "Schedule 1 message" }).click();
  await page.waitForURL(/let_go=/);
  await until("the message to the one", () => postsTo(REFUSED) === 2);
  await until("the end", async () => (await api("GET", `/campaigns/${id}/resends`)).items[0].status === "completed");
  await page.getByText(/went to 1 person/).waitFor({ timeout: PATIENCE_MS });
  assert.equal(provider.posts.length, before + 1);
  assert.deepEqual(browser.complaints, []);
});

test("a send-out by SMS and by mail is one, with its channels as tabs", async () => {
  const letter = await api("POST", "/senders", { name: "Letters", channel: "email", provider: { kind: "sandbox" }, policy: { time_zone: "UTC" } });
  const { id: first } = await api("POST", "/campaigns", { name: "Open day", sender_id: sender.id, content: { text: "Hello {{name}}" } });
  await api("POST", `/campaigns/${first}/recipients?file_name=people.csv`, FILE);
  await api("POST", `/campaigns/${first}/schedule`, { at: Date.now() + 86_400_000 });
  await api("POST", `/campaigns/${first}/stop`, {});
  await page.goto(`/campaigns/${first}`);
  await page.getByRole("button", { name: "Send again" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name: /Somebody else/ }).check();
  await dialog.getByLabel("Through").selectOption(letter.id);
  assert.deepEqual(await accessibilityProblems(page), []);
  await dialog.getByRole("button", { name: "Make the draft" }).click();

  const tabs = page.getByRole("navigation", { name: "The send-out, by channel" });
  const shown = (name) => tabs.locator("a[aria-current=page]", { hasText: name }).waitFor();
  await shown("Email");
  await page.getByLabel("Subject").waitFor();
  await tabs.getByRole("link", { name: "SMS" }).click();
  await page.waitForURL(`**/campaigns/${first}`);
  await shown("SMS");
  assert.deepEqual(await accessibilityProblems(page), []);
  assert.deepEqual(browser.complaints, []);
});

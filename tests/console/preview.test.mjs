// What the page promises before the launch, held against the real server: the same instants, the same
// people left out, and the reason for each pause.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openConsole } from "./browser.mjs";

const PEOPLE = 500;
const A_DAY = 100;
const DAY_MS = 86_400_000;
const FILE = ["name,phone", ...Array.from({ length: PEOPLE }, (_, i) => `Person ${i},+336${10_000_000 + i}`)].join("\n");

const { server, browser, page, api } = await openConsole({ patience_ms: 15_000 });
const sender = await api("POST", "/senders", { name: "Front desk", channel: "sms", provider: { kind: "sandbox" }, policy: { time_zone: "UTC", gap: "1s" } });
// Today, tomorrow and the morning after: three days' worth of messages.
const ends_at = `${new Date(Date.now() + 2 * DAY_MS).toISOString().slice(0, 10)}T12:00`;
const policy = { time_zone: "UTC", limits: [{ max: A_DAY, calendar: "day" }], ends_at };
const { id } = await api("POST", "/campaigns", { name: "Term dates", sender_id: sender.id, content: { text: "Hello {{name}}" }, policy });
await api("POST", `/campaigns/${id}/recipients?file_name=people.csv`, FILE);

/** As the page writes it for a reader in Britain. */
function stamp(at) {
  const year = new Date(at).getFullYear() === new Date().getFullYear() ? {} : { year: "numeric" };
  const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", ...year, timeZone: "UTC" });
  return `${day.format(at).replaceAll(",", "")} ${new Date(at).toISOString().slice(11, 16)}`;
}

const panel = () => page.getByRole("region", { name: "The plan" });

test("[B1] [B6] the page names the last instant and the people left out that the server names", async () => {
  const plan = await api("POST", `/campaigns/${id}/plan`, {});
  assert.equal(plan.unplanned, PEOPLE - 3 * A_DAY);
  await page.goto(`/campaigns/${id}`);
  await panel().getByText(`${plan.unplanned} people miss the end date.`).waitFor();
  assert.equal(await panel().locator(".done").textContent(), `Done ${stamp(plan.last)}.`);
  const days = await panel().getByRole("list", { name: "Messages a day" }).getByRole("button").allTextContents();
  assert.deepEqual(days.map((text) => Number(/(\d+)\s+messages/.exec(text)[1])), plan.days.map(({ count }) => count));
});

test("[B3] each pause says what it waits for, with the numbers and until when", async () => {
  await page.goto(`/campaigns/${id}`);
  const pauses = panel().getByRole("list", { name: /pause/ }).getByRole("button");
  await pauses.first().focus();
  assert.match(await pauses.first().textContent(), /waits for:\s*daily limit, until/);
  await page.locator("[data-gate='limits[0]'].lit").waitFor();
  await pauses.first().getByText(/100 of 100/).waitFor();
});

test("[B4] what would reach everybody by the end is found, and one press does it", async () => {
  await page.goto(`/campaigns/${id}`);
  const use = panel().getByRole("group", { name: "Advice" }).getByRole("button", { name: "Use 167" });
  await use.click();
  await panel().getByText("miss the end date").waitFor({ state: "detached" });
  await page.getByRole("status").getByText("Draft saved").waitFor();
  const { unplanned } = await api("POST", `/campaigns/${id}/plan`, {});
  assert.equal(unplanned, 0);
  assert.deepEqual(browser.complaints, []);
});

test("[B6] a campaign that is let go already and starts later has its turn later, on the page too", async () => {
  const line = await api("POST", "/senders", { name: "Pilot line", channel: "sms", provider: { kind: "sandbox" }, policy: { time_zone: "UTC", gap: "60s" } });
  const people = (n, from) => ["name,phone", ...Array.from({ length: n }, (_, i) => `Person ${i},+336${from + i}`)].join("\n");
  const made = async (name, n, from) => {
    const campaign = await api("POST", "/campaigns", { name, sender_id: line.id, content: { text: "Hello {{name}}" } });
    await api("POST", `/campaigns/${campaign.id}/recipients?file_name=people.csv`, people(n, from));
    return campaign.id;
  };
  const later = await made("Berth fees", 600, 20_000_000);
  await api("POST", `/campaigns/${later}/schedule`, { at: new Date(Date.now() + DAY_MS).toISOString() });
  // Thirty hours of messages, the last of them past the other's start.
  const first = await made("Winter hours", 1_800, 30_000_000);
  const { lanes, lane_index } = await api("POST", `/campaigns/${first}/plan`, {});
  const { last } = lanes[lane_index];
  await page.goto(`/campaigns/${first}`);
  await panel().getByText(/1,800 people/).first().waitFor();
  const done = await panel().locator(".done").textContent();
  // Its start is the moment at which it is planned.
  assert.ok([-1, 0, 1].some((minutes) => done === `Done ${stamp(last + minutes * 60_000)}.`), `${done} is not about ${stamp(last)}`);
  assert.deepEqual(browser.complaints, []);
});

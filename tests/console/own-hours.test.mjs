// A draft whose people have hours of their own: the page plans by the campaign's clock, the server by each person's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibilityProblems, assertFits, openConsole } from "./browser.mjs";
import { AT, campaign, COMMON, OFFICE, outlook, planned, sender, standIn } from "./stand-in.mjs";

const { browser, page, api } = await openConsole();

const list = (items) => ({ items, next_cursor: null });
const plan = () => page.getByRole("region", { name: "The plan" });
const HOURS = { person_policy: { hours: { windows: [{ from: "18:00", to: "20:00" }] }, limits: [{ max: 1, rolling: "24h" }] } };
const team = (more) => ({ ...COMMON["GET /teams/team_main"], ...more });
/** Friday, 4 December, 18:30 in Paris. */
const LAST = Date.UTC(2026, 11, 4, 17, 30);

async function compose({ given = {}, more = {} } = {}) {
  let state = campaign(900, { policy: {}, ...given });
  return standIn(page, {
    "GET /senders": list([sender()]),
    "GET /senders/snd_1/outlook": outlook(OFFICE),
    "GET /campaigns": list([]),
    "GET /campaigns/cmp_1": () => state,
    "PATCH /campaigns/cmp_1": (body) => (state = { ...state, ...body, version: state.version + 1 }),
    "POST /campaigns/cmp_1/plan": planned(890, { unplanned: 10, first: AT, last: LAST }),
    ...more,
  });
}

const ways = {
  "the team has hours for each person": { more: { "GET /teams/team_main": team(HOURS) } },
  "the campaign has hours for its people": { given: { recipient_policy: { windows: [{ from: "18:00", to: "20:00" }] } } },
  "its people are in zones": { given: { zones: [{ time_zone: "America/New_York", people: 9, left: 9, released: 0 }] } },
};

for (const [what, asked] of Object.entries(ways)) {
  test(`where ${what}, the finish sentence says what is not in it until the server has told it`, async () => {
    let tell;
    const told = new Promise((resolve) => (tell = resolve));
    await compose(asked);
    await page.route("**/campaigns/cmp_1/plan", async (route) => (await told, route.fallback()));
    await page.goto("/campaigns/cmp_1");
    await plan().getByText("By the campaign’s clock alone: the hours of each person are not in it.").waitFor();
    await page.getByRole("button", { name: "Planning with the hours of each person" }).waitFor();
    tell();
    await plan().getByText("Done Fri 4 Dec 18:30.").waitFor();
    await plan().getByText("10 people get no turn.").waitFor();
    await plan().getByText("The hours of each person are in it, but not in the calendar and the advice.").waitFor();
    await page.getByRole("button", { name: "Schedule 890 of 900 messages" }).waitFor();
    assert.deepEqual(await accessibilityProblems(page), []);
  });
}

test("where nobody has hours of their own, the sentence is as it was, and the server is not asked", async () => {
  const asked = await compose();
  await page.goto("/campaigns/cmp_1");
  await plan().getByText("900 people").waitFor();
  await page.waitForTimeout(1_500);
  assert.equal(await plan().locator(".note").count(), 0);
  assert.ok(!asked.includes("POST /campaigns/cmp_1/plan"));
});

test("the server is asked a moment after the last change, not at each key", async () => {
  const asked = await compose(ways["the team has hours for each person"]);
  const times = () => asked.filter((name) => name.endsWith("/plan")).length;
  await page.goto("/campaigns/cmp_1");
  await plan().getByText("Done Fri 4 Dec 18:30.").waitFor();
  assert.equal(times(), 1);
  await page.getByRole("button", { name: "Add a daily limit" }).click();
  await page.getByLabel("Messages, limit 1").pressSequentially("12345", { delay: 100 });
  // What the server said was of other rules.
  await plan().getByText("By the campaign’s clock alone").waitFor();
  await plan().getByText("Done Fri 4 Dec 18:30.").waitFor();
  assert.equal(times(), 2);
});

test("a server's plan that is another than the one shown is said before it is let go, once", async () => {
  const asked = await compose({ more: { "POST /campaigns/cmp_1/schedule": campaign(900, { status: "scheduled" }) } });
  await page.goto("/campaigns/cmp_1");
  await page.getByRole("button", { name: "Schedule 900 messages" }).click();
  await page.getByText("By the server’s plan it is done Fri 4 Dec 18:30, and 10 people get no turn. Press again to schedule it so.").waitFor();
  assert.ok(!asked.includes("POST /campaigns/cmp_1/schedule"));
  await page.getByRole("button", { name: "Schedule 900 messages" }).click();
  await page.waitForURL("**/campaigns?let_go=cmp_1");
  assert.ok(asked.includes("POST /campaigns/cmp_1/schedule"));
});

test("how many are at the limit for one person is said before it goes, with what becomes of them", async () => {
  const estimate = { ...COMMON["GET /campaigns/cmp_1/estimate"], recipients: 900, at_their_limit: { people: 12, looked_at: 900 } };
  await compose({ more: { "GET /campaigns/cmp_1/estimate": estimate } });
  await page.goto("/campaigns/cmp_1");
  await page.getByText("12 people at the limit").waitFor();
  await page.getByText("waits until they may be written to again").waitFor();
  await compose({ more: { "GET /teams/team_main": team({ person_policy: { over: "skip" } }), "GET /campaigns/cmp_1/estimate": { ...estimate, at_their_limit: { people: 1, looked_at: 400 } } } });
  await page.reload();
  await page.getByText("1 person at the limit").waitFor();
  await page.getByText("as it is right now, of 400 people looked at.").waitFor();
  await page.getByText("Who still is when their turn comes is left out.").waitFor();
  await page.setViewportSize({ width: 360, height: 740 });
  await assertFits(page);
  await page.setViewportSize({ width: 1440, height: 900 });
  assert.deepEqual(await accessibilityProblems(page), []);
});

test("on the real server, the sentence is that of its plan, on a phone too", async () => {
  await page.unrouteAll();
  const me = await api("GET", "/me");
  await api("PATCH", `/teams/${me.team_id}`, HOURS);
  const { id: from } = await api("POST", "/senders", { name: "Front desk", channel: "sms", provider: { kind: "sandbox" }, policy: { time_zone: "Europe/Paris" } });
  const { id } = await api("POST", "/campaigns", { name: "Evening", sender_id: from, content: { text: "Hello {{name}}" } });
  await api("POST", `/campaigns/${id}/recipients?file_name=people.csv`, "name,phone,time_zone\nZoë,+33612345601,Europe/Paris\nBo,+12125550101,America/New_York\n");
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(`/campaigns/${id}`);
  await plan().getByText("each in hours of their own").waitFor();
  const { lane, lanes } = await api("POST", `/campaigns/${id}/plan`, {});
  const last = Math.max(...lanes.filter(({ name }) => name === lane).map((one) => one.last));
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: "Europe/Paris", weekday: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
  const { weekday, day, hour } = Object.fromEntries(parts.formatToParts(last).map(({ type, value }) => [type, value]));
  assert.match(await plan().locator(".done").textContent(), new RegExp(`^Done ${weekday} ${day} \\w+( \\d+)? ${hour}:`));
  await assertFits(page);
  assert.deepEqual(browser.complaints, []);
});

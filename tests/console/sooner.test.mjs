// What would make a campaign be done sooner, on its page while it waits or runs: the same advice as before it was let go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibilityProblems, openStandIn } from "./browser.mjs";
import { AT, campaign, COMMON, OFFICE, outlook, sender, standIn } from "./stand-in.mjs";

const { browser, page } = await openStandIn();

const list = (items) => ({ items, next_cursor: null });
const advice = () => page.getByRole("region", { name: "The plan" }).getByRole("group", { name: "Advice" });

async function watched({ status = "in_progress", policy = {}, rules = OFFICE, me = {} } = {}) {
  const patches = [];
  let state = sender(rules);
  const layers = [
    { name: "campaign", policy, history: [] },
    { name: "schedule", policy: { starts_at: new Date(AT).toISOString() }, history: [] },
  ];
  // Another comes after it: when that one is done is not the question.
  const lanes = [
    { name: "cmp_1", layers, count: 500 },
    { name: "cmp_2", layers, count: 5_000 },
  ];
  const more = { status, starts_at: AT, started_at: status === "scheduled" ? null : AT, policy };
  await standIn(page, {
    "GET /me": { ...COMMON["GET /me"], ...me },
    "GET /senders": list([sender(rules)]),
    "GET /senders/snd_1": () => state,
    "PATCH /senders/snd_1": (body) => (patches.push(body), (state = { ...state, ...body, version: state.version + 1 })),
    "GET /senders/snd_1/outlook": () => outlook(state.policy, { lanes }),
    "GET /campaigns/cmp_1": campaign(500, more),
    "GET /campaigns/cmp_1/pace": { promises: [], runs: [], days: [], changes: [], lateness: null },
    "GET /campaigns/cmp_1/messages": list([]),
  });
  await page.goto("/campaigns/cmp_1");
  return { patches };
}

test("a campaign under way says which rule of its sender would have it done sooner, and one press does it", async () => {
  const { patches } = await watched({ me: { role: "administrator" } });
  await advice().getByText("To finish by").waitFor();
  const use = advice().getByRole("button", { name: /^Use / }).first();
  await use.click();
  await page.getByRole("dialog").or(page.getByRole("alertdialog")).getByRole("button", { name: /on Front desk$/ }).click();
  await advice().getByText("keeps the new rule").waitFor();
  assert.equal(patches[0].version, 1);
  assert.ok(patches[0].policy.limits[0].max > 200);
  assert.deepEqual(await accessibilityProblems(page), []);
});

test("a rule of its own is changed where that can be done, before it begins", async () => {
  const own = { time_zone: "Europe/Paris", limits: [{ max: 60, calendar: "day" }] };
  const rules = { time_zone: "Europe/Paris", windows: OFFICE.windows };
  await watched({ status: "scheduled", policy: own, rules });
  const change = advice().getByRole("link", { name: "Change its rules" }).first();
  assert.equal(await change.getAttribute("href"), "/campaigns/cmp_1?change=1");
  await watched({ policy: own, rules });
  await advice().getByRole("listitem").first().waitFor();
  assert.equal(await advice().getByRole("link").count(), 0);
});

test("whoever may only look is told what would do it, and offered nothing", async () => {
  await watched({ me: { role: "viewer" } });
  await advice().getByRole("listitem").first().waitFor();
  assert.equal(await advice().getByRole("button").count(), 0);
});

test.after(() => assert.deepEqual(browser.complaints, []));

// What becomes of a draft that is left and found again: nothing that was typed is lost, and nothing goes sooner than was said.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibilityProblems, openStandIn } from "./browser.mjs";
import { campaign, COMMON, OFFICE, outlook, planned, sender, standIn } from "./stand-in.mjs";

const { browser, page } = await openStandIn();

const list = (items) => ({ items, next_cursor: null });
const name = () => page.getByLabel("Name of the campaign");
const text = () => page.getByLabel("Text");
const said = () => page.getByRole("status");
const start = (when) => page.getByRole("group", { name: "Start" }).getByRole("radio", { name: when });
/** As its parts read: `24/11/2026 09:00`. */
const startsAt = async () => (await page.locator("[data-segment]").allTextContents()).join("").replace(/\D/g, "");

/** A server that keeps what it is sent, as the real one does. */
async function server({ total = 0, given = {}, more = {} } = {}) {
  let state = campaign(total, { policy: {}, ...given });
  const bodies = [];
  const keep = (body) => {
    bodies.push(body);
    return (state = { ...state, ...body, version: state.version + 1 });
  };
  const asked = await standIn(page, {
    "GET /senders": list([sender(), { ...sender(), id: "snd_2", name: "Pilot line" }]),
    "GET /senders/snd_1/outlook": outlook(OFFICE),
    "GET /senders/snd_2/outlook": outlook(OFFICE),
    "GET /campaigns": list([]),
    "GET /campaigns/cmp_1": () => state,
    "POST /campaigns": keep,
    "PATCH /campaigns/cmp_1": keep,
    ...more,
  });
  return { asked, bodies, state: () => state };
}

test.beforeEach(async () => {
  await server();
  await page.goto("/campaigns");
  await page.evaluate(() => Object.keys(localStorage).forEach((key) => localStorage.removeItem(key)));
});

test("a new draft that is found again has its sender and its start", async () => {
  await page.goto("/campaigns/new?sender=snd_1");
  await name().fill("Winter hours");
  await page.getByLabel("Sender", { exact: true }).selectOption("Pilot line");
  await start("At a time").check({ force: true });
  await said().getByText("Kept on this device").waitFor();
  const before = await startsAt();
  assert.match(before, /^\d{12}$/);
  await page.reload();
  await page.locator("[data-segment]").first().waitFor();
  assert.equal(await name().inputValue(), "Winter hours");
  assert.equal(await page.getByLabel("Sender", { exact: true }).inputValue(), "snd_2");
  assert.equal(await startsAt(), before);
});

test("a saved draft that is found again still has its start, and says that it is kept here", async () => {
  await server({ total: 3 });
  await page.goto("/campaigns/cmp_1");
  await start("At a time").check({ force: true });
  await said().getByText("Draft saved, its start kept on this device").waitFor();
  const before = await startsAt();
  await page.reload();
  await page.locator("[data-segment]").first().waitFor();
  assert.equal(await start("At a time").isChecked(), true);
  assert.equal(await startsAt(), before);
  await start("Now").check({ force: true });
  await said().getByText("Draft saved", { exact: true }).waitFor();
  await page.waitForFunction(() => localStorage.length === 0);
});

test("the start that is kept is the one that is scheduled, and is kept no longer", async () => {
  const scheduled = [];
  await server({ total: 3, more: { "POST /campaigns/cmp_1/plan": planned(3), "POST /campaigns/cmp_1/schedule": (body) => (scheduled.push(body), campaign(3, { status: "scheduled" })) } });
  await page.goto("/campaigns/cmp_1");
  await start("At a time").check({ force: true });
  await said().getByText("its start kept on this device").waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Schedule 3 messages" }).click();
  await page.waitForURL("**/campaigns?let_go=cmp_1");
  assert.ok(scheduled[0].at > Date.now() + 300_000, "it would go at once");
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

test("while a rule is unsound the rest is saved, and the rule is there again after a reload", async () => {
  const { bodies, state } = await server({ total: 3 });
  await page.goto("/campaigns/cmp_1");
  await page.getByRole("button", { name: "Add a daily limit" }).click();
  await said().getByText("Draft saved", { exact: true }).waitFor();
  const sound = state().policy;
  await page.getByLabel("Messages, limit 1").fill("");
  await text().fill("Hello {{name}}, we open at nine");
  await said().getByText("Draft saved, its rules kept on this device").waitFor();
  assert.equal(state().content.text, "Hello {{name}}, we open at nine");
  assert.deepEqual(state().policy, sound);
  assert.ok(!("policy" in bodies.at(-1)), "the rules go by themselves");
  await page.reload();
  assert.equal(await text().inputValue(), "Hello {{name}}, we open at nine");
  assert.equal(await page.getByLabel("Messages, limit 1").inputValue(), "");
  await page.getByLabel("Messages, limit 1").fill("50");
  await said().getByText("Draft saved", { exact: true }).waitFor();
  assert.equal(state().policy.limits[0].max, 50);
  await page.waitForFunction(() => localStorage.length === 0);
});

test("what somebody else has changed meanwhile is not written over by what was kept here", async () => {
  const { state } = await server({ total: 3 });
  await page.goto("/campaigns/cmp_1");
  await start("At a time").check({ force: true });
  await page.getByRole("button", { name: "Add a daily limit" }).click();
  await page.getByLabel("Messages, limit 1").fill("");
  await said().getByText("Draft saved, its rules kept on this device").waitFor();
  const before = await startsAt();
  await server({ total: 3, given: { ...state(), content: { text: "Theirs" }, version: 9 } });
  await page.reload();
  await page.locator("[data-segment]").first().waitFor();
  assert.equal(await text().inputValue(), "Theirs");
  assert.equal(await page.getByLabel("Messages, limit 1").count(), 0);
  assert.equal(await startsAt(), before);
});

test("what was typed in one team is not found in another", async () => {
  const team = (id) => ({ "GET /me": { ...COMMON["GET /me"], team_id: id, teams: [{ id, name: id, queue: "on", role: "operator" }] }, [`GET /teams/${id}`]: { ...COMMON["GET /teams/team_main"], id } });
  await server({ more: team("team_a") });
  await page.goto("/campaigns/new");
  await text().fill("For our berths");
  await said().getByText("Kept on this device").waitFor();
  await server({ more: team("team_b") });
  await page.reload();
  assert.equal(await text().inputValue(), "");
  await server({ more: team("team_a") });
  await page.reload();
  assert.equal(await text().inputValue(), "For our berths");
  await page.getByRole("button", { name: "Sign out" }).click();
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

test("who was in a file is not left in the tab when one signs out", async () => {
  await server({ more: { "POST /campaigns/cmp_1/recipients": { list_id: "lst_1", column: "phone", time_zone_column: null, accepted: 1, duplicates: 0, rejected: [], rejected_total: 0, total: 1, version: 3 } } });
  await page.goto("/campaigns/cmp_1");
  await page.getByLabel("Choose a CSV file").setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from("name,phone\nZoë,+33612345601\n") });
  await page.getByText("1 people").or(page.getByText("1 person")).first().waitFor();
  assert.match(await page.evaluate(() => JSON.stringify(sessionStorage)), /Zoë/);
  await page.getByRole("button", { name: "Sign out" }).click();
  assert.equal(await page.evaluate(() => sessionStorage.length), 0);
});

const DEFAULTS = {
  policy: { time_zone: "Europe/Paris", limits: [{ max: 40, calendar: "day" }] },
  lateness: { then: "expire", after: "4h" },
  tracking: { clicks: true },
};
const teamWith = (defaults) => ({ "GET /teams/team_main": { ...COMMON["GET /teams/team_main"], defaults, person_policy: {} } });

test("a new campaign begins with what the team says of new campaigns, and may change it", async () => {
  const { bodies } = await server({ more: { ...teamWith(DEFAULTS), "POST /campaigns/cmp_1/recipients": { list_id: "lst_1", column: "phone", time_zone_column: null, accepted: 1, duplicates: 0, rejected: [], rejected_total: 0, total: 1, version: 3 } } });
  await page.goto("/campaigns/new");
  assert.equal(await page.getByLabel("Messages, limit 1").inputValue(), "40");
  assert.equal(await page.getByRole("radio", { name: "Are left out" }).isChecked(), true);
  assert.equal(await page.getByLabel("When a link is followed").isChecked(), true);
  assert.equal(await page.getByRole("button", { name: "Undo" }).count(), 0, "there is nothing to take back");
  await page.getByLabel("Messages, limit 1").fill("60");
  await page.getByLabel("Choose a CSV file").setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from("name,phone\nZoë,+33612345601\n") });
  await page.getByText("1 person").first().waitFor();
  const [made] = bodies;
  assert.deepEqual(made.policy, { time_zone: "Europe/Paris", limits: [{ max: 60, calendar: "day" }] });
  assert.deepEqual(made.lateness, DEFAULTS.lateness);
  // The server puts it in; asked for by name it is refused where nothing can be tracked.
  assert.ok(!("tracking" in made.content));
});

test("what is tracked of a draft outlives the next save, without what its channel has not", async () => {
  const content = { text: "Hello {{name}}", tracking: { opens: true, clicks: true } };
  const { state } = await server({ total: 3, given: { content } });
  await page.goto("/campaigns/cmp_1");
  await text().fill("Hello {{name}}, see https://harbour.example");
  await said().getByText("Draft saved", { exact: true }).waitFor();
  assert.deepEqual(state().content.tracking, { clicks: true });
  await page.getByLabel("When a link is followed").uncheck();
  await page.waitForFunction(() => document.querySelector(".saved [role=status]").textContent !== "Draft saved");
  await said().getByText("Draft saved", { exact: true }).waitFor();
  assert.deepEqual(state().content.tracking, { clicks: false });
});

test("of a mail openings can be left alone, and why nothing is tracked is said there", async () => {
  const mail = { channel: "email", content: { text: "Hello {{name}}", subject: "Winter" } };
  const message = "nothing can be tracked, because nobody said at which address this deployment is reached";
  const post = { ...sender(), channel: "email" };
  const { state } = await server({ total: 3, given: mail, more: { "GET /senders": list([post]) } });
  await page.goto("/campaigns/cmp_1");
  assert.equal(await page.getByLabel("When it is opened").isChecked(), true);
  await page.getByLabel("When it is opened").uncheck();
  await page.waitForFunction(() => document.querySelector(".saved [role=status]").textContent !== "Draft saved");
  await said().getByText("Draft saved", { exact: true }).waitFor();
  assert.deepEqual(state().content.tracking, { opens: false });
  const problem = { opens: false, clicks: false, problem: { code: "no_public_url", message } };
  await server({ total: 3, given: { ...mail, tracking: problem }, more: { "GET /senders": list([post]) } });
  await page.reload();
  await page.getByText(message).waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  for (const box of ["When it is opened", "When a link is followed"]) await page.getByLabel(box).uncheck();
  await page.getByText(message).waitFor({ state: "detached" });
});

test("a save of the team's settings leaves what is tracked of its campaigns", async () => {
  const changes = [];
  const me = { ...COMMON["GET /me"], role: "administrator" };
  const team = teamWith(DEFAULTS);
  await server({ more: { "GET /me": me, ...team, "PATCH /teams/team_main": (body) => (changes.push(body), { ...team["GET /teams/team_main"], ...body, version: 2 }) } });
  await page.goto("/team/settings");
  await page.getByLabel("Name of the team").fill("Harbour");
  await page.getByRole("button", { name: "Save changes" }).click();
  await said().getByText("Saved").waitFor();
  assert.deepEqual(changes[0].defaults.tracking, DEFAULTS.tracking);
});

test.after(() => assert.deepEqual(browser.complaints, []));

// Two people at one draft, one sender, one team: nobody's change is written over unseen, and what somebody typed is not
// lost to somebody else's change.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibilityProblems, openStandIn } from "./browser.mjs";
import { campaign, COMMON, OFFICE, outlook, Refusal, sender, standIn } from "./stand-in.mjs";

const { browser, page } = await openStandIn();

const list = (items) => ({ items, next_cursor: null });
const name = () => page.getByLabel("Name of the campaign");
const text = () => page.getByLabel("Text", { exact: true });
const said = () => page.getByRole("status");
const FILE = { name: "people.csv", mimeType: "text/csv", buffer: Buffer.from("name,phone\nZoë,+33612345601\n") };

/** A server that refuses a change to a version that is not there any more, as the real one does. */
async function server({ given = {}, more = {} } = {}) {
  let state = campaign(3, { policy: {}, ...given });
  const patches = [];
  await standIn(page, {
    "GET /senders": list([sender()]),
    "GET /senders/snd_1/outlook": outlook(OFFICE),
    "GET /senders/snd_1/price": { price: null },
    "GET /senders/snd_1/sends": list([]),
    "GET /senders/snd_1/inbound": { url: "https://tidegate.example/in" },
    "GET /campaigns": list([]),
    "GET /campaigns/cmp_1": () => state,
    "PATCH /campaigns/cmp_1": (body) => {
      patches.push(body);
      if (body.version !== state.version) return new Refusal(409, "changed_meanwhile", "somebody else has changed it");
      return (state = { ...state, ...body, version: state.version + 1 });
    },
    "POST /campaigns/cmp_1/recipients": () => {
      state = { ...state, version: state.version + 1, progress: { ...state.progress, total: 4 } };
      return { list_id: "lst_1", column: "phone", time_zone_column: null, accepted: 1, duplicates: 0, rejected: [], rejected_total: 0, total: 4, version: state.version };
    },
    ...more,
  });
  /** What somebody else does meanwhile. */
  const elsewhere = (changes) => (state = { ...state, ...changes, version: state.version + 1 });
  return { patches, elsewhere, state: () => state };
}

test.beforeEach(async () => {
  await server();
  await page.goto("/campaigns");
  await page.evaluate(() => localStorage.clear());
});

test("a file of people does not make somebody else's version one's own", async () => {
  const { patches, elsewhere, state } = await server();
  await page.goto("/campaigns/cmp_1");
  await text().waitFor();
  elsewhere({ content: { text: "Theirs" } });
  await page.getByLabel("Add a file").setInputFiles(FILE);
  await page.getByText("4 people").first().waitFor();
  await name().fill("Winter hours");
  await page.getByText("somebody else has changed it").waitFor();
  assert.equal(patches[0].version, 1, "the version that was on the screen");
  assert.equal(state().content.text, "Theirs");
});

test("a file of people that nobody came between is a version of one's own", async () => {
  const { patches, state } = await server();
  await page.goto("/campaigns/cmp_1");
  await page.getByLabel("Add a file").setInputFiles(FILE);
  await page.getByText("4 people").first().waitFor();
  await name().fill("Winter hours");
  await said().getByText("Draft saved", { exact: true }).waitFor();
  assert.equal(patches[0].version, 2);
  assert.equal(state().name, "Winter hours");
});

test("what was refused is saved no more by itself, and stands beside what is there now until it is put back", async () => {
  const { patches, elsewhere, state } = await server();
  await page.goto("/campaigns/cmp_1");
  await text().waitFor();
  elsewhere({ content: { text: "Theirs" } });
  await text().fill("Mine, of an hour");
  await page.getByText("somebody else has changed it").waitFor();
  await name().fill("Winter hours");
  await page.waitForTimeout(1_200);
  assert.equal(patches.length, 1, "each key was sent, and refused");
  await page.getByRole("button", { name: "Load what is there now" }).click();
  await said().getByText("it has another name and text").waitFor();
  assert.equal(await text().inputValue(), "Theirs");
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.reload();
  await said().getByText("it has another name and text").waitFor();
  await page.getByRole("button", { name: "Put mine back" }).click();
  assert.equal(await text().inputValue(), "Mine, of an hour");
  await said().getByText("Draft saved", { exact: true }).waitFor();
  assert.deepEqual([state().name, state().content.text], ["Winter hours", "Mine, of an hour"]);
  await page.waitForFunction(() => localStorage.length === 0);
});

test("what was refused is there after a reload, until it is discarded", async () => {
  const { elsewhere, state } = await server();
  await page.goto("/campaigns/cmp_1");
  await text().waitFor();
  elsewhere({ content: { text: "Theirs" } });
  await text().fill("Mine, of an hour");
  await page.getByText("somebody else has changed it").waitFor();
  await page.reload();
  await said().getByText("it has another text").waitFor();
  assert.equal(await text().inputValue(), "Theirs");
  await name().fill("Winter hours");
  await said().getByText("Draft saved", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Discard mine" }).click();
  await page.waitForFunction(() => localStorage.length === 0);
  assert.deepEqual([state().name, state().content.text], ["Winter hours", "Theirs"]);
});

test("a sender's rules that were refused are there after a reload", async () => {
  let state = sender({ ...OFFICE, gap: "30s" });
  await server({
    more: {
      "GET /me": { ...COMMON["GET /me"], role: "administrator" },
      "GET /senders/snd_1": () => state,
      "PATCH /senders/snd_1": (body) =>
        body.version === state.version ? (state = { ...state, ...body, version: state.version + 1 }) : new Refusal(409, "stale_version", "the sender is at version 2"),
    },
  });
  await page.goto("/senders/snd_1");
  const field = () => page.getByLabel("Name", { exact: true });
  await field().fill("My desk");
  state = { ...state, name: "Their desk", version: 2 };
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("button", { name: "Load what is there now" }).waitFor();
  await page.reload();
  await said().getByText("it has another name").waitFor();
  assert.equal(await field().inputValue(), "Their desk");
  await field().fill("Their other desk");
  await field().fill("Their desk");
  await page.getByRole("button", { name: "Put mine back" }).click();
  assert.equal(await field().inputValue(), "My desk");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Saved. Campaigns under way follow").waitFor();
  assert.equal(state.name, "My desk");
  await page.waitForFunction(() => localStorage.length === 0);
});

test("the switch of the queue does not make somebody else's version one's own", async () => {
  const patches = [];
  let team = { ...COMMON["GET /teams/team_main"], person_policy: {}, version: 3 };
  await server({
    more: {
      "GET /me": { ...COMMON["GET /me"], role: "administrator" },
      "GET /teams/team_main": () => team,
      "PATCH /teams/team_main": (body) => {
        patches.push(body);
        if (body.version !== undefined && body.version !== team.version) return new Refusal(409, "stale_version", "the team is another");
        return (team = { ...team, ...body, version: team.version + 1 });
      },
    },
  });
  await page.goto("/team/settings");
  const field = page.getByLabel("Name of the team");
  await field.waitFor();
  team = { ...team, name: "Theirs", version: 4 };
  await page.getByRole("button", { name: "Switch off" }).click();
  await page.getByRole("button", { name: "Switch it off" }).click();
  await page.getByRole("button", { name: "Switch on" }).waitFor();
  await field.fill("Ours");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("the team is another").waitFor();
  assert.equal(patches.at(-1).version, 3);
  assert.equal(team.name, "Theirs");
});

test.after(() => assert.deepEqual(browser.complaints, []));

// The team's pages against the real server: people, keys, words, the queue, the log, and one's own day.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { accessibilityProblems, openConsole } from "./browser.mjs";
import { apiOf } from "./scene.mjs";

const { server, browser, page, api } = await openConsole();

const dialog = () => page.getByRole("dialog");
const row = (name) => page.getByRole("row").filter({ hasText: name });

test("somebody is added, gets a key that is shown once, and it opens what the role allows", async () => {
  await page.goto("/team");
  await page.getByRole("button", { name: "Add a person" }).click();
  await dialog().getByLabel("Name").fill("Ada Marin");
  await dialog().getByLabel("Mail address").fill("no address");
  await dialog().getByRole("button", { name: "Add Ada Marin" }).click();
  await dialog().locator(".problem").waitFor();
  assert.equal(await dialog().getByLabel("Mail address").getAttribute("aria-invalid"), "true");
  await dialog().getByLabel("Mail address").fill("ada@example.com");
  await dialog().getByRole("button", { name: "Add Ada Marin" }).click();
  await page.getByRole("link", { name: "Make a key for Ada Marin" }).click();

  await dialog().getByLabel("What it is for").fill("Laptop");
  await dialog().getByLabel("It may do").selectOption("viewer");
  await dialog().getByRole("button", { name: "Make the key" }).click();
  const key = await dialog().getByLabel("The key").inputValue();
  assert.equal(await dialog().getByLabel("The key").evaluate((input) => document.activeElement === input || input.readOnly), true);
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 5);
  assert.equal(await dialog().getByLabel("The key").inputValue(), key);
  await dialog().getByRole("button", { name: "I have it" }).click();
  await dialog().waitFor({ state: "detached" });
  assert.equal(await page.getByText(key).count(), 0);
  await row("Laptop").getByText("Never").first().waitFor();

  const me = await apiOf({ url: server.url, key })("GET", "/me");
  assert.deepEqual([me.name, me.role], ["Ada Marin", "viewer"]);

  await row("Laptop").getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("button", { name: "Revoke it" }).click();
  await row("Laptop").getByRole("button", { name: "Revoke" }).waitFor({ state: "detached" });
  await assert.rejects(apiOf({ url: server.url, key })("GET", "/me"), /401/);
});

test("a role is changed where it stands, and nobody can lock everybody out", async () => {
  await page.goto("/team");
  await page.getByLabel("Role of Ada Marin").selectOption("administrator");
  await page.waitForFunction(() => document.querySelector("[aria-label='Role of Ada Marin']")?.value === "administrator");
  const { items } = await api("GET", "/users");
  assert.equal(items.find(({ name }) => name === "Ada Marin").teams[0].role, "administrator");
  await row("first admin").getByRole("button", { name: "Leave" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Leave" }).waitFor();
  await page.keyboard.press("Escape");
});

test("the words of a lexicon are shown before they are chosen, and then used", async () => {
  const sender = await api("POST", "/senders", { name: "Front desk", channel: "sms", provider: { kind: "sandbox" }, policy: {} });
  await api("POST", "/campaigns", { name: "Term dates", sender_id: sender.id, content: { text: "Hello" } });
  await page.goto("/team/settings");
  const preview = page.getByRole("group", { name: "How statuses will read" });
  // As the lists mark them.
  const tones = { Scheduled: "planned", Completed: "done", Paused: "waiting", Sent: "open", Delivered: "done", Unknown: "waiting" };
  for (const [word, tone] of Object.entries(tones)) await preview.locator(`.mark.${tone}`).getByText(word, { exact: true }).waitFor();
  await page.getByRole("radio", { name: /Outbound count/ }).check();
  await preview.getByText("Outside Working Hours").waitFor();
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("status").getByText("Saved").waitFor();
  await page.goto("/campaigns");
  const choices = page.getByLabel("Status").locator("option");
  await choices.filter({ hasText: "Maximum Reached" }).waitFor({ state: "attached" });
  await row("Term dates").getByText("Draft").waitFor();
});

test("each person's limits and hours are set, with what is wrong beside them, and begun with a law's", async () => {
  await page.goto("/team/settings");
  const rules = page.getByRole("group", { name: "Rules for each person" });
  await rules.getByRole("button", { name: "Add a limit for each person" }).click();
  await rules.getByLabel("Messages to a person, limit 1").fill("2");
  await rules.getByLabel("Span of limit 1", { exact: true }).fill("99");
  await rules.getByLabel("Span of limit 1: unit").selectOption("d");
  await rules.getByLabel("What limit 1 counts").selectOption("queued");
  await rules.getByText("It is left out").click();
  await page.getByRole("button", { name: "Save changes" }).click();
  await rules.locator('[data-gate="limits[0]"] .problem').waitFor();
  await rules.getByLabel("Span of limit 1", { exact: true }).fill("7");
  await rules.getByRole("button", { name: "Add hours" }).click();
  await rules.getByLabel("Window 1 closes").fill("25:00");
  await page.getByRole("button", { name: "Fix 1 rule to save" }).waitFor();
  await rules.getByLabel("Window 1 closes").fill("20:00");
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("status").getByText("Saved").waitFor();
  const { team_id } = await api("GET", "/me");
  const { person_policy } = await api("GET", `/teams/${team_id}`);
  assert.deepEqual(person_policy.limits, [{ max: 2, rolling: "7d", counts: "queued" }]);
  assert.equal(person_policy.over, "skip");
  assert.equal(person_policy.hours.windows[0].to, "20:00");

  await rules.getByRole("button", { name: "Begin with the rules of a law" }).click();
  const laws = page.getByRole("dialog", { name: "Rules of a law" });
  await laws.getByRole("button", { name: /Florida/ }).waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await laws.getByRole("button", { name: /Florida/ }).click();
  await rules.getByText(/Copied from/).waitFor();
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("status").getByText("Saved").waitFor();
  const florida = (await api("GET", "/presets")).items.find(({ id }) => id === "us_florida");
  assert.deepEqual((await api("GET", `/teams/${team_id}`)).person_policy, florida.document.person_policy);
});

test("the queue is switched off with what that does, and on again", async () => {
  await page.goto("/team/settings");
  await page.getByRole("button", { name: "Switch off" }).click();
  await page.getByRole("alertdialog").getByText("none can be scheduled or resumed").waitFor();
  await page.getByRole("button", { name: "Switch it off" }).click();
  await page.getByText("Nothing was on its way.").waitFor();
  assert.equal((await api("GET", "/me")).limits.queue, "off");
  await page.getByRole("button", { name: "Switch on" }).click();
  await page.getByRole("button", { name: "Switch off" }).waitFor();
  assert.equal((await api("GET", "/me")).limits.queue, "on");
});

test("the log says who did what, by filters that are in the address, and can be taken away as a file", async () => {
  await page.goto("/team/audit");
  await row("Changed the team").first().waitFor();
  await page.getByLabel("What").selectOption("key");
  await page.waitForURL(/what=key/);
  await row("Revoked a key").waitFor();
  await row("Made a key").waitFor();
  assert.equal(await page.getByRole("row").filter({ hasText: "campaign" }).count(), 0);
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save as CSV" }).click()]);
  const text = await readFile(await file.path(), "utf8");
  assert.match(text, /^\u{feff}at,by,what,subject,before,after\r\n/u);
  assert.match(text, /,key\.revoke,/);
  await page.goBack();
  await page.getByLabel("To", { exact: true }).fill("2020-01-01");
  await page.getByText("Nothing matches.").waitFor();
});

test("another team is another house: its own list, under its own name", async () => {
  const north = await api("POST", "/teams", { name: "North quay" });
  await page.goto("/campaigns");
  await row("Term dates").waitFor();
  const asked = page.waitForRequest((request) => request.url().includes("/campaigns") && request.headers()["tidegate-team"] === north.id);
  await page.getByLabel("Team", { exact: true }).selectOption("North quay");
  await asked;
  await page.getByText("No campaigns yet").waitFor();
  await page.reload();
  await page.getByText("No campaigns yet").waitFor();
  assert.equal(await page.getByLabel("Team", { exact: true }).inputValue(), north.id);
  await page.getByLabel("Team", { exact: true }).selectOption({ index: 0 });
  await row("Term dates").waitFor();
});

test("an owner makes a team, and is in it; a name that is not taken stands beside its field", async () => {
  await page.goto("/profile");
  await page.getByRole("button", { name: "Make a team" }).click();
  await dialog().getByLabel("Name of the team").fill("South quay");
  assert.deepEqual(await accessibilityProblems(page), []);
  await dialog().getByRole("button", { name: "Make South quay" }).click();
  await page.getByRole("heading", { name: "South quay" }).waitFor();
  assert.equal(new URL(page.url()).pathname, "/team");
  const { teams, team_id } = await api("GET", "/me");
  assert.ok(teams.some(({ name }) => name === "South quay"));
  await page.getByRole("combobox", { name: "Team" }).selectOption(team_id);
  await page.getByRole("heading", { name: "South quay" }).waitFor({ state: "detached" });
});

test("[S1.2] a daily goal is set on one's profile, and shows how far the day is", async () => {
  await page.goto("/profile");
  await page.getByLabel("SMS: daily goal").fill("150");
  await page.getByLabel("SMS: daily goal").press("Tab");
  await page.getByText("0 of 150 sent today, 150 to go.").waitFor();
  const [sender] = (await api("GET", "/senders")).items;
  await api("POST", `/senders/${sender.id}/sends`, [{ at: Date.now() - 1_000 }, { at: Date.now() - 2_000 }]);
  await page.reload();
  // Around midnight a second ago may be yesterday.
  await page.getByText(/[12] of 150 sent today/).or(page.getByText("0 of 150 sent today")).waitFor();
  await page.getByLabel("SMS: daily goal").fill("0");
  await page.getByLabel("SMS: daily goal").press("Tab");
  await page.locator("input[aria-invalid=true] ~ .problem").waitFor();
  assert.deepEqual(browser.complaints, []);
});

test("[S4.1] campaigns are left to administrators, and an operator is told so", async () => {
  await page.goto("/team/settings");
  await page.getByLabel("Who makes campaigns and has them go").selectOption("Administrators alone");
  await page.getByText("Operators read them, and write to people one by one").waitFor();
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  const me = await api("GET", "/me");
  assert.equal(me.limits.campaigns_for, "administrator");

  const { id } = await api("POST", "/users", { name: "Grace Olin" });
  await api("PUT", `/teams/${me.team_id}/members/${id}`, { role: "operator" });
  const { key } = await api("POST", "/keys", { name: "Desk", user_id: id });
  const own = await page.evaluate(() => sessionStorage.getItem("tidegate.key"));
  const as = (whose) => page.evaluate((one) => sessionStorage.setItem("tidegate.key", one), whose);
  await as(key);
  await page.goto("/campaigns");
  await page.getByRole("heading", { name: "Campaigns" }).waitFor();
  await page.getByRole("link", { name: /New campaign|Compose/ }).waitFor({ state: "detached" });
  await page.goto("/campaigns/new");
  await page.getByText("The team leaves campaigns to its administrators.").waitFor();
  await as(own);
  await page.goto("/campaigns");
  await page.getByRole("link", { name: "New campaign" }).waitFor();
});

test("an operator sees the team and is not offered what is not theirs", async () => {
  const { items } = await api("GET", "/users");
  const ada = items.find(({ name }) => name === "Ada Marin");
  const me = await api("GET", "/me");
  await api("PUT", `/teams/${me.team_id}/members/${ada.id}`, { role: "operator" });
  const { key } = await api("POST", "/keys", { name: "Tablet", user_id: ada.id });
  await page.evaluate((own) => sessionStorage.setItem("tidegate.key", own), key);
  await page.goto("/team");
  await row("first admin").waitFor();
  assert.equal(await page.getByRole("button", { name: /Take out|Disable|Add a person/ }).count(), 0);
  assert.equal(await page.getByRole("link", { name: "Audit log" }).count(), 0);
  await page.goto("/team/settings");
  await page.getByText("The team’s administrators set these.").waitFor();
});

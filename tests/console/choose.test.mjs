// Whom a campaign is for, in Chromium against the real server: contacts by account, tag and hand, several files, and a
// file whose columns have to be said.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibilityProblems, openConsole } from "./browser.mjs";

const { browser, page, api } = await openConsole();
await api("POST", "/senders", { name: "Front desk", channel: "sms", provider: { kind: "sandbox" }, policy: { time_zone: "Europe/Paris" } });
const person = (name, last, tags, accounts, channel = "sms") =>
  api("POST", "/contacts", { name, tags, accounts, addresses: [{ channel, address: channel === "sms" ? `+3361234560${last}` : `${name}@example.com` }] });
await person("Zoë", 1, ["vip"], ["North store"]);
await person("Omar", 2, [], ["North store"]);
await person("Ana", 3, ["vip"], []);
await person("Li", 4, [], []);
await person("mira", 0, ["vip"], [], "email");

const csv = (name, text) => ({ name, mimeType: "text/csv", buffer: Buffer.from(text) });
const chooser = () => page.getByRole("dialog");
const lists = () => page.getByRole("table").filter({ has: page.getByRole("columnheader", { name: "List", exact: true }) }).locator("tbody tr");

async function assertAccessible(where) {
  assert.deepEqual(await accessibilityProblems(page), [], `on ${where}`);
}

test("[S5.1] people are chosen by account, tag and hand, and counted before they are taken", async () => {
  await page.goto("/campaigns/new");
  await page.getByLabel("Name of the campaign").fill("Open day");
  await page.getByLabel("Text").fill("Hello {{name}}");
  await page.getByRole("button", { name: "Choose contacts" }).click();
  await chooser().getByText("Nobody is chosen yet.").waitFor();
  assert.equal(await chooser().getByRole("button", { name: "Add them" }).isDisabled(), true);
  await chooser().getByLabel(/North store/).check();
  await chooser().getByRole("button", { name: "Add 2 people" }).waitFor();
  await chooser().getByLabel(/vip/).check();
  await chooser().getByText("3 people of 4 contacts; 1 has no address on this channel.").waitFor();
  await chooser().getByText("All of these").click();
  await chooser().getByRole("button", { name: "Add 1 person" }).waitFor();
  await chooser().getByText("Any of these", { exact: true }).click();
  await chooser().getByLabel("By hand").fill("Li");
  await chooser().getByRole("button", { name: "Add Li" }).click();
  await chooser().getByRole("button", { name: "Add 4 people" }).waitFor();
  await chooser().getByRole("button", { name: "Take Li out" }).click();
  await assertAccessible("the choice of people");
  await chooser().getByRole("button", { name: "Add 3 people" }).click();
  await page.getByRole("status").getByText("3 people added from the contacts.").waitFor();
  await lists().filter({ hasText: "Chosen from the contacts" }).waitFor();
  await page.getByRole("button", { name: "Schedule 3 messages" }).waitFor();

  await page.getByRole("button", { name: "Choose contacts" }).click();
  await chooser().getByText("All of them").click();
  await chooser().getByText(/3 are in already/).waitFor();
  await page.keyboard.press("Escape");
  await chooser().waitFor({ state: "detached" });
});

test("several files go in one after the other, and what is not clear is asked", async () => {
  await page.getByLabel("Add a file").setInputFiles([
    csv("north.csv", "name,phone\nYusuf,+33612345611\nMaud,12\n"),
    csv("south.csv", "name,phone,mobile\nPavel,+33612345621,+33612345622\n"),
    csv("east.csv", "who,reached at,zone of\nInes,+33612345631,Europe/Lisbon\n"),
  ]);
  const south = page.getByRole("group", { name: "Columns of south.csv" });
  await south.getByLabel("Numbers from").selectOption("mobile");
  await south.getByText("The first one: +33612345622").waitFor();
  const east = page.getByRole("group", { name: "Columns of east.csv" });
  await east.locator(".problem").waitFor();
  await assertAccessible("the columns of two files");
  await south.getByRole("button", { name: "Take them in" }).click();
  await south.waitFor({ state: "detached" });
  await east.getByLabel("Numbers from").selectOption("reached at");
  await east.getByLabel("Time zones from").selectOption("zone of");
  await east.getByRole("button", { name: "Take them in" }).click();
  await east.waitFor({ state: "detached" });
  await lists().filter({ hasText: "east.csv" }).waitFor();
  assert.equal(await lists().count(), 4);
  assert.match(await lists().filter({ hasText: "north.csv" }).innerText(), /1\s+1 not taken/);
  assert.equal(await page.getByRole("region", { name: "Rows not taken" }).locator("tbody tr").count(), 1);
  await assertAccessible("the people of a campaign");

  const id = new URL(page.url()).pathname.split("/").at(-1);
  const { items } = await api("GET", `/campaigns/${id}/messages?limit=50`);
  const addresses = items.map(({ to }) => to);
  assert.ok(addresses.includes("+33612345622") && !addresses.includes("+33612345621"));
  assert.deepEqual(browser.complaints, []);
});

test("a tag that no list has room for is found by how it begins, and stays in sight once it is chosen", async () => {
  const rows = Array.from({ length: 210 }, (_, i) => `P${i},+336123${50_000 + i},tag ${String(i).padStart(3, "0")}`);
  await api("POST", "/contacts/import?file_name=tags.csv", ["name,sms,tags", ...rows, "Last,+33612399999,zebra"].join("\n"));
  await page.goto("/contacts");
  const tag = page.getByLabel("Tag", { exact: true });
  await tag.pressSequentially("zeb");
  await page.locator("datalist option[value=zebra]").waitFor({ state: "attached" });
  await tag.pressSequentially("ra");
  await page.waitForURL(/tags=zebra/);
  await page.getByRole("link", { name: "Last" }).waitFor();
  assert.equal(await page.getByRole("main").locator("tbody tr").count(), 1);
  await assertAccessible("contacts with a tag");

  await page.goto("/campaigns/new");
  await page.getByLabel("Name of the campaign").fill("By tag");
  await page.getByLabel("Text").fill("Hello {{name}}");
  await page.getByRole("button", { name: "Choose contacts" }).click();
  const tags = chooser().getByRole("group", { name: "Tags" });
  await tags.getByText("There are more").waitFor();
  await tags.getByRole("searchbox").fill("zeb");
  await tags.getByLabel(/zebra/).check();
  await tags.getByRole("searchbox").fill("tag 20");
  await tags.getByLabel(/tag 207/).waitFor();
  assert.equal(await tags.getByLabel(/zebra/).isChecked(), true);
  await chooser().getByRole("button", { name: "Add 1 person" }).waitFor();
  await assertAccessible("the choice among many tags");
  if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/choose.png` });
  await tags.getByLabel(/zebra/).uncheck();
  await tags.getByRole("searchbox").fill("tag 1");
  await tags.getByLabel(/zebra/).waitFor({ state: "detached" });
});

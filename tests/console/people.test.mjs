// Contacts, conversations, unsubscribes and words in Chromium, against the real server.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { accessibilityProblems, openConsole } from "./browser.mjs";

const PEOPLE = "who,cell,Town,note\nZoë Ahn,+33612345601,Brest,pays late\nOmar,12,Sète,\nAna,+33612345604,Royan,\n";
const STOPPED = "+33612345609";

const { server, browser, page, api } = await openConsole();

const main = () => page.getByRole("main");
const csv = (text) => ({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(text) });

async function assertAccessible(where) {
  assert.deepEqual(await accessibilityProblems(page), [], `on ${where}`);
  if (process.env.PICTURES) await pictures(where);
}

/** For whoever looks: the page at two widths in both schemes. */
async function pictures(where) {
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${process.env.PICTURES}/${where.replaceAll(" ", "-")}-${width}-${colorScheme}.png` });
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1440, height: 900 });
}

test("a file's columns are said, its rows taken, and those that cannot be come back", async () => {
  await page.goto("/contacts");
  await main().getByText("No contacts yet").waitFor();
  await assertAccessible("no contacts");
  await main().getByRole("link", { name: "Import", exact: true }).click();
  await page.getByLabel("Choose a CSV file").setInputFiles(csv(PEOPLE));
  await page.getByText("Say which column holds the numbers").waitFor();
  await page.getByLabel("What cell holds").selectOption("sms");
  await page.getByLabel("What who holds").selectOption("name");
  await page.getByLabel("What note holds").selectOption("leave_out");
  await assertAccessible("the columns of a file");
  await page.getByRole("button", { name: "Import", exact: true }).click();
  await page.getByText("2 contacts added").waitFor();
  assert.equal(await page.getByRole("region", { name: "Rows not taken" }).locator("tbody tr").count(), 1);
  await page.getByRole("link", { name: "See the contacts" }).click();
  await page.getByRole("link", { name: "Zoë Ahn" }).click();
  await main().getByText("Brest").waitFor();
  assert.equal(await main().getByText("pays late").count(), 0);
  await assertAccessible("one contact");
});

test("a contact is changed, and what the server will not have stands beside its field", async () => {
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Address 1", { exact: true }).fill("12");
  await page.getByRole("button", { name: "Save changes" }).click();
  await main().locator(".problem").first().waitFor();
  assert.equal(await page.getByLabel("Address 1", { exact: true }).getAttribute("aria-invalid"), "true");
  await assertAccessible("the form of a contact");
  await page.getByLabel("Address 1", { exact: true }).fill("+33612345601");
  await page.getByLabel("Tags").fill("vip; spring");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("status").getByText("Saved.").waitFor();
  await page.goto("/contacts?tags=vip");
  await page.getByRole("link", { name: "Zoë Ahn" }).waitFor();
  assert.equal(await main().locator("tbody tr").count(), 1);
  await assertAccessible("contacts with a tag");
});

test("what somebody else changed while a contact was edited is not written over", async () => {
  const [{ id }] = (await api("GET", "/contacts?tags=vip")).items;
  await page.goto(`/contacts/${id}`);
  await page.getByRole("button", { name: "Edit" }).click();
  await page.getByLabel("Name", { exact: true }).fill("Zoë A.");
  await api("PATCH", `/contacts/${id}`, { tags: ["vip", "crew"], fields: { town: "Calais" } });
  // The page reads the contact again while the form stands.
  const [read] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith(`/contacts/${id}`) && response.request().method() === "GET"),
    page.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))),
  ]);
  assert.ok((await read.json()).tags.includes("crew"));
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("button", { name: "Load what is there now" }).click();
  await page.getByText("changed by somebody else: tags, fields.").waitFor();
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), "Zoë Ahn");
  assert.match(await page.getByLabel("Tags").inputValue(), /crew/);
  await assertAccessible("a contact that was changed meanwhile");
  await page.getByLabel("Name", { exact: true }).fill("Zoë A.");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByRole("status").getByText("Saved.").waitFor();
  const { name, tags, fields } = await api("GET", `/contacts/${id}`);
  assert.deepEqual([name, tags.includes("crew"), fields.town], ["Zoë A.", true, "Calais"]);
  await api("PATCH", `/contacts/${id}`, { name: "Zoë Ahn" });
});

test("contacts are saved to disk as they arrive, and as a download where the browser cannot", async () => {
  // Nobody is there to answer the browser's own question of where to.
  await page.addInitScript(() => {
    window.showSaveFilePicker = async ({ suggestedName }) => (await navigator.storage.getDirectory()).getFileHandle(suggestedName, { create: true });
  });
  await page.goto("/contacts");
  await page.getByRole("button", { name: "Export" }).click();
  const text = await page.evaluate(async () => {
    const folder = await navigator.storage.getDirectory();
    for (let turn = 0; turn < 200; turn++) {
      const file = await (await folder.getFileHandle("contacts.csv", { create: true })).getFile();
      if (file.size > 0) return file.text();
      await new Promise((later) => setTimeout(later, 50));
    }
    return "";
  });
  assert.match(text, /Zoë Ahn.*\+33612345601/);

  await page.evaluate(() => delete window.showSaveFilePicker && (window.showSaveFilePicker = undefined));
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Export" }).click()]);
  assert.equal(await readFile(await file.path(), "utf8"), text);

  // Whoever closes the question has changed nothing, and is told nothing.
  await page.evaluate(() => (window.showSaveFilePicker = () => Promise.reject(new DOMException("closed", "AbortError"))));
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("button", { name: "Export" }).and(page.locator(":enabled")).waitFor();
  assert.equal(await main().locator(".problem").count(), 0);
});

test("somebody is put on the opt-outs, and taken off with a reason", async () => {
  await page.goto("/unsubscribes");
  await main().getByText("Nobody has unsubscribed").waitFor();
  await page.getByRole("button", { name: "Add", exact: true }).click();
  const form = page.getByRole("form", { name: "Add to the list" });
  await form.getByLabel("Address").fill(STOPPED);
  await form.getByRole("button", { name: "Stop all messages to them" }).click();
  await main().getByRole("link", { name: STOPPED }).waitFor();
  await assertAccessible("the unsubscribes");
  const tomorrow = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Paris" }).format(Date.now() + 86_400_000);
  await page.getByLabel("Since this day").fill(tomorrow);
  await main().getByText("Nobody matches").waitFor();
  assert.equal(new URL(page.url()).searchParams.get("from"), tomorrow);
  await page.getByRole("link", { name: "Show everybody" }).click();
  await page.getByLabel("Until this day").fill(tomorrow);
  await main().getByRole("link", { name: STOPPED }).waitFor();
  await page.getByRole("button", { name: "Take back" }).click();
  await page.getByLabel("Why, for the record").fill("asked for it");
  await page.getByRole("button", { name: `Take ${STOPPED} off` }).click();
  await main().getByText("gets messages again").waitFor();
  await page.getByRole("link", { name: "Taken back" }).click();
  await main().getByText("asked for it").waitFor();
});

test("a word is not allowed, and allowed again by undoing", async () => {
  await page.goto("/words");
  await page.getByLabel("Word, phrase or link").fill("casino");
  await page.getByRole("button", { name: "Do not allow it" }).click();
  await page.getByRole("button", { name: "Allow casino" }).waitFor();
  await page.getByRole("textbox", { name: "Try a text" }).fill("See you, {{ casino }}");
  await main().getByText("a message that says this goes").waitFor();
  await page.getByRole("textbox", { name: "Try a text" }).fill("Come to our c4sino tonight");
  await main().getByText("waits for a review").waitFor();
  await main().getByRole("listitem").getByText("Come to our c4sino tonight").waitFor();
  await assertAccessible("the words");
  await page.getByRole("button", { name: "Allow casino" }).click();
  await main().getByText("a message that says this goes").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("button", { name: "Allow casino" }).waitFor();
  await main().getByText("waits for a review").waitFor();
  await page.getByRole("link", { name: "Held messages" }).click();
  await main().getByText("No message is held").waitFor();
});

test("one person's conversation can be read before anything was said", async () => {
  await page.goto("/conversations");
  await main().getByText("Nobody has written yet").waitFor();
  await assertAccessible("no conversations");
  await page.goto(`/conversations/sms/${encodeURIComponent("+33612345601")}`);
  await page.getByRole("heading", { name: "Zoë Ahn" }).waitFor();
  await assertAccessible("an empty conversation");
  await page.goto("/contacts/duplicates");
  await main().getByText("No two contacts").waitFor();
  assert.deepEqual(browser.complaints, []);
});

// The whole job in a browser, against the real server: from the key to the messages at the
// other end, with the page's promises checked on the way.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibilityProblems, assertFits, openConsole } from "./browser.mjs";

const PEOPLE = [
  "name,phone,city",
  "Zoë,+33612345601,Brest",
  "Omar,+33612345602,Sète",
  "Nobody,12,Nowhere",
  "Li,+33612345603,Calais",
  "Empty,,Dieppe",
  "Ana,+33612345604,Royan",
  "Zoë again,+33612345601,Brest",
].join("\n");
const TAKEN = 4;
/** A start of 30 s, a cron of a minute, and as long again for a slow machine. */
const SENT_MS = 240_000;

const { server, browser, page } = await openConsole({ signedIn: false });

async function assertAccessible(where) {
  assert.deepEqual(await accessibilityProblems(page), [], `on ${where}`);
}

const main = () => page.getByRole("main");

test(
  "a campaign goes from a file of people to the inbox at the other end",
  { timeout: SENT_MS + 120_000 },
  async (t) => {
    await t.test("a key that is not known is refused in words, the right one lets in", async () => {
      await page.goto("/campaigns");
      await assertAccessible("the sign-in page");
      await page.getByLabel("Key").fill("tg_not_a_key");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.locator(".problem").waitFor();
      await page.getByLabel("Key").fill(server.key);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("heading", { name: "Campaigns" }).waitFor();
      assert.equal(await page.evaluate((key) => sessionStorage.getItem("tidegate.key") === key, server.key), true);
      assert.equal(await page.evaluate(() => localStorage.length), 0);
      await main().getByText("No campaigns yet").waitFor();
      await assertAccessible("the empty list of campaigns");
    });

    await t.test("a sender's rules are checked beside the field while they are typed", async () => {
      await page.getByRole("link", { name: "Senders" }).click();
      await main().getByText("No senders yet").waitFor();
      await assertAccessible("the empty list of senders");
      await page.getByRole("link", { name: "New sender" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Harbour line");

      await page.getByRole("button", { name: "Add a daily limit" }).click();
      await page.getByText("Since midnight").click();
      await page.getByRole("button", { name: "Add hours" }).click();
      for (const day of ["Saturday", "Sunday"]) await page.getByRole("checkbox", { name: day }).check();
      await page.getByLabel("Window 1 opens").fill("00:00");
      await page.getByLabel("Window 1 closes").fill("25:00");
      const rule = page.locator('[data-gate="windows"]');
      await rule.locator(".problem", { hasText: "25:00" }).waitFor();
      assert.equal(await page.getByLabel("Window 1 closes").getAttribute("aria-invalid"), "true");
      assert.equal(await page.getByRole("button", { name: "Fix 1 rule to save" }).isDisabled(), true);
      await page.getByLabel("Window 1 closes").fill("24:00");
      await rule.locator(".problem").waitFor({ state: "detached" });

      await page.getByRole("button", { name: "Yearly" }).click();
      await page.getByRole("button", { name: "Add a gap" }).click();
      await page.getByLabel("Gap between messages", { exact: true }).fill("1");
      await page.getByLabel("Time zone of the rules").fill("new york");
      await page.getByRole("option", { name: "America/New York" }).click();
      await assertAccessible("the form of a sender");
      await page.getByRole("button", { name: "Create sender" }).click();
      await page.getByRole("heading", { name: "Harbour line" }).waitFor();
      await page.getByRole("button", { name: "Save changes" }).click();
      await page.getByRole("status").getByText("Saved").waitFor();
      assert.match(new URL(page.url()).pathname, /^\/senders\/(?!new$)[\w-]+$/);
    });

    await t.test("rows that cannot be taken come back with line, column and reason", async () => {
      await page.getByRole("link", { name: "Compose a campaign" }).click();
      await page.getByLabel("Name of the campaign").fill("Winter hours");
      // A file can be chosen once it is known whose campaign it is.
      await page.getByLabel("Choose a CSV file").and(page.locator(":enabled")).waitFor({ state: "attached" });
      await page.getByLabel("Text").fill("Hello {{name}}, the harbour office opens at nine.");
      await page
        .getByLabel("Choose a CSV file")
        .setInputFiles({ name: "people.csv", mimeType: "text/csv", buffer: Buffer.from(PEOPLE) });
      const rejected = page.getByRole("region", { name: "Rows not taken" });
      await rejected.waitFor();
      const lines = await rejected.locator("tbody tr td:first-child").allTextContents();
      assert.deepEqual(lines.map(Number), [4, 6]);
      for (const row of await rejected.locator("tbody tr").all()) {
        assert.equal(await row.locator("td").nth(1).textContent(), "phone");
        assert.notEqual(await row.locator("td").nth(2).textContent(), "");
      }
      await page.getByText(`${TAKEN} people`, { exact: true }).waitFor();
      await page.getByText("Hello Zoë, the harbour office opens at nine.").waitFor();
    });

    await t.test("the finish sentence changes in the frame of the keystroke", async () => {
      await page.getByRole("button", { name: "Add a gap" }).click();
      const change = await page.evaluate(async () => {
        const done = () => document.querySelector("[aria-label='The plan'] .done").textContent;
        const input = document.querySelector("[data-gate='gap'] input");
        const before = done();
        let frames = 0;
        requestAnimationFrame(() => (frames += 1));
        input.value = "86400";
        input.dispatchEvent(new InputEvent("input", { bubbles: true }));
        await Promise.resolve();
        await Promise.resolve();
        return { before, after: done(), frames };
      });
      assert.match(change.before, /^Done \w{3} \d+ \w{3}( \d{4})? \d\d:\d\d\.$/);
      assert.notEqual(change.after, change.before);
      assert.equal(change.frames, 0, "a frame was drawn before the sentence changed");
      await page.getByRole("button", { name: "Remove the gap" }).click();
    });

    await t.test("every pause is reached by keyboard and points at its rule", async () => {
      await page.getByRole("button", { name: "Add a break" }).click();
      await page.getByLabel("Length of break 1", { exact: true }).fill("10");
      await page.getByLabel("Length of break 1: unit").selectOption("s");
      await page.getByLabel("Messages before break 1").fill("2");
      const pauses = page.getByRole("list", { name: "1 pause" }).getByRole("button");
      await pauses.first().focus();
      assert.match(await pauses.first().textContent(), /waits for:\s*break/);
      await page.locator('[data-gate="breaks[0]"].lit').waitFor();
      await page.keyboard.press("Escape");
      await page.locator('[data-gate="breaks[0]"].lit').waitFor({ state: "detached" });
      await assertAccessible("the compose page");
    });

    await t.test("it is scheduled, and watched until everyone has it", async () => {
      await page.getByRole("button", { name: `Schedule ${TAKEN} messages` }).click();
      await page.getByRole("status").getByText(`Winter hours goes to ${TAKEN} people`).waitFor();
      await page.getByRole("link", { name: "Follow it" }).click();
      await page.getByRole("button", { name: "Pause", exact: true }).waitFor();
      await assertAccessible("the page of a campaign under way");
      await page.getByRole("button", { name: "Stop" }).click();
      await page.getByRole("button", { name: `Stop: ${TAKEN} people will not get it` }).waitFor();
      await assertAccessible("the question before a stop");
      await page.getByRole("button", { name: "Keep it" }).click();

      await main().getByText(`${TAKEN}/${TAKEN}`).first().waitFor({ timeout: SENT_MS });
      await main().getByText(`All ${TAKEN} sent.`).first().waitFor();
      const ledger = page.getByRole("region", { name: "Messages" });
      await ledger.getByText("+33612345604").waitFor();
      assert.equal(await ledger.locator("tbody tr").count(), TAKEN);
      const pace = page.getByRole("region", { name: "Planned and actual" });
      await pace.getByText(/promised instant/).waitFor();
      await assertAccessible("the page of a finished campaign");
    });

    await t.test("the messages are at the other end, and a receipt comes back", async () => {
      await page.getByRole("link", { name: "Sandbox inbox" }).click();
      const threads = page.getByRole("navigation", { name: "Phone: addresses" }).getByRole("link");
      await threads.first().waitFor();
      assert.equal(await threads.count(), TAKEN);
      await assertAccessible("the inbox");
      await threads.filter({ hasText: "+33612345602" }).click();
      const thread = page.getByRole("region", { name: "Messages to +33612345602" });
      await thread.getByText("Hello Omar, the harbour office opens at nine.").waitFor();
      await thread.getByRole("button", { name: "Delivered" }).click();
      await thread.locator(".receipts .done").waitFor();
      await thread.getByRole("button", { name: "STOP" }).click();
      await thread.locator(".reply", { hasText: "STOP" }).waitFor();
      await assertAccessible("a thread of the inbox");

      await page.getByRole("link", { name: "Campaigns" }).click();
      await page.getByRole("link", { name: "Winter hours" }).click();
      await page.getByRole("list", { name: "Messages by status" }).getByRole("link", { name: "Delivered" }).click();
      const ledger = page.getByRole("region", { name: "Messages" });
      await ledger.getByText("+33612345602").waitFor();
      assert.equal(await ledger.locator("tbody tr").count(), 1);
      assert.equal(new URL(page.url()).searchParams.get("status"), "delivered");
    });

    await t.test("it works on a phone, where the sentence opens into the calendar", async () => {
      await page.setViewportSize({ width: 360, height: 740 });
      await page.getByRole("button", { name: "Menu" }).click();
      const menu = page.getByRole("dialog", { name: "Tidegate" });
      await menu.getByRole("link", { name: "Campaigns", exact: true }).waitFor();
      await assertAccessible("the menu on a phone");
      await page.keyboard.press("Escape");
      await menu.waitFor({ state: "detached" });
      assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Menu");
      await page.keyboard.press("Enter");
      await menu.getByRole("link", { name: "Campaigns", exact: true }).focus();
      await page.keyboard.press("Enter");
      await menu.waitFor({ state: "detached" });
      await page.getByRole("heading", { name: "Campaigns" }).waitFor();
      await assertAccessible("the campaigns on a phone");
      await page.getByRole("link", { name: "New campaign" }).click();
      await page.getByRole("button", { name: "Calendar", exact: true }).click();
      await page.getByRole("img", { name: /Nobody to plan for/ }).waitFor();
      await page.getByText("Day", { exact: true }).click();
      await assertFits(page);
      await assertAccessible("the calendar on a phone");
    });

    assert.deepEqual(browser.complaints, []);
  },
);

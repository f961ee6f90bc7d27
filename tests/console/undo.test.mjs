// What is offered to be undone is what was done, and never what was there before. The server is a stand-in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openStandIn } from "./browser.mjs";
import { AT, COMMON, standIn } from "./stand-in.mjs";

const { browser, page } = await openStandIn();
/** A 404 of the stand-in is a line in the browser's log too. */
const complaints = () => browser.complaints.filter((line) => !line.includes("status of 404"));

const ADDRESS = "+33612345609";
const ADMINISTRATOR = { "GET /me": { ...COMMON["GET /me"], role: "administrator" } };
const list = (items) => ({ items, next_cursor: null });
const main = () => page.getByRole("main");
const undo = () => main().getByRole("button", { name: "Undo" });

const entry = (source, reason) => ({ channel: "sms", address: ADDRESS, reason, source, created_at: AT, by: null, campaign_id: null, inbound_id: null });

/** The list as the server keeps it, where the first entry of an address stays. */
async function unsubscribes(kept) {
  const asked = await standIn(page, { ...ADMINISTRATOR, "GET /opt-outs": () => list(kept), [`DELETE /opt-outs/sms/${encodeURIComponent(ADDRESS)}`]: () => kept.pop() ?? {} });
  await page.route("**/api/v1/opt-outs", (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    if (kept.length > 0) return route.fulfill({ status: 200, json: kept[0] });
    kept.push(entry("manual", "asked by phone"));
    return route.fulfill({ status: 201, json: kept[0] });
  });
  await page.goto("/unsubscribes");
  await main().getByRole("button", { name: "Add", exact: true }).click();
  const form = page.getByRole("form", { name: "Add to the list" });
  await form.getByLabel("Address").fill(ADDRESS);
  await form.getByRole("button", { name: "Stop all messages to them" }).click();
  return asked;
}

test("who had said STOP already stays on the list by that, and adding them again cannot be undone", async () => {
  const kept = [entry("reply", "STOP")];
  const asked = await unsubscribes(kept);
  await main().getByText(`${ADDRESS} was on the list already: Replied STOP, Mon 23 Nov 06:00.`).waitFor();
  assert.equal(await undo().count(), 0);
  assert.deepEqual(kept, [entry("reply", "STOP")]);
  assert.deepEqual(asked, []);
});

test("who was put on the list by hand is taken off it by undoing that", async () => {
  const asked = await unsubscribes([]);
  await main().getByText(`${ADDRESS} gets nothing any more.`).waitFor();
  await undo().click();
  await main().getByText("Nobody has unsubscribed").waitFor();
  assert.deepEqual(asked, [`DELETE /opt-outs/sms/${encodeURIComponent(ADDRESS)}`]);
});

test("a word that was cleared is taken off the list for good, because put there again it would hold messages", async () => {
  const word = (id, value, cleared_at) => ({ id, kind: "word", value, note: null, created_at: AT, by: "Ada", cleared_at, cleared_by: cleared_at ? "Ada" : null });
  let kept = [word("wrd_1", "casino", AT), word("wrd_2", "bingo", null)];
  await standIn(page, {
    ...ADMINISTRATOR,
    "GET /words": () => list(kept),
    "DELETE /words/wrd_1": () => (kept = kept.slice(1)),
    "DELETE /words/wrd_2": () => (kept = []),
  });
  await page.goto("/words");
  await main().getByRole("button", { name: "Allow casino" }).click();
  await main().getByText("“casino” is allowed.").waitFor();
  assert.equal(await undo().count(), 0);
  await main().getByRole("button", { name: "Allow bingo" }).click();
  await undo().waitFor();
  assert.deepEqual(complaints(), []);
});

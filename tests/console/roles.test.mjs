// What somebody may not do is not offered to them: every page, as each role has it. The server is a stand-in.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibilityProblems, assertFits, openStandIn } from "./browser.mjs";
import { AT, campaign, COMMON, OFFICE, outlook, sender, standIn } from "./stand-in.mjs";

const { browser, page } = await openStandIn();

const ZOE = "+33612345601";
const HERE = `/conversations/sms/${encodeURIComponent(ZOE)}`;
const list = (items) => ({ items, next_cursor: null });
const main = () => page.getByRole("main");

const me = (role, campaigns_for) => ({ ...COMMON["GET /me"], role, limits: { ...COMMON["GET /me"].limits, campaigns_for } });

/** Who may do what, from the least on; each may do what those before may. */
const CALLERS = {
  viewer: me("viewer", "operator"),
  operator: me("operator", "administrator"),
  campaigner: me("operator", "operator"),
  administrator: me("administrator", "administrator"),
};
const RANKS = Object.keys(CALLERS);

const progress = { ...campaign(4).progress, queued: 1, sent: 1, unknown: 2 };
const running = (id, total, more) => campaign(total, { id, status: "in_progress", policy: {}, starts_at: AT, started_at: AT, ...more });
const draft = campaign(900, { id: "cmp_2", name: "Open day" });
const contact = {
  id: "con_1", name: "Zoë Ahn", addresses: [{ channel: "sms", address: ZOE, opted_out: false }], tags: [], accounts: [], fields: {}, time_zones: [],
  time_zone_source: "none", version: 1, created_at: AT, updated_at: AT,
};
const received = {
  direction: "in", id: "inb_1", from: ZOE, at: AT, received_at: AT, text: "No more of this", cost: null, attachments: [], meaning: "other", review: null, reviewed_by: null, reply_to: null,
};
const refusal = { id: "inb_2", channel: "sms", from: ZOE, text: "Please stop", attachments: [], meaning: "refusal", received_at: AT, review: "open", sender_id: "snd_1" };
const arrived = { id: "sbx_1", channel: "sms", sender_name: "Front desk", to: ZOE, subject: null, text: "Hello Zoë", attachments: [], receipt: null, received_at: AT };
const letter = {
  id: "dead_1", kind: "messages", campaign_id: "cmp_1", campaign_name: "Term dates", sender_name: "Front desk", messages: 41, why: "timeout", body: null, tries: 5,
  since: AT, can_be_discarded: false, in_doubt: 0,
};
const unknown = { id: "cmp_1-0", ordinal: 0, to: ZOE, status: "unknown", reason: null, detail: null, planned_at: AT, sent_at: AT, delivered_at: null };

const ANSWERS = {
  "GET /campaigns": list([running("cmp_1", 4, { progress }), draft]),
  "GET /campaigns/cmp_1": running("cmp_1", 4, { progress }),
  "GET /campaigns/cmp_1/messages": list([unknown]),
  "GET /campaigns/sgl_1": running("sgl_1", 1),
  "GET /campaigns/cmp_3": running("cmp_3", 1),
  "GET /campaigns/cmp_2": draft,
  "GET /campaigns/cmp_2/estimate": COMMON["GET /campaigns/cmp_1/estimate"],
  "GET /campaigns/cmp_2/problems": list([]),
  "POST /campaigns/cmp_2/render": COMMON["POST /campaigns/cmp_1/render"],
  ...Object.fromEntries(
    ["cmp_1", "cmp_2", "cmp_3", "sgl_1"].flatMap((id) => [
      [`GET /campaigns/${id}/pace`, { time_zone: "UTC", planned: 0, sent: 0, late: null, days: [], promises: [], runs: [], changes: [], left_out: [] }],
      [`GET /campaigns/${id}/lists`, list([])],
    ]),
  ),
  "GET /campaigns/cmp_3/messages": list([]),
  "GET /campaigns/sgl_1/messages": list([]),
  "GET /senders": list([sender()]),
  "GET /senders/snd_1": sender(),
  "GET /senders/snd_1/outlook": outlook(),
  "GET /senders/snd_1/price": { price: null },
  "GET /senders/snd_1/inbound": { url: "https://tidegate.example/in" },
  "GET /senders/snd_1/sends": list([]),
  "GET /dead-letters": list([letter]),
  "GET /contacts": list([contact]),
  "GET /contacts/con_1": contact,
  "GET /contacts/duplicates": list([{ name: "Zoë Ahn", contacts: [contact, { ...contact, id: "con_2", addresses: [] }] }]),
  "GET /tags": list([]),
  "GET /accounts": list([]),
  "GET /conversations": list([]),
  "GET /inbound": list([refusal]),
  [`GET ${HERE}`]: { channel: "sms", address: ZOE, last_at: AT, last_from: "them", last_text: "No more of this", opt_out: null, sender_id: "snd_1", state: "open", unread: 1 },
  [`GET ${HERE}/messages`]: list([received]),
  [`POST ${HERE}/read`]: {},
  "GET /opt-outs": list([{ channel: "sms", address: "+33612345609", reason: "STOP", source: "reply", created_at: AT, by: null, campaign_id: null, inbound_id: null }]),
  "GET /words": list([{ id: "wrd_1", kind: "word", value: "casino", note: null, created_at: AT, by: "Ada", cleared_at: null, cleared_by: null }]),
  "GET /sandbox/messages": list([arrived]),
};

const button = (name) => () => main().getByRole("button", { name, exact: true });
const link = (name) => () => main().getByRole("link", { name, exact: true });
const text = (words) => () => main().getByText(words, { exact: true });

/** What each page offers, from which caller on. */
const OFFERED = {
  "/campaigns": { campaigner: [link("New campaign")] },
  "/campaigns/cmp_1": {
    campaigner: [button("Pause"), button("Stop"), button("They went"), button("Send all again"), button("Send again"), button(`It went: the message to ${ZOE}`)],
  },
  "/campaigns/cmp_3": { campaigner: [button("Pause"), button("Stop")] },
  "/campaigns/sgl_1": { operator: [button("Pause"), button("Stop")] },
  "/campaigns/cmp_2": {
    campaigner: [button("Choose contacts"), text("Add a file"), text("Add an image (sent as MMS)"), button("Throw this draft away"), button("Schedule 900 messages")],
    administrator: [() => main().getByRole("group", { name: "Advice" }).getByRole("button", { name: /^Use / }).first()],
  },
  "/senders": { administrator: [link("New sender")] },
  "/senders/snd_1": { operator: [button("Record them")], campaigner: [link("Compose a campaign")], administrator: [button("Save changes"), button("Save the price")] },
  "/held-up": { campaigner: [button("Release")] },
  "/contacts": { operator: [link("Import"), link("New contact")] },
  "/contacts/con_1": { operator: [button("Edit"), button("Remove from contacts")], administrator: [button("Erase this person")] },
  "/contacts/new": { operator: [button("Add contact")] },
  "/contacts/import": { operator: [text("Choose a CSV file")] },
  "/contacts/duplicates": { operator: [button("Make them one")] },
  "/conversations?show=review": { operator: [button("It is a refusal: leave them off"), button("It is not: write to them again")] },
  [HERE]: { operator: [button("Close"), button("Unsubscribe"), button("Forward"), button("This means STOP"), button("Send now")] },
  "/unsubscribes": { operator: [button("Import"), button("Add")], administrator: [button("Take back")] },
  "/words": { administrator: [button("Do not allow it"), button("Allow casino")] },
  "/inbox": { operator: [button("Delivered"), button("STOP"), button("Reply")] },
};

const settled = async () => {
  await page.locator("main h1, main .campaign, main .compose").first().waitFor();
  await page.waitForLoadState("networkidle");
  await page.locator("main .shape").waitFor({ state: "detached" });
};

for (const [caller, who] of Object.entries(CALLERS)) {
  test(`every page offers to a ${caller} what they may do, and nothing else`, { timeout: 120_000 }, async (t) => {
    const asked = await standIn(page, { ...ANSWERS, "GET /me": who });
    for (const [address, offered] of Object.entries(OFFERED)) {
      await t.test(address, async () => {
        await page.goto(address);
        await settled();
        for (const [least, controls] of Object.entries(offered)) {
          for (const control of controls) {
            const found = control();
            if (RANKS.indexOf(caller) >= RANKS.indexOf(least)) await found.waitFor();
            else assert.equal(await found.count(), 0, `${found} is offered`);
          }
        }
      });
    }
    // Whoever only looks has read nothing in anybody's name.
    assert.deepEqual(asked, caller === "viewer" ? [] : [`POST ${HERE}/read`]);
  });
}

test("what a viewer types into a draft stays on the screen, and is not sent to be refused", async () => {
  const asked = await standIn(page, { ...ANSWERS, "GET /me": CALLERS.viewer });
  await page.goto("/campaigns/cmp_2");
  await main().getByRole("button", { name: "It is not yours to schedule" }).and(page.locator(":disabled")).waitFor();
  await page.getByLabel("Text", { exact: true }).fill("Hello there");
  await main().getByRole("status").getByText("Kept on this device").waitFor();
  assert.deepEqual(asked, []);
  assert.deepEqual(await accessibilityProblems(page), []);
});

test("a sender's page is looked at by whoever may not change it", async () => {
  await standIn(page, { ...ANSWERS, "GET /me": CALLERS.campaigner });
  await page.goto("/senders/snd_1");
  await main().getByText("You may look. To change it takes an administrator.").waitFor();
  assert.ok(await page.getByLabel("Name", { exact: true }).isDisabled());
  assert.ok(await page.getByLabel("Messages, limit 1").isDisabled());
  assert.ok(await page.getByRole("button", { name: "Monday 09:00 to 17:30" }).isDisabled());
  await page.getByRole("button", { name: "Week after" }).click();
  assert.deepEqual(await accessibilityProblems(page), []);
  await page.setViewportSize({ width: 360, height: 740 });
  await assertFits(page);
  assert.deepEqual(browser.complaints.filter((line) => !line.includes("status of 404")), []);
});

// What nobody can tell, what is held up and who was left out, on the pages that show it. The server
// is a stand-in, so that a provider need not fall silent first.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibilityProblems, openStandIn } from "./browser.mjs";
import { COMMON } from "./stand-in.mjs";

const AT = Date.UTC(2026, 10, 24, 12);
const BASE = "**/api/v1";

const { browser, page } = await openStandIn();
/** What the pages asked to be done, in order. */
let asked;

const progress = { total: 9, queued: 0, sending: 0, sent: 6, delivered: 0, failed: 0, skipped: 1, cancelled: 0, unknown: 2 };
const campaign = {
  id: "cmp_1",
  kind: "broadcast",
  name: "Term dates",
  sender_id: "snd_1",
  sender_name: "Front desk",
  channel: "sms",
  by_user: null,
  triggered: null,
  batch_id: null,
  status: "completed",
  version: 4,
  content: { text: "Hello" },
  policy: {},
  lateness: { then: "expire", after: "2h" },
  created_at: AT,
  starts_at: AT,
  started_at: AT,
  ended_at: AT,
  end_reason: "exhausted",
  progress,
  waiting: null,
  next_at: null,
  plan: null,
  left_out: { people: 1, at: "/api/v1/campaigns/cmp_1/left-out" },
  lists: [],
};

const message = (ordinal, status, more = {}) => ({
  id: `cmp_1-${ordinal}`,
  ordinal,
  to: `+3361234560${ordinal}`,
  status,
  reason: null,
  detail: null,
  planned_at: AT,
  sent_at: AT,
  delivered_at: null,
  reference: null,
  ...more,
});

const pace = { time_zone: "UTC", planned: 0, sent: 0, late: null, days: [], promises: [], runs: [], changes: [], left_out: [] };

/** Answers the API from here, and keeps what it was asked to do. */
async function standIn() {
  asked = [];
  let unknown = [message(3, "unknown", { detail: "no answer within 30 s" }), message(5, "unknown")];
  const now = () => ({ ...campaign, progress: { ...progress, sent: 8 - unknown.length, unknown: unknown.length } });
  const list = (items) => ({ items, next_cursor: null });
  await page.unrouteAll();
  await page.route(`${BASE}/**`, (route) => {
    const request = route.request();
    const { pathname, searchParams } = new URL(request.url());
    const path = pathname.replace("/api/v1", "");
    const answer = (body, status = 200) => route.fulfill({ status, json: body });
    if (request.method() === "POST") {
      asked.push(path);
      const one = path.match(/messages\/(\d+)\/(confirm-sent|send-again)$/);
      if (one) {
        unknown = unknown.filter(({ ordinal }) => ordinal !== Number(one[1]));
        return answer(message(Number(one[1]), one[2] === "send-again" ? "queued" : "sent"));
      }
      if (path.includes("/unknown/")) unknown = [];
      return answer(path.includes("/dead-letters/") ? {} : { ...now(), changed: 2, more: false });
    }
    if (path === "/campaigns/cmp_1") return answer(now());
    if (path === "/campaigns/cmp_1/pace") return answer(pace);
    if (path === "/campaigns/cmp_1/left-out") return answer(list([message(8, "skipped", { reason: "expired", sent_at: null })]));
    if (path === "/campaigns/cmp_1/messages") return answer(list(searchParams.get("status") === "unknown" ? unknown : []));
    if (path === "/senders/snd_1/outlook") return answer({ shared: [], groups: [], lanes: [], order: "in_turn", now: AT, starts_at: AT });
    if (path === "/dead-letters") return answer(list(asked.some((made) => made.endsWith("/release")) ? [] : [letter]));
    const common = COMMON[`${request.method()} ${path}`];
    if (common) return answer(common);
    return answer({ type: "/problems/not_found", title: "There is nothing here", status: 404 }, 404);
  });
}

const letter = {
  id: "dead_1_7_0",
  kind: "messages",
  why: "the database failed: no such table",
  tries: 8,
  since: AT,
  released_at: null,
  sender_id: "snd_1",
  sender_name: "Front desk",
  campaign_id: "cmp_1",
  campaign_name: "Term dates",
  campaign_status: "in_progress",
  messages: 41,
  in_doubt: 6,
  planned_at: AT,
  body: null,
  can_be_discarded: false,
};

const main = () => page.getByRole("main");

test("an unknown message is settled by either of two buttons", async () => {
  await standIn();
  await page.goto("/campaigns/cmp_1");
  const unknown = page.getByRole("region", { name: "Nobody can tell whether 2 messages went" });
  await unknown.getByText("no answer within 30 s").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await unknown.getByRole("button", { name: "It went: the message to +33612345603" }).click();
  const last = page.getByRole("region", { name: "Nobody can tell whether 1 message went" });
  await last.getByRole("button", { name: "Send again: the message to +33612345605" }).click();
  await last.waitFor({ state: "detached" });
  assert.deepEqual(asked, ["/campaigns/cmp_1/messages/3/confirm-sent", "/campaigns/cmp_1/messages/5/send-again"]);
});

test("all unknown messages are settled at once, and sending them again asks first", async () => {
  await standIn();
  await page.goto("/campaigns/cmp_1");
  await page.getByRole("button", { name: "Send all again" }).click();
  await page.getByText("Whoever has it already gets it twice.").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  assert.deepEqual(asked, [], "nothing is done before the answer");
  await page.getByRole("button", { name: "Send 2 messages again" }).click();
  await page.getByRole("region", { name: /Nobody can tell/ }).waitFor({ state: "detached" });
  assert.deepEqual(asked, ["/campaigns/cmp_1/unknown/send-again"]);
});

test("a campaign says what becomes of late messages, and names whom it left out", async () => {
  await standIn();
  await page.goto("/campaigns/cmp_1");
  await main().getByText("A message is left out when it is more than 2 h late.").waitFor();
  await main().getByRole("link", { name: "1 person left out: see who, and why" }).click();
  const ledger = page.getByRole("region", { name: "Messages", exact: true });
  await ledger.getByText("+33612345608").waitFor();
  await ledger.getByText("expired").waitFor();
});

test("what is held up is shown with its reason, and released", async () => {
  await standIn();
  await page.goto("/campaigns/cmp_1");
  await page.getByRole("link", { name: "Held up" }).click();
  await main().getByText("the database failed: no such table").waitFor();
  assert.deepEqual(await accessibilityProblems(page), []);
  await main().getByRole("button", { name: "Release" }).click();
  await page.getByText("6 messages may have gone already").waitFor();
  await page.getByRole("button", { name: "Release 41 messages" }).click();
  await main().getByText("Nothing is held up.").waitFor();
  assert.deepEqual(asked, ["/dead-letters/dead_1_7_0/release"]);
  assert.deepEqual(browser.complaints, []);
});

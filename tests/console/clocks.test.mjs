// On whose clock times are read and shown: the one of the sender, which is known before anything is saved.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openStandIn } from "./browser.mjs";
import { campaign, outlook, sender, standIn } from "./stand-in.mjs";

const { browser, page } = await openStandIn();

const NEW_YORK = { time_zone: "America/New_York" };
const list = (items) => ({ items, next_cursor: null });
const said = () => page.getByRole("status");

async function server({ given = {}, more = {} } = {}) {
  let state = campaign(3, { policy: {}, ...given });
  const patches = [];
  await standIn(page, {
    "GET /senders": list([sender(NEW_YORK)]),
    "GET /senders/snd_1/outlook": outlook(NEW_YORK),
    "GET /campaigns/cmp_1": () => state,
    "PATCH /campaigns/cmp_1": (body) => {
      patches.push(body);
      return (state = { ...state, ...body, version: state.version + 1 });
    },
    ...more,
  });
  return { patches };
}

test("a calendar file is read on the clock that the campaign keeps", async () => {
  const asked = [];
  const { patches } = await server({
    more: {
      "POST /blocked-times/import": (_, query) => {
        asked.push(query.get("time_zone"));
        const from = query.get("time_zone") === "America/New_York" ? "2026-12-24T12:00" : "2026-12-24T17:00";
        return { blocked: [{ name: "Closed", from, to: "2026-12-24T23:00" }], problems: [], skipped: [], unlisted: 0, complete_until: null };
      },
    },
  });
  await page.goto("/campaigns/cmp_1");
  const ics = "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART;TZID=America/New_York:20261224T120000\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
  await page.getByLabel("Import a calendar file").setInputFiles({ name: "days.ics", mimeType: "text/calendar", buffer: Buffer.from(ics) });
  await said().getByText("1 blocked time added").waitFor();
  assert.deepEqual(asked, ["America/New_York"]);
  await said().getByText("Draft saved", { exact: true }).waitFor();
  const { time_zone, blocked } = patches.at(-1).policy;
  assert.deepEqual([time_zone, blocked[0].from], ["America/New_York", "2026-12-24T12:00"]);
});

test("a time that is written with an offset is shown on the sender's clock, and stays as it is written", async () => {
  const ends_at = "2026-11-27T17:30:00Z";
  const { patches } = await server({ given: { policy: { time_zone: "America/New_York", ends_at } } });
  await page.goto("/campaigns/cmp_1");
  const end = page.locator("[data-gate='ends_at']");
  await end.locator("[data-segment]").first().waitFor();
  assert.equal((await end.locator("[data-segment]").allTextContents()).join("").replace(/\D/g, ""), "271120261230");
  await page.getByLabel("Name of the campaign").fill("Winter hours");
  await said().getByText("Draft saved", { exact: true }).waitFor();
  assert.equal(patches.at(-1).policy.ends_at, ends_at);
});

test("a draft is read on the clock of its sender, though it is none of the first that are listed", async () => {
  const late = { ...sender(NEW_YORK), id: "snd_9", name: "Pilot line" };
  const pages = (_, query) => (query.get("cursor") === null ? { items: [sender()], next_cursor: "2" } : list([{ ...sender(), id: "snd_2", name: "Second page" }]));
  const { patches } = await server({
    given: { sender_id: "snd_9", sender_name: "Pilot line" },
    more: { "GET /senders": pages, "GET /senders/snd_9": late, "GET /senders/snd_9/outlook": outlook(NEW_YORK) },
  });
  await page.goto("/campaigns/cmp_1");
  await page.getByRole("button", { name: "Add a daily limit" }).click();
  await said().getByText("Draft saved", { exact: true }).waitFor();
  assert.deepEqual([...new Set(patches.map(({ policy }) => policy.time_zone))], ["America/New_York"]);
  await page.goto("/campaigns/new");
  await page.getByLabel("Sender", { exact: true }).selectOption("Second page");
  await page.goto("/senders");
  await page.getByRole("link", { name: "Next page" }).click();
  await page.getByRole("link", { name: "Second page" }).waitFor();
});

test("nothing is saved while the sender of a draft is not known", async () => {
  const { patches } = await server({ given: { sender_id: "snd_9" } });
  await page.goto("/campaigns/cmp_1");
  await page.getByLabel("Name of the campaign").fill("Winter hours");
  await page.getByRole("button", { name: "Its sender is not known: reload" }).waitFor();
  await page.waitForTimeout(1_200);
  assert.deepEqual(patches, []);
});

test.after(() => assert.deepEqual(browser.complaints.filter((line) => !line.includes("404")), []));

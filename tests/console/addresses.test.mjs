// Where one is and where one goes: a page that gets an address of its own, places on a page, and the link past the rail.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openStandIn } from "./browser.mjs";
import { campaign, COMMON, OFFICE, outlook, sender, standIn } from "./stand-in.mjs";

const { browser, page } = await openStandIn({ viewport: { width: 1440, height: 500 } });

const list = (items) => ({ items, next_cursor: null });
const text = () => page.getByLabel("Text", { exact: true });
const FILE = { name: "people.csv", mimeType: "text/csv", buffer: Buffer.from("name,phone\nZoë,+33612345601\n") };
const TAKEN = { list_id: "lst_1", column: "phone", time_zone_column: null, accepted: 1, duplicates: 0, rejected: [], rejected_total: 0, total: 1, version: 2 };

const server = (more = {}) =>
  standIn(page, {
    "GET /me": { ...COMMON["GET /me"], role: "administrator" },
    "GET /senders": list([sender()]),
    "GET /senders/snd_1": sender(),
    "GET /senders/snd_1/outlook": outlook(OFFICE),
    "GET /senders/snd_1/price": { price: null },
    "GET /senders/snd_1/sends": list([]),
    "GET /senders/snd_1/inbound": { url: "https://tidegate.example/in" },
    "GET /campaigns": list([]),
    "GET /campaigns/cmp_1": campaign(1, { version: 2 }),
    "POST /campaigns": (body) => ({ ...campaign(0), ...body }),
    "POST /campaigns/cmp_1/recipients": TAKEN,
    "GET /campaigns/cmp_1/estimate": { ...COMMON["GET /campaigns/cmp_1/estimate"], recipients: 1, exact: true, segments: { least: 1, likely: 1, most: 1 } },
    ...more,
  });

test.beforeEach(async () => {
  await server();
  await page.goto("/campaigns");
  await page.evaluate(() => localStorage.clear());
});

test("a new campaign is begun anew beside the one that was just made", async () => {
  await page.goto("/campaigns/new");
  await text().fill("Winter hours");
  await page.getByLabel("Choose a CSV file").setInputFiles(FILE);
  await page.waitForURL("**/campaigns/cmp_1");
  await page.getByText("1 person").first().waitFor();
  assert.equal(await text().inputValue(), "Winter hours", "the page stays as it is");
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.press("g");
  await page.keyboard.press("n");
  await page.waitForURL("**/campaigns/new");
  await page.waitForFunction(() => document.querySelector("textarea")?.value === "");
  await page.getByText("Nobody yet.").waitFor();
  await page.goBack();
  await page.waitForFunction(() => document.querySelector("textarea")?.value === "Hello {{name}}");
});

test("a draft that is made after one has left renames no other page", async () => {
  let made;
  const asked = new Promise((resolve) => (made = resolve));
  await page.goto("/campaigns/new");
  await text().fill("Winter hours");
  await page.route("**/api/v1/campaigns", async (route) => {
    if (route.request().method() !== "POST") return route.fallback();
    await asked;
    return route.fulfill({ json: campaign(0) });
  });
  const posted = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/campaigns"));
  await page.getByLabel("Choose a CSV file").setInputFiles(FILE);
  await posted;
  await page.getByRole("link", { name: "Senders", exact: true }).first().click();
  await page.getByRole("heading", { name: "Senders" }).waitFor();
  const answered = page.waitForResponse((response) => response.url().includes("/recipients"));
  made();
  await answered;
  assert.equal(new URL(page.url()).pathname, "/senders");
});

test("the link past the rail takes the focus along", async () => {
  await page.goto("/senders");
  await page.getByRole("link", { name: "Front desk" }).waitFor();
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.activeElement.classList.contains("skip")));
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => document.activeElement.closest("main") !== null), "the focus is in the rail still");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "New sender");
});

test("a link to a place on another page leads there", async () => {
  await page.goto("/campaigns/cmp_1");
  await page.getByRole("link", { name: "set it there" }).click();
  await page.waitForURL("**/senders/snd_1#price");
  const price = page.getByRole("region", { name: "Price", exact: true });
  await price.waitFor();
  await page.waitForFunction(() => scrollY > 0);
  const { y } = await price.boundingBox();
  assert.ok(y >= 0 && y < 500, `at ${y} px`);
});

test.after(() => assert.deepEqual(browser.complaints, []));

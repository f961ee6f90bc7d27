// What a sender's page has beside the rules: the price, where replies come in, sends by hand, and how fast it goes.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibilityProblems, assertFits, openConsole } from "./browser.mjs";

const { server, browser, page, api } = await openConsole();
const WEBHOOK = { kind: "webhook", url: "https://provider.example/send", deduplicates: false, per_second: 50 };
const desk = await api("POST", "/senders", { name: "Front desk", channel: "sms", provider: { kind: "sandbox" }, region: "FR", policy: { time_zone: "Europe/Paris" } });

const section = (name) => page.getByRole("region", { name, exact: true });

async function pictures(where) {
  if (!process.env.PICTURES) return;
  for (const [width, height] of [[1440, 900], [390, 844]]) {
    await page.setViewportSize({ width, height });
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${process.env.PICTURES}/${where}-${width}-${colorScheme}.png`, fullPage: true });
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1440, height: 900 });
}

test("a price is set as it is typed, with what is wrong beside it, and forgotten", async () => {
  await page.goto(`/senders/${desk.id}#price`);
  const price = section("Price");
  await price.getByLabel("Currency").fill("E1");
  await price.getByLabel("For each part of a message").fill("0,0079");
  await price.getByRole("button", { name: "Save the price" }).click();
  await price.locator(".problem").waitFor();
  assert.equal(await price.getByLabel("Currency").getAttribute("aria-invalid"), "true");
  await price.getByLabel("Currency").fill("eur");
  await price.getByRole("button", { name: "Save the price" }).click();
  await price.getByRole("status").getByText("Saved.").waitFor();
  const { price: stored } = await api("GET", `/senders/${desk.id}/price`);
  assert.equal(stored.currency, "EUR");
  assert.equal(Number(stored.per_segment), 0.0079);
  await page.reload();
  await price.getByRole("button", { name: "Forget it" }).waitFor();
  assert.equal(await price.getByLabel("Currency").inputValue(), "EUR");
  await price.getByRole("button", { name: "Forget it" }).click();
  await price.getByText("No price is set now.").waitFor();
  assert.equal((await api("GET", `/senders/${desk.id}/price`)).price, null);
});

test("the address that a provider brings replies to is there to be copied", async () => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const { url } = await api("GET", `/senders/${desk.id}/inbound`);
  const place = section("Where replies come in");
  await page.waitForFunction((wanted) => [...document.querySelectorAll("input[readonly]")].some(({ value }) => value === wanted), url);
  await place.getByRole("button", { name: "Copy" }).click();
  await place.getByText("Copied").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), url);
});

test("sends by hand elsewhere are recorded", async () => {
  const hand = section("Sent by hand elsewhere");
  await hand.getByLabel("Messages").fill("12");
  await hand.getByLabel("The first went").fill("2126-11-20T09:00");
  await hand.getByRole("button", { name: "Record 12 messages" }).click();
  await hand.locator(".problem").waitFor();
  await hand.getByLabel("The first went").fill("2026-11-20T09:00");
  await hand.getByLabel("Seconds between two").fill("60");
  await hand.getByRole("button", { name: "Record 12 messages" }).click();
  await hand.getByText("12 messages recorded.").waitFor();
  await hand.getByRole("list", { name: "Recorded last" }).getByText("12 messages").waitFor();
  const [{ sends }] = (await api("GET", `/senders/${desk.id}/sends`)).items;
  // Nine o'clock in Paris, where the browser is.
  assert.deepEqual(sends, [{ at: Date.UTC(2026, 10, 20, 8), count: 12, every_ms: 60_000 }]);
  assert.deepEqual(await accessibilityProblems(page), []);
  await pictures("sender");
});

test("a region that is no longer wanted is taken away", async () => {
  await page.goto(`/senders/${desk.id}`);
  await page.getByLabel("Region of local numbers").fill("");
  await page.getByRole("button", { name: "Save changes" }).click();
  await page.getByText("Saved. Campaigns under way follow").waitFor();
  assert.equal((await api("GET", `/senders/${desk.id}`)).region, null);
});

test("a sender that is slowed down says so beside what it is set to", async () => {
  await page.route(`**/api/v1/senders/${desk.id}`, async (route) => {
    const answer = await route.fetch();
    return route.fulfill({ json: { ...(await answer.json()), provider: WEBHOOK, slowed_to: 12.5 } });
  });
  await page.reload();
  await page.getByText("Slowed to 12.5 a second").waitFor();
  const field = page.getByLabel("At most a second");
  const described = await field.getAttribute("aria-describedby");
  assert.match(await page.locator(`#${described}`).innerText(), /Slowed to 12\.5/);
  await page.unrouteAll();
});

test("whoever is no administrator sees the price, and not the address", async () => {
  await api("PUT", `/senders/${desk.id}/price`, { currency: "EUR", per_segment: "0.0079" });
  const me = await api("GET", "/me");
  const { key } = await api("POST", "/keys", { name: "For reading", user_id: me.user_id, role: "viewer", team_id: me.team_id });
  await page.evaluate((viewer) => sessionStorage.setItem("tidegate.key", viewer), key);
  await page.reload();
  await section("Price").getByText("0.0079").waitFor();
  assert.equal(await section("Where replies come in").count(), 0);
  assert.equal(await section("Sent by hand elsewhere").count(), 0);
  await page.setViewportSize({ width: 360, height: 740 });
  await assertFits(page);
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.evaluate((owner) => sessionStorage.setItem("tidegate.key", owner), server.key);
  assert.deepEqual(browser.complaints, []);
});

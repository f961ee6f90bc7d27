// Every page on the real server in the middle of its work: what axe finds in both schemes, that nothing runs over
// the edge of a small phone, and that no page says anything to the browser's log.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { accessibilityProblems, assertFits, openBrowser, openConsole } from "./browser.mjs";
import { makeScene, pagesOf } from "./scene.mjs";

const PHONE = { width: 360, height: 740 };
const WIDE = { width: 1440, height: 900 };

const { server, browser, page } = await openConsole();
const pages = pagesOf(await makeScene(server, { sent: false }));

const settled = async () => {
  await page.locator("main h1, main .campaign, main .compose").first().waitFor();
  await page.waitForLoadState("networkidle");
  await page.locator("main .shape").waitFor({ state: "detached" });
};

test("every page is without violations in both schemes, has a title and one first heading, and fits a small phone", async (t) => {
  for (const [name, address] of Object.entries(pages)) {
    await t.test(name, async () => {
      await page.setViewportSize(WIDE);
      await page.goto(address);
      await settled();
      assert.match(await page.title(), /.+ · Tidegate$/);
      assert.equal(await page.getByRole("heading", { level: 1 }).count(), 1);
      assert.deepEqual(await accessibilityProblems(page), []);
      await page.setViewportSize(PHONE);
      await assertFits(page);
    });
  }
  assert.deepEqual(browser.complaints, []);
});

/** Of what is in sight, how much may move how far while a page loads; Lighthouse lets 0.1 pass. */
const JUMP_MOST = 0.03;

/** Answers come in another order than they were asked for in, and the one that says who is here comes last. */
const LATE_MS = 600;
const lateBy = (url) => (url.endsWith("/me") ? LATE_MS : Number.parseInt(createHash("md5").update(url).digest("hex").slice(0, 6), 16) % LATE_MS);

test("nothing jumps while a page loads on a phone, however slow the network", async (t) => {
  const phone = await openBrowser(server.url, { viewport: { width: 390, height: 844 } });
  try {
    const tools = await phone.page.context().newCDPSession(phone.page);
    await tools.send("Network.enable");
    await tools.send("Network.emulateNetworkConditions", { offline: false, latency: 100, downloadThroughput: 400_000, uploadThroughput: 100_000 });
    await phone.page.route("**/api/**", async (route) => {
      await setTimeout(lateBy(route.request().url()));
      await route.continue();
    });
    await phone.page.addInitScript((key) => {
      sessionStorage.setItem("tidegate.key", key);
      window.jumps = [];
      const keep = (shifts) => window.jumps.push(...shifts.getEntries().map(({ value, sources }) => ({ value, what: sources[0]?.node?.textContent?.trim().slice(0, 40) })));
      new PerformanceObserver(keep).observe({ type: "layout-shift", buffered: true });
    }, server.key);
    for (const [name, address] of Object.entries(pages)) {
      await t.test(name, async () => {
        await phone.page.goto(address);
        await phone.page.waitForLoadState("networkidle");
        const jumps = await phone.page.evaluate(() => window.jumps);
        const moved = jumps.reduce((sum, { value }) => sum + value, 0);
        assert.ok(moved <= JUMP_MOST, `${moved.toFixed(3)}: ${JSON.stringify(jumps)}`);
      });
    }
  } finally {
    await phone.close();
  }
});

/** What one has to come to with Tab. Of radios with one name, and of a group that arrows walk, that is one. */
const controlsOf = () => {
  const all = document.querySelectorAll("main :is(a[href], button, select, textarea, input, summary, [tabindex])");
  const groups = new Set();
  return [...all].flatMap((element) => {
    if (element.disabled || element.tabIndex < 0 || !element.checkVisibility({ visibilityProperty: true })) return [];
    if (element.type === "radio") {
      const isFirst = !groups.has(element.name);
      groups.add(element.name);
      return isFirst ? [element.name] : [];
    }
    element.dataset.walked = String(Math.random());
    return [element.dataset.walked];
  });
};

/** Where the focus is in the page, by what `controlsOf` calls it, and whether one can see that. */
const focused = () => {
  const element = document.activeElement;
  if (!element?.closest("main") || element.id === "content") return null;
  const shown = [element, ...(element.labels ?? [])].some((one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
  });
  return { id: element.type === "radio" ? element.name : element.dataset.walked, shown, what: element.outerHTML.slice(0, 120) };
};

test("every control of a page is reached by keyboard, with the focus in sight", async (t) => {
  await page.setViewportSize(WIDE);
  for (const [name, address] of Object.entries(pages)) {
    await t.test(name, async () => {
      await page.goto(address);
      await settled();
      const wanted = await page.evaluate(controlsOf);
      const reached = new Set();
      for (let turn = 0; turn < wanted.length + 40; turn++) {
        await page.keyboard.press("Tab");
        const found = await page.evaluate(focused);
        if (!found) continue;
        assert.ok(found.shown, `no focus to be seen on ${found.what}`);
        reached.add(found.id);
      }
      const missed = wanted.filter((id) => !reached.has(id));
      const named = await page.evaluate((ids) => ids.map((id) => document.querySelector(`[data-walked="${id}"], [name="${id}"]`)?.outerHTML.slice(0, 120)), missed);
      assert.deepEqual(named, []);
    });
  }
});

// Chromium with the console in it, what it complains of, and what axe finds on a page.
import assert from "node:assert/strict";
import { after } from "node:test";
import AxeBuilder from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { inRoot } from "../../scripts/root.mjs";
import { startServer } from "../server.mjs";
import { apiOf } from "./scene.mjs";
import { serveFolders } from "./static.mjs";

const PATIENCE_MS = 30_000;
const FITS_WITHIN_MS = 5_000;

export const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** A page at `url`, and the list into which everything goes that the browser holds against it. */
export async function openBrowser(url, options = {}) {
  const browser = await launch();
  return { ...(await openPage(browser, url, options)), close: () => browser.close() };
}

const launch = () => chromium.launch({ executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium", args: FLAGS });

async function openPage(browser, url, options) {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1440, height: 900 },
    timezoneId: "Europe/Paris",
    locale: "en-GB",
    reducedMotion: "reduce",
    ...options,
  });
  const page = await context.newPage();
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(`page error: ${error.message}`));
  page.on("console", (line) => {
    if (line.type() === "error" && !isRefusal(line.text())) complaints.push(`console: ${line.text()}`);
  });
  return { page, complaints };
}

/** Chromium writes a line for every answer of 400 and above; a test that asks for one expects it. */
const isRefusal = (text) => /status of (401|409|422)/.test(text);

/**
 * The console on the real server, for one file of tests: `{ server, browser, page, api }`, gone when its tests are
 * done. Signed in as the owner unless told; `cron` is the server's, the other options are those of the browser.
 */
export function openConsole({ cron, ...options } = {}) {
  return opened(() => startServer({ cron }), options);
}

/** The same, where a test answers the API itself (see stand-in.mjs). */
export function openStandIn(options = {}) {
  const serve = async () => ({ ...(await serveFolders({ otherwise: "/index.html" }, inRoot("www", "dist"))), key: "tg_test" });
  return opened(serve, options);
}

async function opened(serve, { signedIn = true, patience_ms = PATIENCE_MS, ...options }) {
  const [server, browser] = await Promise.all([serve(), launch()]);
  const { page, complaints } = await openPage(browser, server.url, options);
  page.setDefaultTimeout(patience_ms);
  // Not a second time: who signs in as somebody else stays that.
  if (signedIn) await page.addInitScript((key) => sessionStorage.getItem("tidegate.key") ?? sessionStorage.setItem("tidegate.key", key), server.key);
  after(async () => {
    await browser.close();
    await server.stop();
  });
  return { server, browser: { page, complaints }, page, api: apiOf(server) };
}

/** What axe finds, in the light and in the dark. */
export async function accessibilityProblems(page) {
  const problems = [];
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    for (const { id, help, nodes } of violations) {
      problems.push(...nodes.map(({ target }) => `${colorScheme}: ${id} at ${target.join(" ")}: ${help}`));
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  return problems;
}

/** That nothing runs over the edge of the window; what is laid out by script follows a change of it a frame later. */
export async function assertFits(page) {
  const { width } = page.viewportSize();
  const fits = (wide) => innerWidth === wide && document.documentElement.scrollWidth <= wide;
  await page.waitForFunction(fits, width, { timeout: FITS_WITHIN_MS }).catch(() => {});
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= width, `${wide} px in a window of ${width} px`);
}

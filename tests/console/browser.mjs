// Chromium, what it complains of, and what axe finds on a page.
import AxeBuilder from "@axe-core/playwright";
import { chromium } from "playwright-core";

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
  const browser = await chromium.launch({
    executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
    args: FLAGS,
  });
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
  return { page, complaints, close: () => browser.close() };
}

/** Chromium writes a line for every answer of 400 and above; a test that asks for one expects it. */
const isRefusal = (text) => /status of (401|409|422)/.test(text);

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

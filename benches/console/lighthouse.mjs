// Lighthouse over the console's pages as they are built for production, served by workerd.
//
//     npm run bench -- console
//
// Started by scripts/bench.mjs with the Node that is in node_modules. Signs in as a person does who asks to be
// remembered: Lighthouse opens a tab of its own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import lighthouse, { desktopConfig } from "lighthouse";
import { chromium } from "playwright-core";
import { FLAGS } from "../../tests/console/browser.mjs";
import { makeScene, pagesOf } from "../../tests/console/scene.mjs";
import { startServer } from "../../tests/server.mjs";

/** What each page has to reach in each category, on a desktop and on a phone, of 100. */
const LEAST = 95;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];
const PAGES = ["campaigns", "compose", "waiting"];
/** A page that others slow down is measured again: the best of these counts. */
const TRIES = 3;

const results = process.argv[2];
const server = await startServer();
const folder = mkdtempSync(join(tmpdir(), "tidegate-lighthouse-"));
const port = await freePort();
const context = await chromium.launchPersistentContext(join(folder, "profile"), {
  executablePath: process.env.CHROME_PATH ?? "/usr/bin/chromium",
  args: [...FLAGS, `--remote-debugging-port=${port}`],
});
let failed = false;
try {
  const addresses = pagesOf(await makeScene(server, { sent: false }));
  mkdirSync(results, { recursive: true });
  await measure("sign-in", "/");
  const page = await context.newPage();
  await page.goto(server.url);
  await page.evaluate((key) => localStorage.setItem("tidegate.key", key), server.key);
  for (const name of PAGES) await measure(name, addresses[name]);
} finally {
  await context.close();
  await server.stop();
  await sleep(100);
  rmSync(folder, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);

/** One line a page and screen, and the whole report as a file. A phone is a quarter of this machine's processor. */
async function measure(name, address) {
  for (const [screen, config] of [["desktop", desktopConfig], ["phone", undefined]]) {
    let best = null;
    for (let turn = 0; turn < TRIES && !(best && lowest(best.lhr) >= LEAST); turn++) {
      const found = await lighthouse(`${server.url}${address}`, { port, output: "html", logLevel: "error", onlyCategories: CATEGORIES, disableStorageReset: true }, config);
      if (!best || lowest(found.lhr) > lowest(best.lhr)) best = found;
    }
    writeFileSync(join(results, `${name}-${screen}.html`), best.report);
    const scores = Object.values(best.lhr.categories).map(({ title, score }) => `${title} ${Math.round((score ?? 0) * 100)}`);
    const lacking = lowest(best.lhr) < LEAST;
    failed ||= lacking;
    console.log(`${name.padEnd(10)} ${screen.padEnd(8)} ${scores.join(", ")}${lacking ? `   below ${LEAST}: ${faults(best.lhr)}` : ""}`);
  }
}

function lowest(lhr) {
  return Math.min(...Object.values(lhr.categories).map(({ score }) => (score ?? 0) * 100));
}

/** What took the points, with what it was measured at. */
function faults(lhr) {
  return Object.values(lhr.audits)
    .filter(({ score, scoreDisplayMode }) => score !== null && score < 0.9 && ["binary", "numeric"].includes(scoreDisplayMode))
    .map(({ id, displayValue }) => (displayValue ? `${id} ${displayValue}` : id))
    .join("; ");
}

function freePort() {
  return new Promise((free) => {
    const probe = createServer();
    probe.listen(0, "127.0.0.1", () => {
      const { port: found } = probe.address();
      probe.close(() => free(found));
    });
  });
}

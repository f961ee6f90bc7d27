// Pictures of every page of the console, wide and narrow, light and dark, to be looked at.
//
//     npm run pictures                       all of them, into build/pictures
//     npm run pictures -- team keys          these pages
//     npm run pictures -- --quick            without waiting for a campaign to be sent
//     npm run pictures -- --into=folder      somewhere else
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { buildConsole, buildWorker } from "./build.mjs";
import { requireChromium } from "./chromium.mjs";
import { inRoot } from "./root.mjs";
import { giveUp, say } from "./say.mjs";
import { openBrowser } from "../tests/console/browser.mjs";
import { makeScene, pagesOf, SCENE_CRON } from "../tests/console/scene.mjs";
import { startServer } from "../tests/server.mjs";

const WIDTHS = [1440, 390];
const SCHEMES = ["light", "dark"];
/** Longer than a plan takes that is made beside the page. */
const SETTLE_MS = 500;

const options = process.argv.slice(2).filter((name) => name.startsWith("--"));
const wanted = process.argv.slice(2).filter((name) => !name.startsWith("--"));
const into = options.find((option) => option.startsWith("--into="))?.slice(7);
const folder = into ? resolve(into) : inRoot("build", "pictures");

if (!options.includes("--as-built")) {
  await buildWorker();
  await buildConsole();
}
process.env.CHROME_PATH = requireChromium();
mkdirSync(folder, { recursive: true });

const server = await startServer({ cron: SCENE_CRON });
try {
  say("setting the scene");
  const pages = { "sign-in": null, ...pagesOf(await makeScene(server, { sent: !options.includes("--quick") })) };
  const unknown = wanted.find((name) => !(name in pages));
  if (unknown) giveUp(`\`${unknown}\` is no page; there are ${Object.keys(pages).join(", ")}`);
  for (const width of WIDTHS) await take(pages, width);
  say(`the pictures are in ${folder}`);
} finally {
  await server.stop();
}

async function take(pages, width) {
  const viewport = { width, height: width > 900 ? 900 : 844 };
  const browser = await openBrowser(server.url, { viewport });
  const { page } = browser;
  for (const [name, address] of Object.entries(pages)) {
    if (wanted.length && !wanted.includes(name)) continue;
    if (address !== null) await page.addInitScript((key) => sessionStorage.setItem("tidegate.key", key), server.key);
    for (const colorScheme of SCHEMES) {
      await page.emulateMedia({ colorScheme });
      await page.goto(address ?? "/");
      await page.waitForLoadState("networkidle");
      await page.locator("main .shape").waitFor({ state: "detached" });
      await page.waitForTimeout(SETTLE_MS);
      // The window is made as high as the page, so that what sticks to its edges stands where it belongs.
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ width, height });
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`) });
      await page.setViewportSize(viewport);
    }
  }
  for (const complaint of browser.complaints) say(complaint);
  await browser.close();
}

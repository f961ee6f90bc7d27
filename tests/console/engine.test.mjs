// The engine's package in Chromium: the examples, and the same answers as in Node.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { inRoot } from "../../scripts/root.mjs";
import { ask } from "../node/ask.mjs";
import { installed } from "../node/installed.mjs";
import { questions } from "../node/scenarios.mjs";
import { openBrowser } from "./browser.mjs";
import { serveFolders } from "./static.mjs";

/** A Sunday, 23:30 in Paris, of which the examples know by the page's clock alone. */
const SUNDAY = new Date("2026-11-22T22:30:00Z");

let browser;
before(async () => {
  browser = await openBrowser();
  await browser.page.clock.setFixedTime(SUNDAY);
});
after(() => browser?.close());

/** Opens what a folder serves, lets `look` look at it, and asks whether the browser complained. */
async function visiting(folders, look) {
  const server = await serveFolders(...folders);
  try {
    browser.complaints.length = 0;
    await browser.page.goto(server.url);
    await look(browser.page);
    assert.deepEqual(browser.complaints, []);
  } finally {
    await server.stop();
  }
}

test("the example for a page plans as one types", async () => {
  const { folder, remove } = installed("browser");
  try {
    await visiting([folder], async (page) => {
      const answer = page.locator("#answer");
      const says = (text) => answer.filter({ hasText: text }).waitFor({ timeout: 5000 });
      await says(/^The last goes on Friday, November 27, 2026 at 10:39/);
      await page.fill("#count", "1");
      await says(/^The last goes on Monday, November 23, 2026 at 9:00/);
      await page.fill("#count", "0");
      await says("Nobody to reach.");
      await page.fill("#max", "0");
      await says(/limits\[0\]\.max/);
    });
  } finally {
    remove();
  }
});

test("the example for a bundler is built by Vite and says what holds a message", async () => {
  const { folder, remove } = installed("bundler");
  try {
    const vite = inRoot("node_modules", "vite", "bin", "vite.js");
    const { status, stdout, stderr } = spawnSync(process.execPath, [vite, "build"], { cwd: folder, encoding: "utf8" });
    assert.equal(status, 0, stdout + stderr);
    await visiting([join(folder, "dist")], async (page) => {
      await page.locator("#answer li").first().waitFor({ timeout: 5000 });
      assert.deepEqual(await page.locator("#answer li").allTextContents(), [
        "outside sending hours; opens at Mon 23 Nov 09:00",
        "blocked by Sunday; ends at Mon 23 Nov 00:00",
      ]);
    });
  } finally {
    remove();
  }
});

test("[B2] Chromium gives the same answers as Node, byte for byte", async () => {
  const engine = await import("../../pkg/tidegate.js");
  engine.initSync({ module: readFileSync(inRoot("pkg", "tidegate_bg.wasm")) });
  const asked = questions();
  const { folder, remove } = installed("browser");
  try {
    await visiting([folder, inRoot("tests", "node")], async (page) => {
      const answers = await page.evaluate(async (calls) => {
        const engine = await import("/node_modules/tidegate/tidegate.js");
        const { ask } = await import("/ask.mjs");
        await engine.default();
        return ask(engine, calls);
      }, asked);
      const expected = ask(engine, asked);
      assert.ok(expected.length > 500, `${expected.length} questions`);
      for (const [index, answer] of expected.entries()) assert.equal(answers[index], answer, JSON.stringify(asked[index]));
      assert.equal(answers.length, expected.length);
    });
  } finally {
    remove();
  }
});

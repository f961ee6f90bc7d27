// The program on the package's own page runs, and prints what the comments in it say.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { inRoot } from "../../scripts/root.mjs";
import { installed } from "./installed.mjs";

const user = installed();
after(user.remove);

const wasm = JSON.stringify(inRoot("pkg", "tidegate_bg.wasm"));

test("the program on the package's page answers what the page says", async () => {
  const [, program] = readFileSync(inRoot("pkg", "README.md"), "utf8").match(/^```js\n(.*?)^```$/ms);
  const said = [];
  const running = program
    // Node has no fetch for files, so that here the bytes are handed over.
    .replace("await init();", `await init({ module_or_path: readFileSync(${wasm}) });`)
    .replace(/^(\w.*);\n\/\/ (.*)$/gm, (_, expression, comment) => {
      said.push(comment);
      return `answers.push(${expression});`;
    });
  const file = join(user.folder, "program.mjs");
  writeFileSync(file, `import { readFileSync } from "node:fs";\nexport const answers = [];\n${running}`);

  const { answers } = await import(pathToFileURL(file).href);
  const [text, runs] = answers;
  assert.equal(said.length, 2);
  assert.equal(text, said[0]);
  const [first] = new Function(`return ${said[1].replace(", ...]", "]")}`)();
  assert.deepEqual(runs[0], first);
  assert.ok(runs.length > 1);
});

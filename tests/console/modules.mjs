// The console's own modules, bundled for Node with the engine as it is published.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { inRoot } from "../../scripts/root.mjs";

const ENGINE = inRoot("pkg", "tidegate.js");

/** Everything that the files under www/src export, as one object. */
export async function consoleModules(...files) {
  const engine = await import(pathToFileURL(ENGINE).href);
  engine.initSync({ module: readFileSync(inRoot("pkg", "tidegate_bg.wasm")) });
  const folder = mkdtempSync(join(tmpdir(), "tidegate-modules-"));
  try {
    const outfile = join(folder, "modules.mjs");
    await build({
      stdin: {
        contents: files.map((file) => `export * from ${JSON.stringify(inRoot("www", "src", file))};`).join("\n"),
        resolveDir: inRoot(),
      },
      outfile,
      bundle: true,
      format: "esm",
      logLevel: "error",
      plugins: [sharedEngine],
    });
    return { engine, ...(await import(pathToFileURL(outfile).href)) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** One instance of the engine for the modules and the test; the page loads the wasm by its address. */
const sharedEngine = {
  name: "shared-engine",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^tidegate$/ }, () => ({ path: pathToFileURL(ENGINE).href, external: true }));
    onResolve({ filter: /\.wasm\?url$/ }, (found) => ({ path: found.path, namespace: "address" }));
    onLoad({ filter: /.*/, namespace: "address" }, () => ({ contents: "export default ''" }));
  },
};

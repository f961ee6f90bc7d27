import { fileURLToPath } from "node:url";
import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig, type Plugin } from "vite";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The policy on content forbids inline styles; a class of app.css says the same. */
const withoutInlineStyles: Plugin = {
  name: "without-inline-styles",
  enforce: "pre",
  transform(code, id) {
    if (!/bits-ui.*\.svelte$/.test(id) || !code.includes('style="display: contents;"')) return null;
    return { code: code.replaceAll('style="display: contents;"', 'class="contents"'), map: null };
  },
};

/** What is small and needs no dialog, picker or engine of its own. */
const SMALL =
  /src.(act|format|poll|save-file|zone|api.\w+|campaign.(mark|words|ProgressBar)|pages.channels|parts.(DayFilter|Field|FileButton|Filter|Loading|Outcome|Pager|RejectedRows|Search|StatusMark|TableFrame|Tabs|UploadBar|Views)|reports.period)\.(svelte|svelte\.ts|ts)$/;

export default defineConfig({
  root: here("."),
  plugins: [withoutInlineStyles, svelte({ configFile: here("svelte.config.js") })],
  resolve: {
    alias: [
      { find: /^tidegate$/, replacement: here("../pkg/tidegate.js") },
      { find: /^tidegate\//, replacement: here("../pkg/") },
    ],
  },
  build: {
    outDir: here("dist"),
    emptyOutDir: true,
    target: ["chrome123", "firefox128", "safari17.5"],
    // The policy on content forbids data: and inline sources, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // A phone pays for each file of a page: the small things that many pages need come in one, and so do all styles.
    cssCodeSplit: false,
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: "shared", test: SMALL, minShareCount: 3 }] } },
    },
  },
  worker: { format: "es" },
  server: {
    fs: { allow: [here("..")] },
    proxy: { "/api": "http://127.0.0.1:8787" },
  },
});

// How much JavaScript each page of the console loads, compressed. What the first page loads has a
// bound: it is opened over bad lines too.
import { gzipSync } from "node:zlib";

export const FIRST_PAGE = "Campaigns";
/** In bytes with gzip; the engine is not among them. */
export const FIRST_PAGE_MOST = 90_000;

/** Bytes with gzip by page, from what Vite built. */
export function pageSizes(output) {
  const chunks = new Map(output.filter(({ type }) => type === "chunk").map((chunk) => [chunk.fileName, chunk]));
  const sizes = new Map([...chunks].map(([name, { code }]) => [name, gzipSync(code).length]));
  const loaded = (name, found = new Set()) => {
    if (found.has(name) || !chunks.has(name)) return found;
    found.add(name);
    for (const other of chunks.get(name).imports) loaded(other, found);
    return found;
  };
  const entry = [...chunks.values()].find(({ isEntry }) => isEntry);
  const pages = entry.dynamicImports.flatMap((name) => {
    const page = chunks.get(name)?.facadeModuleId?.match(/\/pages\/(\w+)\.svelte$/)?.[1];
    return page ? [[page, name]] : [];
  });
  const sum = (names) => [...names].reduce((total, name) => total + sizes.get(name), 0);
  return new Map(pages.map(([page, name]) => [page, sum(loaded(name, loaded(entry.fileName)))]));
}

/** One line, the first page first. */
export function sizeLine(pages) {
  const sorted = [...pages].sort(([a, x], [b, y]) => (b === FIRST_PAGE) - (a === FIRST_PAGE) || x - y);
  return `JavaScript with gzip: ${sorted.map(([page, size]) => `${page} ${(size / 1000).toFixed(1)} KB`).join(", ")}`;
}

// Serves folders as they are, as any static server would: the first that has the file. What none of
// them has is `otherwise`, where that is given, as for a page with routes of its own.
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

export async function serveFolders(...given) {
  const { otherwise } = typeof given[0] === "object" ? given[0] : {};
  const folders = given.filter((folder) => typeof folder === "string");
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const wanted = normalize(decodeURIComponent(pathname)).replace(/\/$/, "/index.html");
    const paths = [wanted, otherwise].filter(Boolean).flatMap((path) => folders.map((folder) => join(folder, path)));
    const file = paths.find((found) => statSync(found, { throwIfNoEntry: false })?.isFile());
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((resolve) => server.close(resolve).closeAllConnections()),
  };
}

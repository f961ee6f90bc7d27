// A provider in a process of its own, so that its CPU time is nobody else's: it takes every POST of a
// JSON document with an `id`, after as many milliseconds as it is told, and counts.
//
//     node provider.mjs       prints its port; GET /counts answers and forgets; PUT /answer {"after_ms"}
import { createServer } from "node:http";

let afterMs = 0;
let counts = fresh();

const server = createServer((request, response) => {
  if (request.method === "GET") {
    const { ids, ...rest } = counts;
    counts = fresh();
    return response.end(JSON.stringify({ ...rest, different: ids.size }));
  }
  if (request.method === "POST") {
    counts.open += 1;
    counts.mostOpen = Math.max(counts.mostOpen, counts.open);
    counts.firstMs ??= performance.now();
    counts.lastMs = performance.now();
  }
  let text = "";
  request.setEncoding("utf8").on("data", (piece) => (text += piece));
  request.on("end", () => {
    const body = JSON.parse(text);
    if (request.method === "PUT") {
      afterMs = body.after_ms;
      return response.end();
    }
    counts.posts += 1;
    counts.ids.add(body.id);
    if (afterMs) setTimeout(answer, afterMs);
    else answer();
  });
  function answer() {
    counts.open -= 1;
    response.writeHead(202, { "content-type": "application/json" });
    response.end('{"id":"taken"}');
  }
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => console.log(server.address().port));

function fresh() {
  return { posts: 0, ids: new Set(), open: 0, mostOpen: 0, firstMs: undefined, lastMs: undefined };
}

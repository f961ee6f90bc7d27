// A provider on 127.0.0.1 that records what it is sent and answers as a test tells it to.
import { createServer } from "node:http";

const TAKEN = { status: 202, body: {} };

/**
 * Answers `{ url, posts, answerWith, reset, close }`.
 *
 * `posts` holds every request in the order it arrived: `{ atMs, method, path, headers, body }`,
 * the body parsed if it is JSON. `answerWith` takes an answer or a function of the request and
 * its number (from 0) that gives one:
 *
 * - `{ status, headers, body, delayMs }`, the body sent as JSON;
 * - `{ stalls: true, status, headers }` sends the headers and the beginning of a body that never ends;
 * - `{ hangUp: true, delayMs }` takes the request and resets the connection.
 */
export async function startProvider() {
  const posts = [];
  let answer = () => TAKEN;

  const server = createServer(async (request, response) => {
    const atMs = Date.now();
    const text = await readAll(request);
    const post = { atMs, method: request.method, path: request.url, headers: request.headers, body: parsed(text) };
    const { status = 200, headers = {}, body = {}, delayMs = 0, hangUp = false, stalls = false } = answer(post, posts.push(post) - 1);
    if (delayMs) await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (hangUp) return request.socket.resetAndDestroy();
    response.writeHead(status, { "content-type": "application/json", ...headers });
    if (stalls) return response.write("{");
    response.end(JSON.stringify(body));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));

  return {
    url: `http://127.0.0.1:${server.address().port}`,
    posts,
    answerWith(next) {
      answer = typeof next === "function" ? next : () => next;
    },
    reset() {
      posts.length = 0;
      answer = () => TAKEN;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readAll(request) {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) text += chunk;
  return text;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

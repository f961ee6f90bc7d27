// Fires the crons of wrangler.toml, which no local runtime does by itself.
import { Cron } from "croner";

const MINUTE_MS = 60_000;

/**
 * Calls `fire(expression, scheduledMs)` at each instant that an expression names, in UTC as
 * Cloudflare reads them. A firing that is due while the last one still runs is left out, and
 * after a sleep of the machine nothing is made up for. Answers a function that stops it all and
 * waits for what is still running.
 */
export function startCrons(expressions, fire) {
  const running = new Set();
  const jobs = expressions.map(
    (expression) =>
      new Cron(expression, { timezone: "UTC", protect: true }, () => {
        const scheduledMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
        const firing = fire(expression, scheduledMs).finally(() => running.delete(firing));
        running.add(firing);
        return firing;
      }),
  );
  return async () => {
    for (const job of jobs) job.stop();
    await Promise.allSettled(running);
  };
}

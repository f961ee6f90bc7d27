// The POST of the peers: of the size of ours, over connections that are kept.
import { Pool } from "undici";

/** Answers a function that POSTs the message of a row and answers what the provider said. */
export function poster(url, connections) {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1 });
  return async (row) => {
    const id = `cmp_aaaaaaaaaaaaaaaaaaaaaaaaaa-${row}`;
    const body = JSON.stringify({
      id,
      to: `+3364${String(row).padStart(7, "0")}`,
      channel: "sms",
      text: `Hi Person ${row}, the sale starts tomorrow at nine.`,
      campaign_id: "cmp_aaaaaaaaaaaaaaaaaaaaaaaaaa",
      sender_id: "snd_aaaaaaaaaaaaaaaaaaaaaaaaaa",
      callback_url: `/api/v1/receipts/${"a".repeat(64)}`,
    });
    const headers = { "content-type": "application/json", "idempotency-key": id };
    const { statusCode, body: answer } = await pool.request({ path: pathname, method: "POST", headers, body });
    return { statusCode, ...(await answer.json()) };
  };
}

/** Tells how much CPU time this process took, in seconds, and ends it. */
export function finish() {
  const { user, system } = process.cpuUsage();
  process.stdout.write(String((user + system) / 1e6), () => process.exit(0));
}

// A whole campaign on workerd, as the API takes it: imported, scheduled, handed over to a provider.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { newKey } from "../../scripts/admin-key.mjs";
import { admit, migrate, startWorker } from "../../scripts/runtime.mjs";

const MINUTE_MS = 60_000;

/** A deployment with a fresh database. Both are options as for `startWorker`. */
export async function startOurs(worker = {}, shared = {}) {
  const instance = startWorker({ shared: { port: 0, ...shared }, worker });
  const url = await instance.ready;
  const db = await instance.getD1Database("DB");
  const fetcher = await instance.getWorker();
  const key = newKey();
  await migrate(db);
  await admit(db, key, Date.now());
  return {
    db,
    url,
    headers: { authorization: `Bearer ${key}` },
    stop: () => instance.dispose(),

    async post(path, body, type = "application/json") {
      const response = await fetch(new URL(`api/v1/${path}`, url), {
        method: "POST",
        headers: { authorization: `Bearer ${key}`, "content-type": type },
        body: typeof body === "string" ? body : JSON.stringify(body),
      });
      const answer = await response.json();
      assert.ok(response.ok, JSON.stringify(answer));
      return answer;
    },

    /** What each invocation since the last call asked of the database, where that is counted. */
    tallies: async () => (await fetch(new URL("tallies", url))).json(),

    tick: (ms) => fetcher.scheduled({ cron: "* * * * *", scheduledTime: new Date(ms) }),

    /** Imports and schedules a campaign of `count` people. It starts within half a minute. */
    async campaign({ provider, count, sender, policy = {} }) {
      sender ??= (await this.post("senders", { name: "Shop", channel: "sms", provider, policy })).id;
      const content = { text: "Hi {{name}}, the sale starts tomorrow at nine." };
      const campaign = await this.post("campaigns", { name: "Sale", sender_id: sender, content });
      const rows = Array.from({ length: count }, (_, row) => `Person ${row},+3364${String(row).padStart(7, "0")}\n`);
      await this.post(`campaigns/${campaign.id}/recipients?file_name=a.csv`, `name,phone\n${rows.join("")}`, "text/csv");
      await this.post(`campaigns/${campaign.id}/schedule`, {});
      return campaign;
    },

    /** Ticks each minute until the campaign is completed; false when it is not within `withinMs`. */
    async complete({ id }, withinMs) {
      const end = Date.now() + withinMs;
      for (let tick = 0; Date.now() < end; ) {
        if (Date.now() >= tick) {
          await this.tick(Date.now());
          tick = Math.floor(Date.now() / MINUTE_MS + 1) * MINUTE_MS;
        }
        // Seldom: looking costs CPU time too.
        await sleep(1_000);
        const row = await db.prepare("SELECT status FROM campaigns WHERE id = ?1").bind(id).first();
        if (row.status === "completed") return true;
      }
      return false;
    },
  };
}

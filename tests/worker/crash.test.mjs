// Three small rounds of the crash test at once; `npm run crash` runs large ones.
import assert from "node:assert/strict";
import { test } from "node:test";
import { crashRound } from "./crash.mjs";

const MESSAGES = 600;
const KILLS = 3;
/** So that what the dead left is found soon after their leases have run out. */
const CRON = "*/5 * * * * *";

const ROUNDS = [
  { deduplicates: true, seed: 1 },
  { deduplicates: false, seed: 2 },
  { deduplicates: false, seed: 3 },
];

test("[B8] servers killed in the middle of dispatch double nobody, lose nobody and break no rule", { concurrency: true }, async (t) => {
  const rounds = ROUNDS.map(({ deduplicates, seed }) =>
    t.test(`a provider that ${deduplicates ? "deduplicates" : "does not deduplicate"}, seed ${seed}`, async () => {
      const { figures, wrong } = await crashRound({ seed, deduplicates, messages: MESSAGES, kills: KILLS, cron: CRON });
      t.diagnostic(JSON.stringify(figures));
      assert.deepEqual(wrong.map(({ check, found }) => [check, ...found.slice(0, 5)]), []);
      assert.ok(figures.kills >= KILLS, `it was completed after ${figures.kills} kills`);
      assert.ok(figures.inDoubt > 0, "no kill left a message in doubt");
    }),
  );
  await Promise.all(rounds);
});

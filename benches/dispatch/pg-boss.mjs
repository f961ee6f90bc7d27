// pg-boss: a job a message, fetched and completed in batches, a POST each. The first argument is how
// PostgreSQL is reached.
//
//     node pg-boss.mjs postgres://... URL COUNT CONCURRENCY
import PgBoss from "pg-boss";
import { finish, poster } from "./post.mjs";

const [connectionString, url] = process.argv.slice(2, 4);
const [count, concurrency] = process.argv.slice(4).map(Number);
const boss = new PgBoss({ connectionString, max: 10, supervise: false, schedule: false });
boss.on("error", (error) => console.error(error));
await boss.start();
const queue = `messages-${Date.now()}`;
await boss.createQueue(queue);
for (let first = 0; first < count; first += 500) {
  const jobs = Array.from({ length: Math.min(500, count - first) }, (_, k) => ({ name: queue, data: { row: first + k } }));
  await boss.insert(jobs);
}
const post = poster(url, concurrency);
const loop = async () => {
  for (;;) {
    const jobs = await boss.fetch(queue, { batchSize: 500 });
    if (!jobs?.length) return;
    const answers = await Promise.all(jobs.map((job) => post(job.data.row)));
    await boss.complete(queue, jobs.map((job) => job.id), { taken: answers.length });
  }
};
await Promise.all([loop(), loop()]);
finish();

// BullMQ: a job a message, a POST each, its answer kept. PORT is Redis's.
//
//     node bullmq.mjs PORT URL COUNT CONCURRENCY
import { Queue, Worker } from "bullmq";
import { finish, poster } from "./post.mjs";

const [port, url, count, concurrency] = process.argv.slice(2).map((one) => (/^\d+$/.test(one) ? Number(one) : one));
const connection = { host: "127.0.0.1", port, maxRetriesPerRequest: null };
const queue = new Queue("messages", { connection });
await queue.obliterate({ force: true });
for (let first = 0; first < count; first += 500) {
  const jobs = Array.from({ length: Math.min(500, count - first) }, (_, k) => ({ name: "send", data: { row: first + k } }));
  await queue.addBulk(jobs);
}
const post = poster(url, concurrency);
await new Promise((resolve, reject) => {
  let done = 0;
  const worker = new Worker("messages", (job) => post(job.data.row), { connection, concurrency });
  worker.on("completed", () => {
    done += 1;
    if (done === count) worker.close().then(resolve);
  });
  worker.on("failed", (_, error) => reject(error));
});
finish();

// The entry module of a Worker whose use of D1 is counted: it stands in for the real one, hands
// every event on to it, and keeps one tally an invocation. Only tests and benchmarks load it.
//
// What is counted is what D1 itself says in the `meta` of each statement's result, and what it
// bills: rows written, indexes and triggers included, and rows read.
import worker from "./index.js";

const tallies = [];

export default {
  fetch(request, env, context) {
    const { pathname } = new URL(request.url);
    if (pathname === "/tallies") return Response.json(tallies.splice(0));
    return worker.fetch(request, counted(env, `${request.method} ${pathname}`), context);
  },
  scheduled: (event, env, context) => worker.scheduled(event, counted(env, "scheduled"), context),
  queue: (batch, env, context) => worker.queue(batch, counted(env, "queue"), context),
};

/** The bindings, with a database of its own for this invocation. */
function counted(env, what) {
  const tally = { what, batches: 0, queries: 0, read: 0, written: 0, statements: {} };
  tallies.push(tally);
  return { ...env, DB: new D1Database(env.DB, tally) };
}

/**
 * The Worker's database has no other way than `batch`; any other would not be here, and fail. The
 * Rust side knows a binding by the name of its class.
 */
class D1Database {
  #db;
  #tally;
  constructor(db, tally) {
    this.#db = db;
    this.#tally = tally;
  }

  prepare(sql) {
    const statement = this.#db.prepare(sql);
    return { bind: (...values) => ({ sql, bound: statement.bind(...values) }) };
  }

  async batch(statements) {
    const tally = this.#tally;
    tally.batches += 1;
    tally.queries += statements.length;
    const results = await this.#db.batch(statements.map(({ bound }) => bound));
    results.forEach(({ meta }, index) => {
      const sql = statements[index].sql.replace(/\s+/g, " ");
      const one = (tally.statements[sql] ??= { times: 0, read: 0, written: 0 });
      one.times += 1;
      for (const sum of [tally, one]) {
        sum.read += meta.rows_read;
        sum.written += meta.rows_written;
      }
    });
    return results;
  }
}

// The module workerd loads: it hands each event to the compiled Worker.
//
// After a trap the compiled module makes itself a fresh instance before the next call, so the
// calls below never need to know. See tools/build/src/worker.rs.
import * as worker from "tidegate-worker";

export default {
  fetch: (request, env, context) => worker.fetch(request, env, context),
  scheduled: (event, env, context) => worker.scheduled(event, env, context),
  queue: (batch, env, context) => worker.queue(batch, env, context),
};

// Answers a plan request with its plan: `curl --json @request.json http://localhost:8787`.
import { initSync, plan } from "tidegate";
import wasm from "tidegate/tidegate_bg.wasm";

initSync({ module: wasm });

export default {
  async fetch(request) {
    if (request.method !== "POST") return new Response("POST a plan request\n", { status: 405, headers: { allow: "POST" } });
    let asked;
    try {
      asked = await request.json();
    } catch {
      return Response.json({ problems: [{ path: "", code: "malformed", message: "it is no JSON; write a plan request" }] }, { status: 400 });
    }
    try {
      return Response.json(plan(asked));
    } catch (refusal) {
      if (!refusal.problems) throw refusal;
      return Response.json({ problems: refusal.problems }, { status: 422 });
    }
  },
};

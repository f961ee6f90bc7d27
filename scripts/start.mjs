// `npm start`: builds what has changed, then serves it.
import { buildAll } from "./build.mjs";

await buildAll();
const { serve } = await import("./serve.mjs");
await serve();

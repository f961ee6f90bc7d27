// `npm start`: builds what has changed, then serves it.
import { buildAll } from "./build.mjs";
import { giveUp } from "./say.mjs";

await buildAll();
const { serve } = await import("./serve.mjs");
try {
  await serve();
} catch (error) {
  giveUp(error.message);
}

import "./app.css";
import "./dialogs.css";
import "./pages.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { loadEngine } from "./engine";

const target = document.getElementById("app");
if (target) {
  loadEngine().then(
    () => mount(App, { target }),
    (cause: unknown) => {
      const said = document.createElement("p");
      said.textContent = `The engine did not load (${String(cause)}). Reload the page.`;
      target.replaceChildren(said);
    },
  );
}

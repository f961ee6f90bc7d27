import "./app.css";
import "./dialogs.css";
import "./pages.css";
import { mount } from "svelte";
import App from "./App.svelte";

const target = document.getElementById("app");
if (target) mount(App, { target });

// Says whether a message may go at this moment, and if not, what holds it back.
import init, { decide, type Policy } from "tidegate";
import wasm from "tidegate/tidegate_bg.wasm?url";

const policy: Policy = {
  time_zone: "Europe/Paris",
  windows: [{ from: "09:00", to: "12:00" }, { from: "13:00", to: "17:30" }],
  blocked: [{ name: "Sunday", days: ["sun"], from: "00:00", to: "24:00" }],
};

await init({ module_or_path: wasm });
const decision = decide({ layers: [{ name: "sender", policy }], now: Date.now() });
const lines = decision.verdict === "send" ? ["It may go now."] : decision.because.map((reason) => reason.text);

document.querySelector("#answer")?.replaceChildren(
  ...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })),
);

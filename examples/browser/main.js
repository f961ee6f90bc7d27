// The plan follows what is typed, up to a million messages: it is made anew at every key.
import init, { plan } from "tidegate";

const TIME_ZONE = "America/Toronto";

const count = document.querySelector("#count");
const max = document.querySelector("#max");
const answer = document.querySelector("#answer");
const written = new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "short", timeZone: TIME_ZONE });

await init();
for (const field of [count, max]) field.addEventListener("input", show);
show();

function show() {
  const policy = {
    time_zone: TIME_ZONE,
    windows: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:30" }],
    limits: [{ max: max.valueAsNumber, calendar: "day" }],
    gap: "30s",
  };
  try {
    const { last } = plan({ layers: [{ policy }], now: Date.now(), count: count.valueAsNumber });
    answer.textContent = last === null ? "Nobody to reach." : `The last goes on ${written.format(last)}.`;
  } catch (refusal) {
    answer.textContent = refusal.message;
  }
}

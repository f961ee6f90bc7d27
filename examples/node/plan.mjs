// When do 1,000 messages go from a sender that may send 200 a day? And what if that is too late?
import { readFileSync } from "node:fs";
import { advise, initSync, plan } from "tidegate";

initSync({ module: readFileSync(new URL(import.meta.resolve("tidegate/tidegate_bg.wasm"))) });

const request = {
  layers: [
    {
      name: "sender",
      policy: {
        time_zone: "America/Toronto",
        windows: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:30" }],
        limits: [{ max: 200, calendar: "day" }],
        gap: "30s",
      },
    },
  ],
  now: "2026-11-20T16:00:00-05:00",
  count: 1000,
};

for (const { date, count } of plan(request).days) console.log(`${date}  ${count}`);

const { enough, advice } = advise({ ...request, finish_by: "2026-11-25T12:00:00-05:00" });
if (!enough) for (const { text } of advice) console.log(text);

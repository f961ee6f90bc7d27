// A deployment in the middle of its work, made over the API: what the pictures show, and what the checks of all
// pages look at.
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** Served with this, a campaign that is due need not wait for the minute. */
export const SCENE_CRON = "*/3 * * * * *";
const DONE_MS = 120_000;

const OFFICE = {
  time_zone: "Europe/Paris",
  windows: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:30" }],
  blocked: [{ name: "Lunch", from: "12:00", to: "13:00" }],
  limits: [{ max: 200, rolling: "24h" }],
  gap: "30s",
  breaks: [{ after: 20, pause: "15m" }],
};

const NAMES = ["Zoë", "Omar", "Li", "Ana", "Yusuf", "Maud", "Pavel", "Ines", "Tariq", "Noor", "Jonas", "Aiko"];
const TOWNS = ["Brest", "Sète", "Calais", "Royan", "Dieppe"];

const file = (people, from) =>
  ["name,phone,town", ...Array.from({ length: people }, (_, i) => `${NAMES[i % NAMES.length]},+3361${from + i},${TOWNS[i % TOWNS.length]}`)].join("\n");

/** The API by the owner's key: answers the body, and throws what was refused. */
export function apiOf({ url, key }) {
  return async (method, path, body, headers = {}) => {
    const type = typeof body === "string" ? "text/csv" : "application/json";
    const response = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, "idempotency-key": crypto.randomUUID(), ...(body !== undefined && { "content-type": type }), ...headers },
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
    });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${text}`);
    return text ? JSON.parse(text) : null;
  };
}

/**
 * Makes it, and answers the ids of what there is. With `sent`, one campaign has gone and has receipts and
 * answers, which takes half a minute.
 */
export async function makeScene(server, { sent = true } = {}) {
  const api = apiOf(server);
  const me = await api("GET", "/me");
  await api("PATCH", `/teams/${me.team_id}`, { name: "Harbour office" });
  const north = await api("POST", "/teams", { name: "North quay" });
  const ada = await api("POST", "/users", { name: "Ada Marin", email: "ada@example.com", time_zone: "Europe/Paris" });
  const omar = await api("POST", "/users", { name: "Omar Benali", time_zone: "America/Toronto" });
  await api("POST", "/users", { name: "Li Wen", email: "li@example.com" });
  await api("PUT", `/teams/${me.team_id}/members/${ada.id}`, { role: "operator" });
  await api("PUT", `/teams/${me.team_id}/members/${omar.id}`, { role: "viewer" });
  const laptop = await api("POST", "/keys", { name: "Laptop", user_id: ada.id });
  await api("POST", "/keys", { name: "Report of the week", user_id: ada.id, role: "viewer", team_id: me.team_id, expires_at: Date.now() + 30 * 86_400_000 });
  await api("GET", "/me", undefined, { authorization: `Bearer ${laptop.key}` });
  await api("PUT", "/me/goals", { time_zone: "Europe/Paris", goals: { sms: 150 } });

  const sender = (name, channel, policy) => api("POST", "/senders", { name, channel, provider: { kind: "sandbox" }, policy });
  const desk = await sender("Front desk", "sms", OFFICE);
  const pilots = await sender("Pilot line", "sms", { time_zone: "Europe/Paris" });
  const letter = await sender("Harbour letter", "email", { time_zone: "Europe/Paris" });
  await api("PUT", `/senders/${desk.id}/price`, { currency: "EUR", per_segment: "0.0079", per_message: "0", inbound: "0.0075" });
  await api("PUT", `/senders/${pilots.id}/price`, { currency: "EUR", per_segment: "0.0079", per_message: "0", inbound: "0.0075" });
  await api("POST", "/words", { kind: "word", value: "casino", note: "gambling" });

  const campaign = async (name, from, people, text, first, more = {}) => {
    const made = await api("POST", "/campaigns", { name, sender_id: from.id, content: { text }, ...more });
    await api("POST", `/campaigns/${made.id}/recipients?file_name=people.csv`, file(people, first));
    return made.id;
  };
  const winter = await campaign("Winter hours", pilots, 24, "Hello {{name}}, the harbour office opens at nine until March.", 2345600);
  let letters;
  if (sent) {
    await api("POST", `/campaigns/${winter}/schedule`, {});
    letters = await mail(api, letter);
  }
  const dates = await campaign("Term dates", desk, 640, "Hello {{name}}, term begins on 7 January. Reply STOP to hear no more.", 2300000);
  await api("POST", `/campaigns/${dates}/schedule`, {});
  const draft = await campaign("Open day", desk, 180, "Hello {{name}}, the harbour is open to everybody on Saturday from ten. See the boats of {{town}}, and bring a friend.", 2310000, {
    policy: { time_zone: "Europe/Paris", limits: [{ max: 60, calendar: "day" }] },
  });
  const paused = await campaign("Berth fees", desk, 90, "Hello {{name}}, your berth’s fee is due at the end of the month.", 2320000);
  await api("POST", `/campaigns/${paused}/schedule`, { at: Date.now() + 3 * 86_400_000 });
  await api("POST", `/campaigns/${paused}/pause`, {});
  if (sent) {
    for (const id of [winter, letters]) await until(async () => (await api("GET", `/campaigns/${id}`)).status === "completed");
    await answer(api);
  }
  const talk = "+33612345606";
  await contactsOf(api, talk);
  return { team: me.team_id, north: north.id, ada: ada.id, desk: desk.id, pilots: pilots.id, winter, dates, draft, paused, talk };
}

/** A letter to five mailboxes: the campaign's id. */
async function mail(api, { id }) {
  const content = { subject: "What the harbour does in winter", text: "Dear {{name}},\n\nthe office opens at nine until March. Bring your berth’s card.\n\nThe harbour office" };
  const made = await api("POST", "/campaigns", { name: "Winter letter", sender_id: id, content });
  const people = NAMES.slice(0, 5).map((name, i) => `${name},person${i}@example.com`);
  await api("POST", `/campaigns/${made.id}/recipients?file_name=letter.csv`, ["name,email", ...people].join("\n"));
  await api("POST", `/campaigns/${made.id}/schedule`, {});
  return made.id;
}

/** A few people with tags and accounts, and one who wants nothing. */
async function contactsOf(api, first) {
  const TAGS = [["berth", "vip"], ["berth"], [], ["crew"]];
  const STORES = [["North quay"], ["South quay"], []];
  for (const [i, name] of NAMES.entries()) {
    const address = i === 6 ? first : `+336129988${10 + i}`;
    const addresses = [{ channel: "sms", address }, ...(i % 3 === 0 ? [{ channel: "email", address: `person${i}@example.com` }] : [])];
    await api("POST", "/contacts", { name: `${name} ${"ABCDEFGHIJKL"[i]}.`, addresses, tags: TAGS[i % TAGS.length], accounts: STORES[i % STORES.length], fields: { town: TOWNS[i % TOWNS.length] } });
  }
  await api("POST", "/opt-outs", { channel: "sms", address: "+33612998899", reason: "asked on the phone" });
}

/** What the people of the winter hours answer: receipts but for one, failures for three, a reply and a STOP. */
async function answer(api) {
  const { items: all } = await api("GET", "/sandbox/messages?limit=100");
  // The letters and, in office hours, the term dates came to the same sandbox, in any order.
  const items = all.filter(({ to }) => to.startsWith("+336123456"));
  const REASONS = ["unreachable", "bad_address", "bad_address"];
  for (const [i, { id }] of items.entries()) {
    if (i === 4) continue;
    await api("POST", `/sandbox/messages/${id}/receipts`, i < REASONS.length ? { status: "failed", reason: REASONS[i] } : { status: "delivered" });
  }
  const asking = items.find(({ to }) => to === "+33612345606") ?? items[6];
  await api("POST", `/sandbox/messages/${asking.id}/replies`, { text: "Thank you! Is parking free?" });
  await api("POST", `/sandbox/messages/${items[8].id}/replies`, { text: "STOP" });
}

async function until(isSo) {
  const end = Date.now() + DONE_MS;
  while (!(await isSo())) {
    assert.ok(Date.now() < end, "the campaign did not end in time");
    await sleep(500);
  }
}

/** Every page, by name, with the address that shows it. */
export const pagesOf = ({ winter, dates, draft, desk, talk }) => ({
  campaigns: "/campaigns",
  campaign: `/campaigns/${winter}`,
  waiting: `/campaigns/${dates}`,
  compose: `/campaigns/${draft}`,
  "compose-new": "/campaigns/new",
  senders: "/senders",
  sender: `/senders/${desk}`,
  "held-up": "/held-up",
  reports: "/reports?period=today",
  contacts: "/contacts",
  "contacts-import": "/contacts/import",
  conversations: "/conversations",
  conversation: `/conversations/sms/${encodeURIComponent(talk)}`,
  unsubscribes: "/unsubscribes",
  words: "/words",
  inbox: "/inbox",
  team: "/team",
  keys: "/team/keys",
  settings: "/team/settings",
  audit: "/team/audit",
  profile: "/profile",
});

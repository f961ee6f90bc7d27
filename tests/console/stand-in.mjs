// A stand-in for the server, for pages whose state would take a campaign of a million to reach.
export const AT = Date.UTC(2026, 10, 23, 5);

export const OFFICE = {
  time_zone: "Europe/Paris",
  windows: [{ days: ["mon", "tue", "wed", "thu", "fri"], from: "09:00", to: "17:30" }],
  blocked: [{ name: "Lunch", from: "12:00", to: "13:00" }],
  limits: [{ max: 200, rolling: "24h" }],
  gap: "30s",
  breaks: [{ after: 20, pause: "15m" }],
};

export const sender = (policy = OFFICE) => ({
  id: "snd_1",
  name: "Front desk",
  channel: "sms",
  provider: { kind: "sandbox" },
  policy,
  version: 1,
  created_at: AT,
});

export const campaign = (total, more = {}) => ({
  id: "cmp_1",
  kind: "broadcast",
  name: "Term dates",
  sender_id: "snd_1",
  sender_name: "Front desk",
  channel: "sms",
  status: "draft",
  version: 1,
  content: { text: "Hello {{name}}" },
  policy: null,
  lateness: { then: "roll_over" },
  created_at: AT,
  starts_at: null,
  started_at: null,
  ended_at: null,
  end_reason: null,
  progress: { total, queued: total, sending: 0, sent: 0, delivered: 0, failed: 0, skipped: 0, cancelled: 0, unknown: 0 },
  waiting: null,
  next_at: null,
  plan: null,
  left_out: null,
  held_for_review: false,
  by_user: null,
  lists: [],
  ...more,
});

export const outlook = (policy = OFFICE, more = {}) => ({
  shared: [
    { name: "pace", policy: { gap: "10ms" }, history: [] },
    { name: "sender", policy, history: [] },
  ],
  groups: [],
  lanes: [],
  order: "in_turn",
  now: AT,
  starts_at: AT + 20_000,
  ...more,
});

/** The server's plan of that campaign; without instants, nothing can be held against it. */
export const planned = (people, more = {}) => ({
  lane: "cmp_1",
  lane_index: 0,
  lanes: [{ name: "cmp_1", planned: people, unplanned: 0, first: null, last: null, ...more }],
  warnings: [],
});

const TEAM = { id: "team_main", name: "Harbour office", queue: "on" };
const NOTHING = { items: [], next_cursor: null };

/** What pages ask beside what a test is about. */
export const COMMON = {
  "GET /me": { name: "Ada", role: "operator", user_id: "usr_1", key_id: "key_1", is_owner: false, team_id: TEAM.id, teams: [{ ...TEAM, role: "operator" }], limits: { queue: "on", campaigns_for: "operator", policy: {}, expires_at: null } },
  "GET /teams/team_main": { ...TEAM, policy: {}, lexicon: null, defaults: {}, version: 1, created_at: AT },
  "GET /campaigns/cmp_1/estimate": { recipients: 0, cannot_be_written: 0, exact: true, looked_at: 0, segments: null, cost: null },
  "GET /campaigns/cmp_1/problems": NOTHING,
  "GET /campaigns/cmp_1/lists": NOTHING,
  "POST /campaigns/cmp_1/render": { ordinal: 0, to: "+33612345601", text: "Hello Zoë", subject: null, segments: null, links: [], attachments: [], not_allowed: [] },
  "GET /campaigns/cmp_1/report": {
    campaign_id: "cmp_1", name: "Term dates", progress: campaign(0).progress, opened: noMarks(), clicked: noMarks(), links: [],
    failed_by_reason: [], skipped_by_reason: [], unknown_by_reason: [], first_sent_at: null, last_sent_at: null,
  },
  "GET /campaigns/cmp_1/replies": { people: 0, replies: 0, stops: 0 },
  "GET /campaigns/cmp_1/cost": { currency: null, segments: 0, sent: 0, inbound: 0, total: 0 },
  "GET /reasons": NOTHING,
  "GET /senders": NOTHING,
};

function noMarks() {
  return { people: 0, times: 0, by_machines: 0, rate: null };
}

/** What a test has the server refuse. */
export class Refusal {
  constructor(status, code, detail) {
    this.status = status;
    this.document = { type: `https://tidegate.dev/problems/${code}`, title: detail, detail, status };
  }
}

/**
 * Answers what `answers` has, by `METHOD /path`, each a document or a function of the request's body and its query, which
 * may give a `Refusal`; anything else is a 404. Gives the list of what was asked to be done.
 */
export async function standIn(page, answers) {
  const asked = [];
  await page.unrouteAll();
  await page.route("**/api/v1/**", (route) => {
    const request = route.request();
    const { pathname, searchParams } = new URL(request.url());
    const path = pathname.replace("/api/v1", "");
    const name = `${request.method()} ${path}`;
    const asksOnly = request.method() === "GET" || path.endsWith("/render");
    if (!asksOnly) asked.push(name);
    const found = { ...COMMON, ...answers }[name];
    if (found === undefined) return route.fulfill({ status: 404, json: { title: "There is nothing here", status: 404 } });
    const isJson = request.headers()["content-type"] === "application/json";
    const json = typeof found === "function" ? found(isJson ? request.postDataJSON() : null, searchParams) : found;
    return route.fulfill(json instanceof Refusal ? { status: json.status, json: json.document } : { json });
  });
  return asked;
}

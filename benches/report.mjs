// What was measured, as Markdown: one table of everyone for each question, then one of us and the best.

/**
 * The questions, and what we aim at: nanoseconds natively and through the module, or bytes.
 */
const ROWS = [
  { row: "plan S1", aims: { native: 1_500_000, node: 3_000_000, chromium: 3_000_000 }, memory: 2_000_000 },
  { row: "plan S2", aims: { native: 50_000, node: 200_000, chromium: 200_000 } },
  { row: "open now", aims: { native: 25, node: 60, chromium: 60 } },
  { row: "next opening", aims: { native: 25, node: 60, chromium: 60 } },
  { row: "open now, weekly", aims: {} },
  { row: "next opening, weekly", aims: {} },
  { row: "make a timetable", aims: {} },
  { row: "may I send, each may", aims: { native: 10 } },
  { row: "may I send, most may not", aims: { native: 10 } },
  { row: "status change", aims: { native: 4 } },
];
const SIZE_AIM = 60_000;
const HOSTS = { native: "native", node: "Node", chromium: "Chromium" };

export function report({ asked, isQuick, machine, size, ...hosts }) {
  const lines = [
    `- ${machine.date}, commit ${machine.commit}; ${machine.processors} processors (${machine.processor}, ${machine.architecture}), ` +
      `load ${machine.load.map((load) => load.toFixed(1)).join(" before and ")} after`,
    ...Object.keys(HOSTS).flatMap((host) => (hosts[host] ? [`- ${HOSTS[host]}: ${hosts[host].version}`] : [])),
    `- ${asked.messages.toLocaleString("en")} messages, ${asked.instants.toLocaleString("en")} instants${isQuick ? "; a quick run, whose figures mean nothing" : ""}`,
    "",
    ...everyone(hosts),
    "",
    ...disagreements(hosts).flatMap((line) => [line, ""]),
    ...summary(hosts, size, isQuick),
  ];
  return lines.join("\n");
}

function everyone(hosts) {
  const rows = ROWS.flatMap(({ row }) =>
    Object.keys(HOSTS).flatMap((host) => {
      const members = membersOf(hosts[host], row);
      const best = ours(members);
      return members.map((member) => [
        row,
        HOSTS[host],
        member.kind === "ours" ? `**${member.name}**` : member.name,
        time(member.ns),
        spread(member.samples),
        `${number(member.ns / best.ns)}x`,
        agreement(member),
        member.bytes === undefined ? "" : bytes(member.bytes),
        member.instructions === undefined ? "" : Math.round(member.instructions).toLocaleString("en"),
      ]);
    }),
  );
  return table(["question", "where", "who", "median", "range", "of ours", "answers as ours", "peak memory", "instructions"], rows);
}

/** What a reader has to know before anything else: where we gave the same question two answers. */
export function disagreements(hosts) {
  const first = new Map();
  const lines = [];
  for (const [host, { measured = [] } = {}] of Object.entries(hosts)) {
    for (const { row, name, kind, digest, answers } of measured) {
      if (kind !== "ours") continue;
      const asked = `${row} ${answers}`;
      if (!first.has(asked)) first.set(asked, digest);
      else if (first.get(asked) !== digest) lines.push(`**Not the same answers everywhere:** ${row}, ${name}, in ${HOSTS[host]}`);
    }
  }
  return lines;
}

function summary(hosts, size, isQuick) {
  const rows = ROWS.filter(({ row }) => Object.values(hosts).some((host) => membersOf(host, row).length)).flatMap((entry) => {
    const own = Object.keys(HOSTS).map((host) => ours(membersOf(hosts[host], entry.row)));
    const pairs = ["native", "node"].map((host) => [hosts[host], entry.row, HOSTS[host]]);
    const best = pairs.map((pair) => beside(...pair, bestPeer)).filter(Boolean);
    const byHand = pairs.map((pair) => beside(...pair, bound)).filter(Boolean);
    const figures = [
      entry.row,
      ...own.map((one) => (one ? time(one.ns) : "")),
      best.map(({ text }) => text).join("; "),
      best.map(({ ratio }) => ratio).join("; "),
      byHand.map(({ text, ratio }) => `${text} (${ratio})`).join("; "),
      isQuick ? "" : aims(entry.aims, own, time),
    ];
    return entry.memory ? [figures, memory(entry, hosts, own, isQuick)] : [figures];
  });
  if (size) {
    const ratio = `${number(size.chronoTz / size.all)}x`;
    const verdict = `${bytes(SIZE_AIM)} ${size.all <= SIZE_AIM ? "met" : "missed"}`;
    rows.push(["module, brotli", "", bytes(size.all), bytes(size.all), `chrono-tz alone ${bytes(size.chronoTz)}`, ratio, "", verdict]);
  }
  return table(["what", "ours native", "ours Node", "ours Chromium", "best peer", "ratio", "by hand", "aim"], rows);
}

/** What the quickest of ours needs. */
function memory({ row, memory: aim }, hosts, own, isQuick) {
  const figures = own.map((one) => one?.bytes);
  const table = bound(membersOf(hosts.native, row));
  return [
    `${row}, memory`,
    ...figures.map((one) => (one === undefined ? "" : bytes(one))),
    "",
    "",
    table ? `native: ${table.name} ${bytes(table.bytes)} (${number(table.bytes / own[0].bytes)}x)` : "",
    isQuick ? "" : aims({ native: aim, node: aim, chromium: aim }, figures.map((one) => one !== undefined && { ns: one }), bytes),
  ];
}

function aims(aims, own, unit) {
  const each = Object.keys(HOSTS).flatMap((host, index) => {
    if (!aims[host] || !own[index]) return [];
    return [`${HOSTS[host]} ${unit(aims[host])} ${own[index].ns <= aims[host] ? "met" : "missed"}`];
  });
  return each.join(", ");
}

const membersOf = (host, row) => host?.measured.filter((member) => member.row === row) ?? [];

/** The quickest way to ask us. */
const ours = (members) => least(members.filter(({ kind }) => kind === "ours"));

/** The quickest of those that answer as we do; of those that do not only where there is no other. */
function bestPeer(members) {
  const peers = members.filter(({ kind }) => kind === "peer");
  return least(peers.filter(({ differ }) => !differ)) ?? least(peers);
}

/** Code for this question alone. */
const bound = (members) => least(members.filter(({ kind }) => kind === "bound"));

/** One of those who were asked in one place, and how much longer it takes than we do there. */
function beside(host, row, where, pick) {
  const members = membersOf(host, row);
  const one = pick(members);
  if (!one) return undefined;
  const text = `${where}: ${one.name} ${time(one.ns)}${one.differ ? ", answers otherwise" : ""}`;
  return { text, ratio: `${number(one.ns / ours(members).ns)}x` };
}

function least(members) {
  return members.reduce((best, one) => (best && best.ns <= one.ns ? best : one), undefined);
}

function agreement({ kind, answers, differ, most_in_a_day: most }) {
  if (answers === 0) return "tells a part";
  const same = `${(answers - differ).toLocaleString("en")} of ${answers.toLocaleString("en")}`;
  const by = kind === "bound" ? ", for this question alone" : "";
  return most === undefined ? same + by : `${same}; at most ${most} in 24 h${by}`;
}

function spread(samples) {
  return samples.length > 1 ? `${time(Math.min(...samples))} to ${time(Math.max(...samples))}` : "once";
}

function time(ns) {
  const [unit, divisor] = ns < 1e3 ? ["ns", 1] : ns < 1e6 ? ["µs", 1e3] : ns < 1e9 ? ["ms", 1e6] : ["s", 1e9];
  return `${number(ns / divisor)} ${unit}`;
}

function bytes(count) {
  return count < 1e6 ? `${number(count / 1e3)} KB` : `${number(count / 1e6)} MB`;
}

function number(value) {
  return value < 1_000 ? String(Number(value.toPrecision(3))) : Math.round(value).toLocaleString("en");
}

/** A Markdown table whose columns also stand in line on a terminal. */
function table(head, rows) {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}

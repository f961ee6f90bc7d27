-- Times are milliseconds since 1970-01-01T00:00Z and end in _ms. Documents are JSON texts.
-- `seq` is a row's number inside the database, `id` is what the outside sees.
-- Row writes are the bill: nothing that is written once a message carries an index.

CREATE TABLE teams (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  policy     TEXT NOT NULL DEFAULT '{}',
  created_ms INTEGER NOT NULL
);
INSERT INTO teams (id, name, created_ms) VALUES ('team_main', 'Main', 0);

CREATE TABLE keys (
  id           TEXT PRIMARY KEY,
  name         TEXT NOT NULL,
  role         TEXT NOT NULL CHECK (role IN ('administrator', 'operator', 'viewer')),
  hash         TEXT NOT NULL UNIQUE, -- SHA-256 of the key, in hex; the key itself is never kept
  created_ms   INTEGER NOT NULL,
  last_used_ms INTEGER,
  revoked_ms   INTEGER
);

-- Secrets that the deployment makes for itself (the key that signs callback addresses).
CREATE TABLE secrets (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE senders (
  seq              INTEGER PRIMARY KEY,
  id               TEXT NOT NULL UNIQUE,
  team_id          TEXT NOT NULL REFERENCES teams (id),
  name             TEXT NOT NULL,
  channel          TEXT NOT NULL CHECK (channel IN ('sms', 'whatsapp', 'email', 'direct')),
  provider         TEXT NOT NULL, -- {"kind": "webhook", "url": ...}
  policy           TEXT NOT NULL,
  lane_order       TEXT NOT NULL DEFAULT 'in_turn' CHECK (lane_order IN ('in_turn', 'fair')),
  region           TEXT,          -- ISO 3166 code for numbers written without +
  version          INTEGER NOT NULL DEFAULT 1, -- climbs with every edit of the rules
  created_ms       INTEGER NOT NULL,
  -- Where the dispatcher stands.
  tick_no          INTEGER NOT NULL DEFAULT 0, -- the fence: the last tick that was committed
  planned_until_ms INTEGER NOT NULL DEFAULT 0, -- every run before it is committed
  due_ms           INTEGER                     -- nothing can go before it; NULL: nothing to send
);

CREATE TABLE campaigns (
  seq             INTEGER PRIMARY KEY,
  id              TEXT NOT NULL UNIQUE,
  team_id         TEXT NOT NULL REFERENCES teams (id),
  sender_seq      INTEGER NOT NULL REFERENCES senders (seq),
  name            TEXT NOT NULL,
  content         TEXT NOT NULL, -- {"text": ...}
  policy          TEXT NOT NULL DEFAULT '{}',
  status          TEXT NOT NULL DEFAULT 'draft' CHECK (status IN
                    ('draft', 'scheduled', 'in_progress', 'paused', 'completed', 'stopped', 'failed')),
  version         INTEGER NOT NULL DEFAULT 1,
  created_ms      INTEGER NOT NULL,
  planned_start_ms INTEGER,       -- the start that the last preview named
  starts_ms       INTEGER,        -- when it was scheduled for
  started_ms      INTEGER,
  ended_ms        INTEGER,
  end_reason      TEXT,           -- why it ended: exhausted, ended, stopped
  total           INTEGER NOT NULL DEFAULT 0, -- people; rows of `people` at or past it do not exist yet
  cursor          INTEGER NOT NULL DEFAULT 0, -- the next ordinal to release
  joined_at       INTEGER NOT NULL DEFAULT 0, -- what the others on the sender had sent by then
  -- Finished hand-overs and receipts only; an open hand-over carries its own until it is done.
  sent            INTEGER NOT NULL DEFAULT 0, -- taken by the provider, delivered since or not
  delivered       INTEGER NOT NULL DEFAULT 0,
  failed          INTEGER NOT NULL DEFAULT 0,
  skipped         INTEGER NOT NULL DEFAULT 0,
  unknown         INTEGER NOT NULL DEFAULT 0,
  -- One import at a time.
  import_token    TEXT,
  import_until_ms INTEGER
);
CREATE INDEX campaigns_with_work ON campaigns (sender_seq)
  WHERE status IN ('scheduled', 'in_progress');

-- The plan as it was when the campaign was scheduled, to hold the dispatch against.
CREATE TABLE campaign_plans (
  campaign_seq INTEGER PRIMARY KEY REFERENCES campaigns (seq),
  made_ms      INTEGER NOT NULL,
  plan         TEXT NOT NULL
);

CREATE TABLE lists (
  seq           INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  campaign_seq  INTEGER NOT NULL REFERENCES campaigns (seq),
  file_name     TEXT NOT NULL,
  columns       TEXT NOT NULL, -- ["name", "city"]: what the content may ask for
  first_ordinal INTEGER NOT NULL,
  accepted      INTEGER NOT NULL,
  duplicates    INTEGER NOT NULL,
  rejected      INTEGER NOT NULL,
  created_ms    INTEGER NOT NULL
);
CREATE INDEX lists_of_campaign ON lists (campaign_seq);

-- Up to 100 people a row, so that a million cost ten thousand writes. A message has no row of
-- its own before something has become of it.
CREATE TABLE people (
  campaign_seq INTEGER NOT NULL,
  first        INTEGER NOT NULL, -- ordinal of the first of them
  count        INTEGER NOT NULL CHECK (count BETWEEN 1 AND 100),
  people       TEXT NOT NULL,    -- [{"to": "+1...", "fields": {"name": "Ada"}}]
  PRIMARY KEY (campaign_seq, first)
) WITHOUT ROWID;

CREATE TABLE messages (
  campaign_seq INTEGER NOT NULL,
  ordinal      INTEGER NOT NULL,
  status       TEXT NOT NULL CHECK (status IN
                 ('sent', 'delivered', 'failed', 'skipped', 'unknown')),
  planned_ms   INTEGER NOT NULL, -- the instant it was released for
  sent_ms      INTEGER,          -- when its POST began
  delivered_ms INTEGER,
  reason       TEXT,             -- a code: opted_out, refused, no_answer, ...
  detail       TEXT,             -- what the provider said
  reference    TEXT,             -- the provider's own id
  PRIMARY KEY (campaign_seq, ordinal)
) WITHOUT ROWID;

-- What was charged to a sender, as runs, one row a UTC day: the history the engine counts.
-- Only the tick writes it.
CREATE TABLE ledger (
  sender_seq INTEGER NOT NULL,
  day        INTEGER NOT NULL, -- days since 1970-01-01
  runs       TEXT NOT NULL,    -- [{"start", "count", "every", "origin", "campaign"}]
  PRIMARY KEY (sender_seq, day)
) WITHOUT ROWID;

-- The outbox: committed runs, cut into slices of up to 100 messages of one campaign.
-- Its key is the tick's fence: the same tick cannot be committed twice.
CREATE TABLE handovers (
  sender_seq     INTEGER NOT NULL,
  tick_no        INTEGER NOT NULL,
  slice          INTEGER NOT NULL,
  campaign_seq   INTEGER NOT NULL,
  rules_version  INTEGER NOT NULL, -- of the sender when it was planned
  items          TEXT NOT NULL,    -- [{"first", "count", "start", "every"}] in sending order
  count          INTEGER NOT NULL,
  start_ms       INTEGER NOT NULL,
  open_until_ms  INTEGER,          -- the rules that planned it forbid sending at or after it
  done           INTEGER NOT NULL DEFAULT 0,
  claimed        INTEGER NOT NULL DEFAULT 0, -- POSTs may have begun for positions below it
  settled        INTEGER NOT NULL DEFAULT 0, -- outcomes are recorded for positions below it
  sent           INTEGER NOT NULL DEFAULT 0,
  failed         INTEGER NOT NULL DEFAULT 0,
  skipped        INTEGER NOT NULL DEFAULT 0,
  unknown        INTEGER NOT NULL DEFAULT 0,
  lease_token    TEXT,
  lease_until_ms INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (sender_seq, tick_no, slice),
  CHECK (settled <= claimed AND claimed <= count)
) WITHOUT ROWID;
CREATE INDEX handovers_open ON handovers (start_ms) WHERE done = 0;

-- Released, surely not sent, and to be released again: paused, late, or asked to come later.
-- Its place in the limits is given back when the tick takes it up.
CREATE TABLE backlog (
  campaign_seq INTEGER NOT NULL,
  first        INTEGER NOT NULL,
  count        INTEGER NOT NULL,
  due_ms       INTEGER NOT NULL,
  charged      TEXT,              -- {"start", "every"} while its place is still charged
  doubtful     INTEGER NOT NULL DEFAULT 0, -- the provider may have it already, and deduplicates
  PRIMARY KEY (campaign_seq, first)
) WITHOUT ROWID;

CREATE TABLE opt_outs (
  team_id    TEXT NOT NULL,
  channel    TEXT NOT NULL,
  address    TEXT NOT NULL,
  reason     TEXT NOT NULL,
  source     TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (team_id, channel, address)
) WITHOUT ROWID;

-- What the sandbox provider was handed: the phone or mailbox at the other end.
CREATE TABLE sandbox_messages (
  seq          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE, -- the message's idempotency key
  sender_name  TEXT NOT NULL,
  channel      TEXT NOT NULL,
  address      TEXT NOT NULL,
  text         TEXT NOT NULL,
  callback_url TEXT NOT NULL,
  received_ms  INTEGER NOT NULL,
  receipt      TEXT
);

-- What people write back, what is said to one of them, and who does not want any more of it.

-- A message that came in. Its id is made of the sender's and the provider's own, so that one that is
-- delivered twice is one row.
CREATE TABLE inbound (
  seq          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  team_id      TEXT NOT NULL,
  sender_seq   INTEGER NOT NULL REFERENCES senders (seq),
  channel      TEXT NOT NULL,
  address      TEXT NOT NULL,    -- who wrote it
  text         TEXT NOT NULL,
  attachments  TEXT NOT NULL,    -- ["photo.jpg"]: their names
  received_ms  INTEGER NOT NULL, -- when it came in here
  written_ms   INTEGER,          -- when the provider says that it was written
  meaning      TEXT NOT NULL CHECK (meaning IN ('stop', 'start', 'help', 'refusal', 'other')),
  campaign_seq INTEGER,          -- the message that it answers
  ordinal      INTEGER,
  answer       TEXT,             -- stop, help: what is answered to it
  review       TEXT CHECK (review IN ('open', 'confirmed', 'lifted', 'means_stop', 'done')),
  reviewed_ms  INTEGER,
  reviewed_by  TEXT,
  cost         INTEGER           -- in the sender's currency, millionths of its unit
);
CREATE INDEX inbound_of_address ON inbound (team_id, channel, address, received_ms);
CREATE INDEX inbound_to_review ON inbound (team_id, seq) WHERE review = 'open';

-- A person and a channel, once something came in or somebody wrote to them alone. Campaigns write
-- nothing here.
CREATE TABLE conversations (
  team_id      TEXT NOT NULL,
  channel      TEXT NOT NULL,
  address      TEXT NOT NULL,
  sender_seq   INTEGER NOT NULL, -- of the last message: who a reply goes out from
  state        TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
  unread       INTEGER NOT NULL DEFAULT 0,
  last_ms      INTEGER NOT NULL,
  last_from    TEXT NOT NULL CHECK (last_from IN ('them', 'us')),
  last_text    TEXT NOT NULL,    -- its beginning
  confirmed_ms INTEGER,          -- when a STOP was last confirmed
  helped_ms    INTEGER,          -- when a HELP was last answered
  PRIMARY KEY (team_id, channel, address)
) WITHOUT ROWID;
CREATE INDEX conversations_by_time ON conversations (team_id, last_ms);

-- The singles to one address, in the order of the instants that they were promised for.
CREATE TABLE singles (
  team_id      TEXT NOT NULL,
  channel      TEXT NOT NULL,
  address      TEXT NOT NULL,
  at_ms        INTEGER NOT NULL,
  campaign_seq INTEGER NOT NULL,
  sender_seq   INTEGER NOT NULL,
  PRIMARY KEY (team_id, channel, address, at_ms, campaign_seq)
) WITHOUT ROWID;

-- Where in a campaign an address is, without a row a person: parts of up to 100,000 people, each in
-- buckets of about a thousand entries `;<keyed hash><place in the part>`.
CREATE TABLE recipient_parts (
  campaign_seq INTEGER NOT NULL,
  first        INTEGER NOT NULL, -- the ordinal of its first person
  buckets      INTEGER NOT NULL,
  PRIMARY KEY (campaign_seq, first)
) WITHOUT ROWID;
CREATE TABLE recipient_index (
  campaign_seq INTEGER NOT NULL,
  part         INTEGER NOT NULL,
  bucket       INTEGER NOT NULL,
  entries      TEXT NOT NULL,
  PRIMARY KEY (campaign_seq, part, bucket)
) WITHOUT ROWID;
ALTER TABLE campaigns ADD COLUMN indexed INTEGER NOT NULL DEFAULT 0; -- people below it are in the index
CREATE INDEX campaigns_to_index ON campaigns (seq) WHERE indexed < total AND kind = 'broadcast';

-- The broadcasts by their ends, those that have none first: no message of one lies behind its end,
-- so a timeline can be read from the newest on.
CREATE INDEX campaigns_by_end ON campaigns
  (team_id, kind, coalesce(ended_ms, 9007199254740991) DESC, seq DESC, started_ms, sender_seq);

ALTER TABLE campaigns ADD COLUMN replies INTEGER NOT NULL DEFAULT 0;  -- messages that answer it
ALTER TABLE campaigns ADD COLUMN repliers INTEGER NOT NULL DEFAULT 0; -- people who wrote them
ALTER TABLE campaigns ADD COLUMN stops INTEGER NOT NULL DEFAULT 0;    -- people whom it cost their consent
ALTER TABLE campaigns ADD COLUMN segments INTEGER NOT NULL DEFAULT 0; -- of the messages that were taken
ALTER TABLE campaigns ADD COLUMN cost INTEGER NOT NULL DEFAULT 0;     -- of these messages, in millionths
ALTER TABLE handovers ADD COLUMN segments INTEGER NOT NULL DEFAULT 0;
ALTER TABLE handovers ADD COLUMN cost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN inbound_cost INTEGER NOT NULL DEFAULT 0; -- what its replies cost, in millionths
ALTER TABLE messages ADD COLUMN replied_ms INTEGER; -- when its recipient first answered it
ALTER TABLE messages ADD COLUMN stopped_ms INTEGER; -- when its recipient had enough

-- What a single is beyond being one: our answer to STOP or HELP, a message that was passed on, one
-- that somebody set a time for.
ALTER TABLE campaigns ADD COLUMN purpose TEXT
  CHECK (purpose IN ('answer', 'forward', 'timed'));

ALTER TABLE opt_outs ADD COLUMN by_whom TEXT;         -- who put it there, where somebody did
ALTER TABLE opt_outs ADD COLUMN campaign_seq INTEGER; -- the campaign that caused it
ALTER TABLE opt_outs ADD COLUMN inbound_id TEXT;      -- the message that said so
CREATE INDEX opt_outs_by_time ON opt_outs (team_id, created_ms);

-- Opt-outs that were taken back: the entry as it was, and why.
CREATE TABLE lifted_opt_outs (
  seq        INTEGER PRIMARY KEY,
  team_id    TEXT NOT NULL,
  channel    TEXT NOT NULL,
  address    TEXT NOT NULL,
  entry      TEXT NOT NULL, -- {"reason", "source", "created_ms", "by_whom"}
  why        TEXT NOT NULL,
  lifted_ms  INTEGER NOT NULL,
  by_whom    TEXT           -- NULL: the person themselves, by START
);
CREATE INDEX lifted_opt_outs_of_team ON lifted_opt_outs (team_id, seq);

-- What a team answers to STOP and HELP. Left out: in the words of the product; null: nothing.
ALTER TABLE teams ADD COLUMN answers TEXT NOT NULL DEFAULT '{}'; -- {"stop": "...", "help": "..."}

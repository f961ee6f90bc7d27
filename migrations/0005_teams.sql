-- Who works with a deployment: teams, the users in them, their keys, what they did, and how much
-- each of them sent today.

-- What a team may do, and what its new things begin with.
ALTER TABLE teams ADD COLUMN queue INTEGER NOT NULL DEFAULT 1;      -- 0: nothing is sent from lists
ALTER TABLE teams ADD COLUMN lexicon TEXT;                          -- the id of a shipped lexicon
ALTER TABLE teams ADD COLUMN defaults TEXT NOT NULL DEFAULT '{}';   -- {"region", "policy", "lateness"}
ALTER TABLE teams ADD COLUMN version INTEGER NOT NULL DEFAULT 1;    -- climbs with every edit

CREATE TABLE users (
  seq         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  name        TEXT NOT NULL,
  email       TEXT,
  time_zone   TEXT NOT NULL DEFAULT 'UTC', -- whose midnight begins the user's day
  is_owner    INTEGER NOT NULL DEFAULT 0,  -- administrator in every team; makes teams and users
  created_ms  INTEGER NOT NULL,
  disabled_ms INTEGER                      -- since when none of the user's keys opens anything
);

CREATE TABLE memberships (
  user_id    TEXT NOT NULL REFERENCES users (id),
  team_id    TEXT NOT NULL REFERENCES teams (id),
  role       TEXT NOT NULL CHECK (role IN ('administrator', 'operator', 'viewer')),
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (user_id, team_id)
) WITHOUT ROWID;
CREATE INDEX members_of_team ON memberships (team_id);

-- Each key that there was becomes a user of the same name, with the key's role in the first team.
-- The oldest administrator owns the deployment.
INSERT INTO users (id, name, is_owner, created_ms)
SELECT 'usr_' || id, name,
       id IS (SELECT id FROM keys WHERE role = 'administrator' AND revoked_ms IS NULL
              ORDER BY created_ms, id LIMIT 1),
       created_ms
FROM keys ORDER BY created_ms, id;
INSERT INTO memberships (user_id, team_id, role, created_ms)
SELECT 'usr_' || id, 'team_main', role, created_ms FROM keys;

-- Keys belong to users. A key opens what its user may do, unless it is for less.
CREATE TABLE keys_of_users (
  seq          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  user_id      TEXT NOT NULL REFERENCES users (id),
  name         TEXT NOT NULL,
  hash         TEXT NOT NULL UNIQUE, -- SHA-256 of the key, in hex; the key itself is never kept
  role         TEXT CHECK (role IN ('administrator', 'operator', 'viewer')), -- no more than this
  team_id      TEXT REFERENCES teams (id),                                   -- nowhere but here
  created_ms   INTEGER NOT NULL,
  expires_ms   INTEGER,
  last_used_ms INTEGER,
  revoked_ms   INTEGER
);
INSERT INTO keys_of_users (id, user_id, name, hash, created_ms, last_used_ms, revoked_ms)
SELECT id, 'usr_' || id, name, hash, created_ms, last_used_ms, revoked_ms
FROM keys ORDER BY created_ms, id;
DROP TABLE keys;
ALTER TABLE keys_of_users RENAME TO keys;
CREATE INDEX keys_of_user ON keys (user_id);

-- Everything is listed by team.
CREATE INDEX senders_of_team ON senders (team_id, seq);
CREATE INDEX campaigns_of_team ON campaigns (team_id, kind, seq);
ALTER TABLE sandbox_messages ADD COLUMN team_id TEXT NOT NULL DEFAULT 'team_main';
CREATE INDEX sandbox_of_team ON sandbox_messages (team_id, seq);

-- Who let a campaign go, or told of sends by hand: their day counts them.
ALTER TABLE campaigns ADD COLUMN by_user TEXT;
ALTER TABLE recordings ADD COLUMN by_user TEXT;

-- Who changed what. `before` and `after` are documents of what is different; secrets are in neither.
CREATE TABLE audit (
  seq     INTEGER PRIMARY KEY,
  at_ms   INTEGER NOT NULL,
  team_id TEXT NOT NULL,
  user_id TEXT,          -- NULL: nobody with a key
  key_id  TEXT,
  by_whom TEXT NOT NULL, -- the user's name at the time
  what    TEXT NOT NULL, -- campaign.schedule, sender.change, ...
  subject TEXT NOT NULL, -- the id of what was changed
  before  TEXT,
  after   TEXT
);
CREATE INDEX audit_of_team ON audit (team_id, at_ms, seq);

-- How much a user sent by a quarter of an hour: local midnights of every zone lie between two of
-- them. A row is used again two days later, so a user has 192 rows for a channel and an origin.
CREATE TABLE user_sends (
  user_id TEXT NOT NULL,
  channel TEXT NOT NULL,
  origin  TEXT NOT NULL,    -- queued, single, manual
  place   INTEGER NOT NULL, -- quarter % 192
  quarter INTEGER NOT NULL, -- quarters of an hour since 1970-01-01T00:00Z
  n       INTEGER NOT NULL,
  PRIMARY KEY (user_id, channel, origin, place)
) WITHOUT ROWID;

-- What a user wants to send a day. Nothing is ever held back for it.
CREATE TABLE goals (
  user_id TEXT NOT NULL REFERENCES users (id),
  channel TEXT NOT NULL,
  goal    INTEGER NOT NULL CHECK (goal > 0),
  PRIMARY KEY (user_id, channel)
) WITHOUT ROWID;

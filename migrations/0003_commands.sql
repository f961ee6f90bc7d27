-- What people do to a campaign while it is on its way: what it was before, what was promised, and
-- what else counts against a sender.

-- Climbs with every change of what a campaign sends or when. A slice is handed over only in the
-- edition in which it was planned: the claim compares the two.
ALTER TABLE campaigns ADD COLUMN edition INTEGER NOT NULL DEFAULT 1;
ALTER TABLE handovers ADD COLUMN edition INTEGER NOT NULL DEFAULT 1;

-- A single is one message to one person, through the same dispatch as any other.
ALTER TABLE campaigns ADD COLUMN kind TEXT NOT NULL DEFAULT 'broadcast'
  CHECK (kind IN ('broadcast', 'single'));

-- What a campaign was in each of its last versions, for the second of two people who change it.
CREATE TABLE campaign_versions (
  campaign_seq INTEGER NOT NULL,
  version      INTEGER NOT NULL,
  name         TEXT NOT NULL,
  content      TEXT NOT NULL,
  policy       TEXT NOT NULL,
  status       TEXT NOT NULL,
  starts_ms    INTEGER,
  total        INTEGER NOT NULL,
  PRIMARY KEY (campaign_seq, version)
);
-- A trigger, because the dispatcher makes versions too. Whoever counts the rows that an UPDATE of
-- `version` changed counts these with them on D1.
CREATE TRIGGER campaign_version AFTER UPDATE OF version ON campaigns
WHEN new.version <> old.version
BEGIN
  INSERT OR REPLACE INTO campaign_versions
    (campaign_seq, version, name, content, policy, status, starts_ms, total)
  VALUES (old.seq, old.version, old.name, old.content, old.policy, old.status, old.starts_ms,
          old.total);
  DELETE FROM campaign_versions WHERE campaign_seq = old.seq AND version < new.version - 50;
END;

-- Who did what to a sender and its campaigns: why a dispatch is not as it was promised.
CREATE TABLE changes (
  seq          INTEGER PRIMARY KEY,
  sender_seq   INTEGER NOT NULL,
  campaign_seq INTEGER,       -- NULL: the sender itself
  at_ms        INTEGER NOT NULL,
  what         TEXT NOT NULL, -- schedule, reschedule, edit, list, pause, resume, stop, rules, record
  by_whom      TEXT NOT NULL  -- the name of a key
);
CREATE INDEX changes_of_sender ON changes (sender_seq, at_ms);

-- What was promised of a campaign, and each time anew: by a schedule, an edit, a resume. Each holds
-- until the next.
CREATE TABLE kept_plans (
  campaign_seq INTEGER NOT NULL REFERENCES campaigns (seq),
  made_ms      INTEGER NOT NULL,
  why          TEXT NOT NULL,    -- as in `changes`
  by_whom      TEXT NOT NULL,
  first_ms     INTEGER,
  last_ms      INTEGER,
  planned      INTEGER NOT NULL,
  unplanned    INTEGER NOT NULL,
  instants     TEXT NOT NULL,    -- {"spans": [[first, count]], "runs": [[start, count, every]], "rest": [[start, count]]}
  PRIMARY KEY (campaign_seq, made_ms)
);
INSERT INTO kept_plans (campaign_seq, made_ms, why, by_whom, first_ms, last_ms, planned, unplanned,
                      instants)
SELECT campaign_seq, made_ms, 'schedule', '', lane ->> 'first', lane ->> 'last',
       coalesce(lane ->> 'planned', 0), coalesce(lane ->> 'unplanned', 0),
       json_object(
         'spans', json_array(json_array(0, coalesce(lane ->> 'planned', 0))),
         'runs', (SELECT json_group_array(json_array(r.value -> 'start', r.value -> 'count',
                                                     r.value -> 'every'))
                  FROM json_each(kept.plan, '$.runs') r
                  WHERE r.value ->> 'lane' = kept.plan ->> 'lane_index'),
         'rest', json_array())
FROM (SELECT campaign_seq, made_ms, plan,
             json_extract(plan, '$.lanes[' || (plan ->> 'lane_index') || ']') AS lane
      FROM campaign_plans) kept;
DROP TABLE campaign_plans;

-- What a sender's rules were in each of its last versions.
CREATE TABLE sender_versions (
  sender_seq INTEGER NOT NULL,
  version    INTEGER NOT NULL,
  provider   TEXT NOT NULL,
  policy     TEXT NOT NULL,
  lane_order TEXT NOT NULL,
  PRIMARY KEY (sender_seq, version)
);
CREATE TRIGGER sender_version AFTER UPDATE OF version ON senders
WHEN new.version <> old.version
BEGIN
  INSERT OR REPLACE INTO sender_versions (sender_seq, version, provider, policy, lane_order)
  VALUES (old.seq, old.version, old.provider, old.policy, old.lane_order);
  DELETE FROM sender_versions WHERE sender_seq = old.seq AND version < new.version - 50;
END;

-- Sends by hand elsewhere that count against a sender's limits: what was told, as it was told. The
-- sends themselves are in the ledger.
CREATE TABLE recordings (
  seq        INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  sender_seq INTEGER NOT NULL REFERENCES senders (seq),
  key        TEXT NOT NULL, -- the caller's Idempotency-Key
  sends      TEXT NOT NULL, -- [{"at", "count", "every_ms"}]
  made_ms    INTEGER NOT NULL,
  by_whom    TEXT NOT NULL,
  UNIQUE (sender_seq, key)
);

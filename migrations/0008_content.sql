-- What a message carries and costs, and what it must not say.

-- Files that campaigns carry. The bytes are in the bucket, under the row's id.
CREATE TABLE attachments (
  seq        INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  team_id    TEXT NOT NULL REFERENCES teams (id),
  sha256     TEXT NOT NULL,   -- of the bytes, in hex: the same file twice is one attachment
  file_name  TEXT NOT NULL,
  media_type TEXT NOT NULL,   -- as the bytes say, not as the sender says
  bytes      INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  by_whom    TEXT NOT NULL,   -- the name of a key
  stored     INTEGER NOT NULL DEFAULT 0, -- its bytes are in the bucket
  UNIQUE (team_id, sha256, file_name)
);

-- Which campaign carries which. Kept by the triggers below, so that no way of making or changing a
-- campaign can forget it: what is carried cannot be deleted.
CREATE TABLE attachment_uses (
  attachment_id TEXT NOT NULL REFERENCES attachments (id),
  campaign_seq  INTEGER NOT NULL REFERENCES campaigns (seq),
  PRIMARY KEY (attachment_id, campaign_seq)
) WITHOUT ROWID;
CREATE INDEX attachment_uses_of_campaign ON attachment_uses (campaign_seq);

CREATE TRIGGER campaign_carries AFTER INSERT ON campaigns
WHEN json_array_length(new.content, '$.attachments') > 0
BEGIN
  INSERT INTO attachment_uses (attachment_id, campaign_seq)
  SELECT DISTINCT value, new.seq FROM json_each(new.content, '$.attachments');
END;
CREATE TRIGGER campaign_carries_others AFTER UPDATE OF content ON campaigns
WHEN (new.content ->> '$.attachments') IS NOT (old.content ->> '$.attachments')
BEGIN
  DELETE FROM attachment_uses WHERE campaign_seq = new.seq;
  INSERT INTO attachment_uses (attachment_id, campaign_seq)
  SELECT DISTINCT value, new.seq FROM json_each(new.content, '$.attachments');
END;

-- Words and links that a team's messages may not have without a review.
CREATE TABLE words (
  seq        INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  team_id    TEXT NOT NULL REFERENCES teams (id),
  kind       TEXT NOT NULL CHECK (kind IN ('word', 'link')),
  value      TEXT NOT NULL,
  same_as    TEXT NOT NULL,   -- the value as it is compared: two that are the same are one
  note       TEXT,
  created_ms INTEGER NOT NULL,
  by_whom    TEXT NOT NULL,
  cleared_ms INTEGER,         -- it passes since
  cleared_by TEXT,
  UNIQUE (team_id, kind, same_as)
);

-- Those of a team that hold messages back, as one document: every slice that is handed over reads
-- it, and reads one row. Kept by the triggers below (an `OR REPLACE` in a trigger gives way to the
-- conflict clause of the statement that fires it).
CREATE TABLE word_lists (
  team_id TEXT PRIMARY KEY,
  words   TEXT NOT NULL       -- [{"id", "kind", "value"}]
) WITHOUT ROWID;
CREATE TRIGGER word_added AFTER INSERT ON words BEGIN
  INSERT INTO word_lists (team_id, words)
  SELECT new.team_id, json_group_array(json_object('id', id, 'kind', kind, 'value', value))
  FROM (SELECT id, kind, value FROM words
        WHERE team_id = new.team_id AND cleared_ms IS NULL ORDER BY seq)
  WHERE true
  ON CONFLICT (team_id) DO UPDATE SET words = excluded.words;
END;
CREATE TRIGGER word_changed AFTER UPDATE OF cleared_ms ON words
WHEN new.cleared_ms IS NOT old.cleared_ms
BEGIN
  INSERT INTO word_lists (team_id, words)
  SELECT new.team_id, json_group_array(json_object('id', id, 'kind', kind, 'value', value))
  FROM (SELECT id, kind, value FROM words
        WHERE team_id = new.team_id AND cleared_ms IS NULL ORDER BY seq)
  WHERE true
  ON CONFLICT (team_id) DO UPDATE SET words = excluded.words;
END;
CREATE TRIGGER word_removed AFTER DELETE ON words BEGIN
  INSERT INTO word_lists (team_id, words)
  SELECT old.team_id, json_group_array(json_object('id', id, 'kind', kind, 'value', value))
  FROM (SELECT id, kind, value FROM words
        WHERE team_id = old.team_id AND cleared_ms IS NULL ORDER BY seq)
  WHERE true
  ON CONFLICT (team_id) DO UPDATE SET words = excluded.words;
END;

-- Messages that were held because of what they say, and what became of it.
CREATE TABLE reviews (
  seq          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  team_id      TEXT NOT NULL REFERENCES teams (id),
  campaign_seq INTEGER NOT NULL REFERENCES campaigns (seq),
  state        TEXT NOT NULL CHECK (state IN ('pending', 'cleared', 'refused', 'replaced')),
  pending      INTEGER GENERATED ALWAYS AS (state = 'pending') VIRTUAL,
  found        TEXT NOT NULL,  -- [{"id", "kind", "value", "where", "excerpt", "people"}]
  wish         TEXT NOT NULL,  -- {"do": "schedule", "at": ms or null}, {"do": "resume"}
  asked_ms     INTEGER NOT NULL,
  asked_by     TEXT NOT NULL,
  decided_ms   INTEGER,
  decided_by   TEXT,
  note         TEXT,
  carried_ms   INTEGER         -- when the wish was carried out
);
CREATE INDEX reviews_of_campaign ON reviews (campaign_seq);
CREATE INDEX reviews_of_team ON reviews (team_id, pending, seq);

-- What is known of the fields of a list since it came in: how many of its people have nothing in a
-- column, {"name": 3}, and which words that are not allowed stand in which,
-- [{"id", "kind", "value", "where", "excerpt", "people"}]. NULL: nobody looked.
ALTER TABLE lists ADD COLUMN empty TEXT;
ALTER TABLE lists ADD COLUMN found TEXT;

-- What the provider asks, in millionths of the currency's unit:
-- {"currency": "EUR", "per_segment", "per_message", "inbound"}. NULL: nobody said.
ALTER TABLE senders ADD COLUMN price TEXT;

ALTER TABLE sandbox_messages ADD COLUMN subject TEXT;
ALTER TABLE sandbox_messages ADD COLUMN attachments TEXT; -- [{"url", "file_name", "media_type", "bytes"}]

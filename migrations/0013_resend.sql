-- Messages that are sent again: to some of a campaign's people, or to somebody else.

-- A campaign that sends another again. Its people are taken from the other step by step. Until the
-- last step nobody sees them, and it holds the import's token, so that nobody else adds any.
CREATE TABLE resends (
  parent_seq   INTEGER NOT NULL,
  campaign_seq INTEGER NOT NULL,
  whom         TEXT NOT NULL CHECK (whom IN
                 ('not_opened', 'not_clicked', 'failed', 'left_out', 'someone_else')),
  reasons      TEXT,             -- ["unreachable"]: of those who failed or were left out only these
  total        INTEGER NOT NULL, -- people of the other when this was made
  -- People of the other below it have been looked at. A step that is not the next sets it below zero.
  looked_at    INTEGER NOT NULL DEFAULT 0 CHECK (looked_at >= 0),
  people       INTEGER NOT NULL DEFAULT 0, -- taken so far
  opted_out    INTEGER NOT NULL DEFAULT 0, -- not taken, because they opted out since
  so_far       TEXT NOT NULL DEFAULT '{}', -- their zones, and what is known of their fields
  made_ms      INTEGER NOT NULL,
  moved_ms     INTEGER NOT NULL,           -- when it last got on
  done_ms      INTEGER,
  PRIMARY KEY (parent_seq, campaign_seq)
) WITHOUT ROWID;
CREATE INDEX resends_open ON resends (campaign_seq) WHERE done_ms IS NULL;

-- Where a mail's image is fetched by which it is seen to be opened.
ALTER TABLE sandbox_messages ADD COLUMN open_url TEXT;

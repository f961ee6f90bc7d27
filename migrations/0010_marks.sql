-- What recipients do with their messages, as far as it can be seen.

-- A mark is no status: it is added beside it. Written when something happens, at most one row a
-- message, link and kind of visitor.
CREATE TABLE marks (
  campaign_seq INTEGER NOT NULL,
  ordinal      INTEGER NOT NULL,
  link         INTEGER NOT NULL, -- 0: it was opened; n: the n-th link of its text was followed
  by_machine   INTEGER NOT NULL, -- a scanner, a preview, an image fetched ahead: in no rate
  first_ms     INTEGER NOT NULL,
  last_ms      INTEGER NOT NULL,
  times        INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (campaign_seq, ordinal, link, by_machine)
) WITHOUT ROWID;

-- {"opens": true, "clicks": true}; NULL: as is usual on its channel.
ALTER TABLE campaigns ADD COLUMN tracking TEXT;
-- People, and how often, machines left out.
ALTER TABLE campaigns ADD COLUMN opened INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN opens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN clicked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE campaigns ADD COLUMN clicks INTEGER NOT NULL DEFAULT 0;
-- The campaign that it sends again, to some of its people.
ALTER TABLE campaigns ADD COLUMN parent_seq INTEGER;

-- Requests that were sent with an `Idempotency-Key`, for a day: what was answered, so that the same
-- request gets the same answer and nothing is done twice.
--
-- The key begins with the day: what is forgotten is a range of it, and no index is written for that.
CREATE TABLE idempotency (
  day            INTEGER NOT NULL, -- of the first request, days since 1970-01-01
  team_id        TEXT NOT NULL,
  caller_id      TEXT NOT NULL,
  key            TEXT NOT NULL,    -- the caller's
  request        TEXT NOT NULL,    -- SHA-256 of method, address and body
  seed           TEXT NOT NULL,    -- what the ids of all that is made follow from
  attempt        TEXT NOT NULL,    -- who carries it out: nobody else's changes are committed for it
  lease_until_ms INTEGER NOT NULL, -- until when that one is believed to be alive
  -- Whether something was committed for it. Two is what a change sets that is not the attempt's: it
  -- fails, and the change with it.
  changed        INTEGER NOT NULL DEFAULT 0 CHECK (changed IN (0, 1)),
  made_ms        INTEGER NOT NULL,
  answer         TEXT,             -- {"status", "location", "body"}; NULL: not known yet
  PRIMARY KEY (day, team_id, caller_id, key)
) WITHOUT ROWID;

-- What is in doubt, what is held up, and what comes too late.

-- The provider asked for time: nothing of the sender is POSTed before it.
ALTER TABLE senders ADD COLUMN hold_until_ms INTEGER NOT NULL DEFAULT 0;
ALTER TABLE senders ADD COLUMN hold_reason TEXT; -- what it said

-- What becomes of a message that cannot go in time: {"then": "roll_over"}, or
-- {"then": "expire", "after": "2h"}.
ALTER TABLE campaigns ADD COLUMN lateness TEXT NOT NULL DEFAULT '{"then":"roll_over"}';

ALTER TABLE handovers ADD COLUMN expires_ms INTEGER;                -- the first of its messages is too late then
ALTER TABLE handovers ADD COLUMN tries INTEGER NOT NULL DEFAULT 0;  -- leases since it last got on
ALTER TABLE handovers ADD COLUMN error TEXT;                        -- how the last of them failed
ALTER TABLE handovers ADD COLUMN dead INTEGER NOT NULL DEFAULT 0;   -- held up: nobody leases it

-- Messages that are `unknown`, and about which the provider is going to be asked.
CREATE TABLE lookups (
  campaign_seq INTEGER NOT NULL,
  ordinal      INTEGER NOT NULL,
  due_ms       INTEGER NOT NULL,
  tries        INTEGER NOT NULL DEFAULT 0,
  place_ms     INTEGER,          -- its place in the limits, given back if it was not taken
  PRIMARY KEY (campaign_seq, ordinal)
) WITHOUT ROWID;

-- What is held up until somebody has looked at it.
CREATE TABLE dead_letters (
  seq         INTEGER PRIMARY KEY,
  id          TEXT NOT NULL UNIQUE,
  sender_seq  INTEGER, -- the slice; NULL: a queue message that names none
  tick_no     INTEGER,
  slice       INTEGER,
  body        TEXT,    -- of such a message
  why         TEXT NOT NULL,
  tries       INTEGER NOT NULL,
  since_ms    INTEGER NOT NULL,
  released_ms INTEGER  -- when it was let go on; NULL: it is held
);
CREATE INDEX dead_letters_held ON dead_letters (seq) WHERE released_ms IS NULL;

-- The ledger in parts.
--
-- A day's charges were one row, and D1 takes no row above 2 MB: some 33,000 messages a day, where each
-- is a run of its own because gaps are drawn. Now a day is one part or several. A part holds the runs
-- that start at `from_ms` or after it and before the next part; the first of a UTC day begins with it.
CREATE TABLE ledger_parts (
  sender_seq INTEGER NOT NULL,
  from_ms    INTEGER NOT NULL,
  until_ms   INTEGER NOT NULL, -- the last instant of any of its runs, or later
  runs       TEXT NOT NULL,    -- [{"start", "count", "every", "origin", "campaign"}]
  PRIMARY KEY (sender_seq, from_ms)
) WITHOUT ROWID;

-- A run may reach two minutes into the next day.
INSERT INTO ledger_parts (sender_seq, from_ms, until_ms, runs)
SELECT sender_seq, day * 86400000, (day + 1) * 86400000 + 120000, runs FROM ledger;

DROP TABLE ledger;
ALTER TABLE ledger_parts RENAME TO ledger;

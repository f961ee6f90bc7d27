-- What a team asks for all its senders, and for each person it writes to.

-- {"limits": [{"max", "rolling", "counts"}], "hours": {"time_zone", "windows", "blocked"}, "over"}:
-- how often one person may be written to, and when, on the person's own clock.
ALTER TABLE teams ADD COLUMN person_policy TEXT NOT NULL DEFAULT '{}';

-- A team's policy holds hours. What counts or spaces sends was kept before now and never applied;
-- it belongs to the senders.
UPDATE teams SET policy = json_remove(policy, '$.limits', '$.gap', '$.jitter', '$.breaks');

-- Copies of both on each of the team's senders, whose row the tick and the claim read anyway. NULL:
-- the team asks for nothing. Whoever changes a team changes them in the same transaction, and makes
-- a new version of each sender, so that nothing goes by the rules that were.
ALTER TABLE senders ADD COLUMN team_policy TEXT;
ALTER TABLE senders ADD COLUMN person_policy TEXT;
UPDATE senders SET version = version + 1,
  team_policy = (SELECT t.policy FROM teams t WHERE t.id = senders.team_id)
WHERE team_id IN (SELECT id FROM teams WHERE policy <> '{}');

-- What one person was sent, in teams that limit it: one row for each, as long as a limit looks back.
-- Nobody is named. An update costs one row written, because nothing here has an index of its own.
CREATE TABLE person_sends (
  hash     TEXT PRIMARY KEY, -- of team, channel and address, under the deployment's key
  sends    TEXT NOT NULL,    -- [[ms, campaign, ordinal, 1 for a single]]: the last instant at which
                             -- its POST can have begun, for each that a limit still counts
  version  INTEGER NOT NULL, -- climbs with each change: who read another one reads again
  until_ms INTEGER NOT NULL  -- no limit counts any of them from then on
) WITHOUT ROWID;

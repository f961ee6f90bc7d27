-- What lists and reports go along.

-- The broadcasts of a team by when they start; those without a start by when they were made.
CREATE INDEX campaigns_by_start ON campaigns (team_id, coalesce(starts_ms, created_ms), seq)
  WHERE kind = 'broadcast';

-- What came in of a team, by time: what a report of a period counts.
CREATE INDEX inbound_of_team ON inbound (team_id, received_ms);

-- What an erasure looks for beside addresses, where a text was written about the person.
ALTER TABLE erasures ADD COLUMN names TEXT; -- ["Ada Lovelace"]; NULL: done

-- The least role that acts on a team's campaigns.
ALTER TABLE teams ADD COLUMN campaigns_for TEXT NOT NULL DEFAULT 'operator'
  CHECK (campaigns_for IN ('operator', 'administrator'));

-- Campaigns that people are being put in: an erasure waits for them, for they may hold the person.
CREATE INDEX campaigns_filling ON campaigns (team_id) WHERE import_token IS NOT NULL;

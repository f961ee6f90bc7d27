-- People in several zones: the hours in which a campaign may reach them, each on their own clock,
-- and who is in which zone.

-- Windows and blocked times, read in the zone of each recipient. A `time_zone` in it is that of
-- people without one.
ALTER TABLE campaigns ADD COLUMN recipient_policy TEXT NOT NULL DEFAULT '{}';

-- The people of a campaign by zone: one row for each clock that its people read, and one with the
-- time_zone '' for people without a zone. A campaign in which nobody has a zone has no rows here.
-- Where there are rows, every ordinal below the campaign's `total` is in exactly one of them, and the
-- campaign's `cursor` is the sum of theirs.
CREATE TABLE campaign_zones (
  campaign_seq INTEGER NOT NULL,
  time_zone    TEXT NOT NULL, -- an IANA name: that of the first of them
  ranges       TEXT NOT NULL, -- [[first, count]]: their ordinals, in the order in which they go
  people       INTEGER NOT NULL,
  cursor       INTEGER NOT NULL DEFAULT 0 CHECK (cursor <= people), -- how many were ever released
  PRIMARY KEY (campaign_seq, time_zone)
) WITHOUT ROWID;

-- What else a campaign was in an earlier version. NULL in versions from before this file.
ALTER TABLE campaign_versions ADD COLUMN recipient_policy TEXT;
ALTER TABLE campaign_versions ADD COLUMN lateness TEXT;
DROP TRIGGER campaign_version;
CREATE TRIGGER campaign_version AFTER UPDATE OF version ON campaigns
WHEN new.version <> old.version
BEGIN
  INSERT OR REPLACE INTO campaign_versions
    (campaign_seq, version, name, content, policy, recipient_policy, lateness, status, starts_ms,
     total)
  VALUES (old.seq, old.version, old.name, old.content, old.policy, old.recipient_policy,
          old.lateness, old.status, old.starts_ms, old.total);
  DELETE FROM campaign_versions WHERE campaign_seq = old.seq AND version < new.version - 50;
END;

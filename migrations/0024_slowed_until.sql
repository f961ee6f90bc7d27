-- Until when the first tick at a sender's own pace planned, ms: its messages have had their time a minute later.
-- Its number does not tell, because commands count ticks too.
ALTER TABLE senders ADD COLUMN slowed_until_ms INTEGER NOT NULL DEFAULT 0;

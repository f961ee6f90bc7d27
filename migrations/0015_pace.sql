-- A sender whose messages go slower than its provider was set to, finds its own pace: promising more
-- would only bring messages back.
ALTER TABLE senders ADD COLUMN slow_ms INTEGER NOT NULL DEFAULT 0;     -- between two messages; 0: as set
ALTER TABLE senders ADD COLUMN slowed_tick INTEGER NOT NULL DEFAULT 0; -- the first tick at this pace
ALTER TABLE senders ADD COLUMN behind INTEGER NOT NULL DEFAULT 0;      -- came back too late at this pace, since the last tick

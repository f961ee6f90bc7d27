-- When the sender got the provider that it has, ms: of what is unknown since before, this one cannot tell.
ALTER TABLE senders ADD COLUMN provider_changed_ms INTEGER NOT NULL DEFAULT 0;

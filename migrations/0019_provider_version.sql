-- The version of the sender from which on it has the provider that it has: what an earlier one may have taken is
-- nothing that this one can tell.
ALTER TABLE senders ADD COLUMN provider_version INTEGER NOT NULL DEFAULT 0;

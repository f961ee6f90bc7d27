-- The currency of what a sender was charged: amounts are kept without it, so it stays once messages went.
ALTER TABLE senders ADD COLUMN currency TEXT;
UPDATE senders SET currency = price ->> '$.currency';

-- A campaign that sends another again can begin by itself, once it has its people.

-- {"at": ms, "by": name, "user_id"}: when it is to be scheduled for, and who wants that. NULL: by hand.
ALTER TABLE resends ADD COLUMN starts TEXT;
-- Why it was not scheduled.
ALTER TABLE resends ADD COLUMN not_started TEXT;

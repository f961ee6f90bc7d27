-- A claim compares what a person was sent with what it has read, not a number: one that counted from the
-- start again, once a person had been forgotten and was written to anew, was taken for the one before.
ALTER TABLE person_sends DROP COLUMN version;

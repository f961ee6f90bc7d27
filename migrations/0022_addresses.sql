-- Mail addresses are in lower case from end to end: an opt-out of `ada@example.org` had not held for
-- `Ada@example.org`. What is stored by its address is rewritten here. What is not:
-- * Pages of people are compared in lower case where they are read, and stay as they were taken.
-- * Their entries in the recipient index are hashes, which SQL cannot make. A reply to a message that
--   went to a spelling with capitals stands in its conversation without the message that it answers.
-- * Nor can it make the pseudonyms of opt_out_hashes and person_sends. Who was erased under a spelling
--   with capitals and had opted out is not recognised when they come again: put them on the opt-outs
--   by hand where they are known. What such people were sent before counts for no limit.
-- SQLite's lower() leaves letters other than A to Z as they are.

-- Of two entries the one that START does not lift stays, and otherwise the one in lower case.
INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms, by_whom, campaign_seq,
                      inbound_id)
SELECT team_id, channel, lower(address), reason, source, created_ms, by_whom, campaign_seq, inbound_id
FROM opt_outs WHERE channel = 'email' AND address <> lower(address)
ON CONFLICT (team_id, channel, address) DO UPDATE SET
  reason = excluded.reason, source = excluded.source, created_ms = excluded.created_ms,
  by_whom = excluded.by_whom, campaign_seq = excluded.campaign_seq, inbound_id = excluded.inbound_id
WHERE opt_outs.source IN ('reply', 'refusal', 'receipt')
  AND excluded.source NOT IN ('reply', 'refusal', 'receipt');
DELETE FROM opt_outs WHERE channel = 'email' AND address <> lower(address);

UPDATE lifted_opt_outs SET address = lower(address)
WHERE channel = 'email' AND address <> lower(address);

-- Of two contacts with one address, that with the address in lower case keeps it.
UPDATE OR IGNORE contact_addresses SET address = lower(address)
WHERE channel = 'email' AND address <> lower(address);
DELETE FROM contact_addresses WHERE channel = 'email' AND address <> lower(address);
UPDATE contacts SET version = version + 1, addresses = (
  SELECT json_group_array(json_object('channel', channel, 'address', address))
  FROM (SELECT j.value ->> 'channel' AS channel, min(j.key) AS place,
               CASE j.value ->> 'channel' WHEN 'email' THEN lower(j.value ->> 'address')
                 ELSE j.value ->> 'address' END AS address
        FROM json_each(contacts.addresses) j GROUP BY 1, 3 ORDER BY place) a
  WHERE EXISTS (SELECT 1 FROM contact_addresses t
                WHERE t.team_id = contacts.team_id AND t.channel = a.channel
                  AND t.address = a.address AND t.contact_id = contacts.id))
WHERE EXISTS (SELECT 1 FROM json_each(contacts.addresses) j
              WHERE j.value ->> 'channel' = 'email'
                AND j.value ->> 'address' <> lower(j.value ->> 'address'));

UPDATE inbound SET address = lower(address) WHERE channel = 'email' AND address <> lower(address);
UPDATE singles SET address = lower(address) WHERE channel = 'email' AND address <> lower(address);
-- The one page of a message to one person, which names its conversation.
UPDATE people SET people = json_set(people, '$[0].to', lower(people ->> '$[0].to'))
WHERE first = 0 AND campaign_seq IN (
  SELECT c.seq FROM campaigns c JOIN senders s ON s.seq = c.sender_seq
  WHERE s.channel = 'email' AND (c.kind = 'single' OR c.purpose = 'timed'))
  AND people ->> '$[0].to' <> lower(people ->> '$[0].to');

INSERT INTO conversations (team_id, channel, address, sender_seq, state, unread, last_ms, last_from,
                           last_text, confirmed_ms, helped_ms)
SELECT team_id, channel, lower(address), sender_seq, state, unread, last_ms, last_from, last_text,
       confirmed_ms, helped_ms
FROM conversations WHERE channel = 'email' AND address <> lower(address)
ON CONFLICT (team_id, channel, address) DO UPDATE SET
  sender_seq = CASE WHEN excluded.last_ms > last_ms THEN excluded.sender_seq ELSE sender_seq END,
  last_from = CASE WHEN excluded.last_ms > last_ms THEN excluded.last_from ELSE last_from END,
  last_text = CASE WHEN excluded.last_ms > last_ms THEN excluded.last_text ELSE last_text END,
  state = CASE WHEN 'open' IN (state, excluded.state) THEN 'open' ELSE 'closed' END,
  unread = unread + excluded.unread,
  last_ms = max(last_ms, excluded.last_ms),
  confirmed_ms = max(coalesce(confirmed_ms, excluded.confirmed_ms),
                     coalesce(excluded.confirmed_ms, confirmed_ms)),
  helped_ms = max(coalesce(helped_ms, excluded.helped_ms),
                  coalesce(excluded.helped_ms, helped_ms));
DELETE FROM conversations WHERE channel = 'email' AND address <> lower(address);

UPDATE sandbox_messages SET address = lower(address)
WHERE channel = 'email' AND address <> lower(address);

-- Erasures that are under way look for the address in lower case.
UPDATE erasures SET addresses = (
  SELECT json_group_array(json_object('channel', j.value ->> 'channel', 'address',
    CASE j.value ->> 'channel' WHEN 'email' THEN lower(j.value ->> 'address')
      ELSE j.value ->> 'address' END))
  FROM json_each(erasures.addresses) j)
WHERE addresses IS NOT NULL;

-- One's own address, beside what the API writes from now on.
UPDATE users SET email = lower(email) WHERE email <> lower(email);

-- STOP from a number that the provider wrote without `+` was put down as it came, where nobody writes to.
UPDATE OR IGNORE opt_outs SET address = '+' || address
WHERE channel IN ('sms', 'whatsapp') AND source IN ('reply', 'refusal')
  AND length(address) BETWEEN 7 AND 15 AND address NOT GLOB '*[^0-9]*' AND address NOT GLOB '0*';

-- The people that a team writes to, how they are found, and what is left of those who were erased.
-- Ids begin with their time of creation, so the order of the key is the order in which people came.

CREATE TABLE contacts (
  team_id     TEXT NOT NULL,
  id          TEXT NOT NULL,
  version     INTEGER NOT NULL CHECK (version > 0), -- whoever writes by an old one writes 0, and fails
  name        TEXT NOT NULL,
  name_key    TEXT NOT NULL,             -- the name as it is searched and compared
  addresses   TEXT NOT NULL,             -- [{"channel", "address"}], the preferred of a channel first
  tags        TEXT NOT NULL,             -- ["vip"]
  accounts    TEXT NOT NULL,             -- ["North store"]: whose customer it is
  zones       TEXT NOT NULL,             -- ["America/Chicago"]; several: hours must suit them all
  zone_source TEXT NOT NULL CHECK (zone_source IN ('given', 'inferred', 'unknown')),
  fields      TEXT NOT NULL,             -- {"city": "Paris"}
  created_ms  INTEGER NOT NULL,
  updated_ms  INTEGER NOT NULL,
  PRIMARY KEY (team_id, id)
) WITHOUT ROWID;
CREATE INDEX contacts_by_name ON contacts (team_id, name_key, id);

-- An address belongs to one contact.
CREATE TABLE contact_addresses (
  team_id    TEXT NOT NULL,
  channel    TEXT NOT NULL,
  address    TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  PRIMARY KEY (team_id, channel, address)
) WITHOUT ROWID;

-- Who has a tag, who belongs to an account.
CREATE TABLE contact_labels (
  team_id    TEXT NOT NULL,
  kind       TEXT NOT NULL CHECK (kind IN ('tag', 'account')),
  label      TEXT NOT NULL,
  contact_id TEXT NOT NULL,
  PRIMARY KEY (team_id, kind, label, contact_id)
) WITHOUT ROWID;

-- How many have it: kept by whoever writes contacts, because counting them would read them all.
CREATE TABLE labels (
  team_id  TEXT NOT NULL,
  kind     TEXT NOT NULL,
  label    TEXT NOT NULL,
  contacts INTEGER NOT NULL,
  PRIMARY KEY (team_id, kind, label)
) WITHOUT ROWID;

-- The names of the fields that contacts of a team have: the columns of its export.
CREATE TABLE contact_fields (
  team_id TEXT NOT NULL,
  name    TEXT NOT NULL,
  PRIMARY KEY (team_id, name)
) WITHOUT ROWID;

-- What became of an id that was merged into another.
CREATE TABLE merged_contacts (
  team_id TEXT NOT NULL,
  id      TEXT NOT NULL,
  into_id TEXT NOT NULL, -- NULL, and so a failure, when the contact was not as it was read
  at_ms   INTEGER NOT NULL,
  PRIMARY KEY (team_id, id)
) WITHOUT ROWID;

-- A file of contacts: first it is kept as it was understood, then it is taken in, page by page.
CREATE TABLE contact_imports (
  seq        INTEGER PRIMARY KEY,
  id         TEXT NOT NULL UNIQUE,
  team_id    TEXT NOT NULL,
  file_name  TEXT NOT NULL,
  status     TEXT NOT NULL CHECK (status IN ('receiving', 'applying', 'done')),
  by_whom    TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  active_ms  INTEGER NOT NULL,          -- when it last got on
  done_ms    INTEGER,
  rows       INTEGER NOT NULL DEFAULT 0, -- of the file, blank ones left out
  next_page  INTEGER NOT NULL DEFAULT 0, -- the first that is not taken in
  next_row   INTEGER NOT NULL DEFAULT 0, -- of that page
  created    INTEGER NOT NULL DEFAULT 0,
  updated    INTEGER NOT NULL DEFAULT 0,
  unchanged  INTEGER NOT NULL DEFAULT 0,
  rejected   INTEGER NOT NULL DEFAULT 0,
  rejections TEXT NOT NULL DEFAULT '[]'  -- the first of them: [{"line", "column", "code", "message"}]
);
CREATE INDEX contact_imports_of_team ON contact_imports (team_id, seq);
CREATE INDEX contact_imports_open ON contact_imports (seq) WHERE status <> 'done';

CREATE TABLE contact_import_pages (
  import_seq INTEGER NOT NULL,
  page       INTEGER NOT NULL,
  rows       TEXT NOT NULL, -- what each row of the file says of its person
  PRIMARY KEY (import_seq, page)
) WITHOUT ROWID;

-- Opt-outs of people who were erased: the address is not known here any more, and is recognised
-- when it comes again. One with an end only keeps back what was on its way at that moment.
CREATE TABLE opt_out_hashes (
  team_id    TEXT NOT NULL,
  hash       TEXT NOT NULL, -- HMAC-SHA-256 of team, channel and address under the deployment's key
  reason     TEXT NOT NULL,
  source     TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  until_ms   INTEGER,
  PRIMARY KEY (team_id, hash)
) WITHOUT ROWID;

-- An erasure under way; what it looks for is forgotten when it is done.
CREATE TABLE erasures (
  id         TEXT PRIMARY KEY,
  team_id    TEXT NOT NULL,
  by_whom    TEXT NOT NULL,
  made_ms    INTEGER NOT NULL,
  done_ms    INTEGER,
  addresses  TEXT,                          -- [{"channel", "address"}]; NULL: done
  campaign_seq INTEGER NOT NULL DEFAULT 0,  -- where the search stands
  ordinal    INTEGER NOT NULL DEFAULT 0,
  found      INTEGER NOT NULL DEFAULT 0     -- messages that were made nameless
) WITHOUT ROWID;
CREATE INDEX erasures_open ON erasures (id) WHERE done_ms IS NULL;

-- Where a list of a campaign comes from, and for a selection what was asked for.
ALTER TABLE lists ADD COLUMN kind TEXT NOT NULL DEFAULT 'file' CHECK (kind IN ('file', 'selection'));
ALTER TABLE lists ADD COLUMN selection TEXT;

//! Contacts: one way to write them, whoever does, and the ways to find one.
//!
//! [`write`] takes contacts as they are to be and brings every table into that state, in one
//! transaction. It fails whole ([`super::StoreError::Conflict`]) when one of them is no longer as it was
//! read, or an address belongs to somebody else. Doing it a second time fails too, so whoever is
//! in doubt reads again.

use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Statement, StoreError};
use crate::contacts::Contact;
use crate::sql;

/// Bytes of one [`write`], at most, unless a single contact is longer: half of what D1 takes in a
/// parameter.
pub const WRITE_FULL: usize = 1_000_000;

/// A contact's row as one document.
macro_rules! document {
    () => {
        "json_object('id', c.id, 'version', c.version, 'name', c.name,
                     'addresses', json(c.addresses), 'tags', json(c.tags),
                     'accounts', json(c.accounts), 'zones', json(c.zones),
                     'zone_source', c.zone_source, 'fields', json(c.fields),
                     'created_ms', c.created_ms, 'updated_ms', c.updated_ms) AS contact"
    };
}
pub(super) use document;

/// The contacts that a statement of this file gave.
///
/// # Errors
/// [`StoreError::Failed`] when a row cannot be read.
pub fn contacts_of(answer: Answer) -> Result<Vec<Contact>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        contact: String,
    }
    let rows = answer.all::<Row>()?;
    let read = |row: Row| serde_json::from_str(&row.contact);
    rows.into_iter().map(|row| read(row).map_err(|e| StoreError::Failed(e.to_string()))).collect()
}

/// The contact with this id.
#[must_use]
pub fn by_id(team_id: &str, id: &str) -> Statement {
    sql!(
        concat!("SELECT ", document!(), " FROM contacts c WHERE c.team_id = ?1 AND c.id = ?2"),
        team_id,
        id,
    )
}

/// The contacts with these `[id]`.
#[must_use]
pub fn by_ids(team_id: &str, ids: &Value) -> Statement {
    sql!(
        concat!(
            "SELECT ",
            document!(),
            " FROM json_each(?2) j CROSS JOIN contacts c
             WHERE c.team_id = ?1 AND c.id = j.value"
        ),
        team_id,
        ids,
    )
}

/// The contacts that have any of these `[{channel, address}]`, each once.
#[must_use]
pub fn by_addresses(team_id: &str, addresses: &Value) -> Statement {
    sql!(
        concat!(
            "SELECT ",
            document!(),
            " FROM (SELECT DISTINCT a.contact_id FROM json_each(?2) j CROSS JOIN contact_addresses a
                    WHERE a.team_id = ?1 AND a.channel = j.value ->> 'channel'
                      AND a.address = j.value ->> 'address') found
              CROSS JOIN contacts c
              WHERE c.team_id = ?1 AND c.id = found.contact_id"
        ),
        team_id,
        addresses,
    )
}

/// Which of these `[{channel, address}]` have opted out, as rows of the same.
#[must_use]
pub fn opted_out(team_id: &str, addresses: &Value) -> Statement {
    sql!(
        "SELECT o.channel, o.address FROM json_each(?2) j CROSS JOIN opt_outs o
         WHERE o.team_id = ?1 AND o.channel = j.value ->> 'channel'
           AND o.address = j.value ->> 'address'",
        team_id,
        addresses,
    )
}

/// Into which contact this one was merged.
#[must_use]
pub fn merged_into(team_id: &str, id: &str) -> Statement {
    sql!("SELECT into_id FROM merged_contacts WHERE team_id = ?1 AND id = ?2", team_id, id)
}

/// What [`merged_into`] gave.
///
/// # Errors
/// [`StoreError::Failed`] when the row cannot be read.
pub fn into_of(answer: Answer) -> Result<Option<String>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        into_id: String,
    }
    Ok(answer.first::<Row>()?.map(|row| row.into_id))
}

/// The names of the fields that contacts of the team have.
#[must_use]
pub fn fields(team_id: &str) -> Statement {
    sql!("SELECT name FROM contact_fields WHERE team_id = ?1 ORDER BY name", team_id)
}

/// What [`fields`] gave.
///
/// # Errors
/// [`StoreError::Failed`] when a row cannot be read.
pub fn fields_of(answer: Answer) -> Result<Vec<String>, StoreError> {
    #[derive(Deserialize)]
    struct Row {
        name: String,
    }
    Ok(answer.all::<Row>()?.into_iter().map(|row| row.name).collect())
}

/// Brings contacts, `[Contact::to_store]`, into the state they have there, each with the version that
/// was read. `names` are those of all their fields. An id is there once.
#[must_use]
pub fn write(team_id: &str, contacts: &Value, names: &Value) -> Vec<Statement> {
    let contacts = contacts.to_string();
    let over = |sql| Statement { sql, params: vec![team_id.into(), (&contacts).into()] };
    let mut statements = vec![over(COUNT)];
    statements.extend([over(DROP_LABELS), over(DROP_ADDRESSES)]);
    statements.extend([over(PUT), over(PUT_ADDRESSES), over(PUT_LABELS)]);
    statements.push(sql!(
        "INSERT INTO contact_fields (team_id, name) SELECT ?1, value FROM json_each(?2)
         WHERE true ON CONFLICT DO NOTHING",
        team_id,
        names,
    ));
    statements
}

/// What is new counts one more, what was there counts one less, and what stays cancels out.
const COUNT: &str = "INSERT INTO labels (team_id, kind, label, contacts)
   SELECT ?1, kind, label, SUM(n) FROM (
     SELECT 'tag' AS kind, t.value AS label, 1 AS n
     FROM json_each(?2) d, json_each(d.value, '$.tags') t
     UNION ALL
     SELECT 'account', t.value, 1 FROM json_each(?2) d, json_each(d.value, '$.accounts') t
     UNION ALL
     SELECT 'tag', t.value, -1 FROM json_each(?2) d
       CROSS JOIN contacts c ON c.team_id = ?1 AND c.id = d.value ->> 'id', json_each(c.tags) t
     UNION ALL
     SELECT 'account', t.value, -1 FROM json_each(?2) d
       CROSS JOIN contacts c ON c.team_id = ?1 AND c.id = d.value ->> 'id', json_each(c.accounts) t)
   WHERE true GROUP BY kind, label HAVING SUM(n) <> 0
   ON CONFLICT (team_id, kind, label) DO UPDATE SET contacts = contacts + excluded.contacts";

/// Wrapped in a SELECT of its own: given a UNION as it is, SQLite reads the whole table.
const DROP_LABELS: &str = "DELETE FROM contact_labels
   WHERE (team_id, kind, label, contact_id) IN (SELECT * FROM (
     SELECT ?1, 'tag', t.value, c.id FROM json_each(?2) d
       CROSS JOIN contacts c ON c.team_id = ?1 AND c.id = d.value ->> 'id', json_each(c.tags) t
     WHERE NOT EXISTS (SELECT 1 FROM json_each(d.value, '$.tags') n WHERE n.value = t.value)
     UNION ALL
     SELECT ?1, 'account', t.value, c.id FROM json_each(?2) d
       CROSS JOIN contacts c ON c.team_id = ?1 AND c.id = d.value ->> 'id', json_each(c.accounts) t
     WHERE NOT EXISTS (SELECT 1 FROM json_each(d.value, '$.accounts') n WHERE n.value = t.value)))";

const DROP_ADDRESSES: &str = "DELETE FROM contact_addresses
   WHERE (team_id, channel, address) IN (
     SELECT ?1, a.value ->> 'channel', a.value ->> 'address' FROM json_each(?2) d
       CROSS JOIN contacts c ON c.team_id = ?1 AND c.id = d.value ->> 'id', json_each(c.addresses) a
     WHERE NOT EXISTS (SELECT 1 FROM json_each(d.value, '$.addresses') n
                       WHERE n.value ->> 'channel' = a.value ->> 'channel'
                         AND n.value ->> 'address' = a.value ->> 'address'))";

/// A contact that is not as it was read gets the version 0, which the table refuses.
const PUT: &str = "INSERT INTO contacts (team_id, id, version, name, name_key, addresses, tags,
     accounts, zones, zone_source, fields, created_ms, updated_ms)
   SELECT ?1, d.value ->> 'id',
     CASE WHEN coalesce(c.version, 0) = d.value ->> 'version' THEN d.value ->> 'version' + 1
          ELSE 0 END,
     d.value ->> 'name', d.value ->> 'name_key', d.value -> 'addresses', d.value -> 'tags',
     d.value -> 'accounts', d.value -> 'zones', d.value ->> 'zone_source', d.value -> 'fields',
     d.value ->> 'created_ms', d.value ->> 'updated_ms'
   FROM json_each(?2) d LEFT JOIN contacts c ON c.team_id = ?1 AND c.id = d.value ->> 'id'
   WHERE true
   ON CONFLICT (team_id, id) DO UPDATE SET
     version = excluded.version, name = excluded.name, name_key = excluded.name_key,
     addresses = excluded.addresses, tags = excluded.tags, accounts = excluded.accounts,
     zones = excluded.zones, zone_source = excluded.zone_source, fields = excluded.fields,
     created_ms = excluded.created_ms, updated_ms = excluded.updated_ms";

/// An address of somebody else becomes nobody's, which the table refuses.
const PUT_ADDRESSES: &str = "INSERT INTO contact_addresses (team_id, channel, address, contact_id)
   SELECT ?1, a.value ->> 'channel', a.value ->> 'address', d.value ->> 'id'
   FROM json_each(?2) d, json_each(d.value, '$.addresses') a
   WHERE true
   ON CONFLICT (team_id, channel, address) DO UPDATE SET contact_id = NULL
   WHERE contact_id <> excluded.contact_id";

const PUT_LABELS: &str = "INSERT INTO contact_labels (team_id, kind, label, contact_id)
   SELECT ?1, 'tag', t.value, d.value ->> 'id'
   FROM json_each(?2) d, json_each(d.value, '$.tags') t
   UNION ALL
   SELECT ?1, 'account', t.value, d.value ->> 'id'
   FROM json_each(?2) d, json_each(d.value, '$.accounts') t
   WHERE true
   ON CONFLICT DO NOTHING";

/// Takes a contact off every table; whoever has its id finds nothing any more.
#[must_use]
pub fn remove(team_id: &str, id: &str) -> Vec<Statement> {
    let of = |sql| Statement { sql, params: vec![team_id.into(), id.into()] };
    vec![
        of("INSERT INTO labels (team_id, kind, label, contacts)
            SELECT ?1, 'tag', t.value, -1 FROM contacts c, json_each(c.tags) t
            WHERE c.team_id = ?1 AND c.id = ?2
            UNION ALL
            SELECT ?1, 'account', t.value, -1 FROM contacts c, json_each(c.accounts) t
            WHERE c.team_id = ?1 AND c.id = ?2
            ON CONFLICT (team_id, kind, label)
              DO UPDATE SET contacts = contacts + excluded.contacts"),
        of("DELETE FROM contact_labels WHERE (team_id, kind, label, contact_id) IN (SELECT * FROM (
              SELECT ?1, 'tag', t.value, ?2 FROM contacts c, json_each(c.tags) t
              WHERE c.team_id = ?1 AND c.id = ?2
              UNION ALL
              SELECT ?1, 'account', t.value, ?2 FROM contacts c, json_each(c.accounts) t
              WHERE c.team_id = ?1 AND c.id = ?2))"),
        of("DELETE FROM contact_addresses WHERE (team_id, channel, address) IN (
              SELECT ?1, a.value ->> 'channel', a.value ->> 'address'
              FROM contacts c, json_each(c.addresses) a
              WHERE c.team_id = ?1 AND c.id = ?2)"),
        of("DELETE FROM contacts WHERE team_id = ?1 AND id = ?2"),
    ]
}

/// Notes that a contact of this version becomes part of another. The whole transaction fails when
/// it is not as it was read. Goes before [`remove`].
#[must_use]
pub fn note_merge(team_id: &str, gone: &Contact, into_id: &str, now_ms: i64) -> Vec<Statement> {
    vec![
        sql!(
            "INSERT INTO merged_contacts (team_id, id, into_id, at_ms)
             VALUES (?1, ?2, (SELECT ?4 FROM contacts
                              WHERE team_id = ?1 AND id = ?2 AND version = ?3), ?5)",
            team_id,
            &gone.id,
            gone.version,
            into_id,
            now_ms,
        ),
        // Whoever was merged into that one before is part of this one now.
        sql!(
            "UPDATE merged_contacts SET into_id = ?3 WHERE team_id = ?1 AND into_id = ?2",
            team_id,
            &gone.id,
            into_id,
        ),
    ]
}

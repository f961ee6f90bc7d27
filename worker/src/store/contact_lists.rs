//! Lists of contacts: newest first, by name, by address; the tags and accounts; who may be one.
//!
//! A list looks at a bounded number of rows, [`SCAN_MOST`], however few of them its filter lets
//! through; where it stopped is where the next page goes on.

use serde::Deserialize;
use serde_json::json;

use super::contacts::document;
use super::{Param, Statement};
use crate::model::Channel;
use crate::sql;

/// Contacts that one listing looks at, at most.
pub const SCAN_MOST: i64 = 10_000;

/// Greater than every id and every address: where a list that goes down begins.
pub const HIGHEST: &str = "\u{10ffff}";

/// Which contacts a list is about: those that all of it holds for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// With every one of these tags.
    pub tags: Vec<String>,
    /// In every one of these accounts.
    pub accounts: Vec<String>,
    /// With an address on this channel.
    pub channel: Option<Channel>,
    /// With this zone among theirs, or, empty, with none.
    pub zone: Option<String>,
    /// Who opted out anywhere, or nowhere.
    pub opted_out: Option<bool>,
}

/// Along what a list goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Along {
    /// Newest first.
    Newest,
    /// Who has a tag, newest first.
    Tag(String),
    /// Who belongs to an account, newest first.
    Account(String),
    /// By name: those that begin with this [`crate::contacts::name_key`].
    Name(String),
    /// By address: those of a channel that begin with this.
    Address(Channel, String),
}

/// A place in a list: what its order goes by, if that is not the id, and the id.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Place {
    /// The name's key, or the address.
    #[serde(default)]
    pub key: String,
    /// The id.
    pub id: String,
}

/// The rows that a list looks at. `?2`: how many; `?3`: the id after which it goes on.
macro_rules! scan {
    (Newest) => {
        "SELECT id, '' AS key FROM contacts WHERE team_id = ?1 AND id < ?3
         ORDER BY id DESC LIMIT ?2"
    };
    (Tag) => {
        "SELECT contact_id AS id, '' AS key FROM contact_labels
         WHERE team_id = ?1 AND kind = 'tag' AND label = ?4 AND contact_id < ?3
         ORDER BY contact_id DESC LIMIT ?2"
    };
    (Account) => {
        "SELECT contact_id AS id, '' AS key FROM contact_labels
         WHERE team_id = ?1 AND kind = 'account' AND label = ?4 AND contact_id < ?3
         ORDER BY contact_id DESC LIMIT ?2"
    };
    (Name) => {
        "SELECT id, name_key AS key FROM contacts INDEXED BY contacts_by_name
         WHERE team_id = ?1 AND name_key < ?4 || char(1114111) AND (name_key, id) > (?5, ?3)
         ORDER BY name_key, id LIMIT ?2"
    };
    (Address) => {
        "SELECT contact_id AS id, address AS key FROM contact_addresses
         WHERE team_id = ?1 AND channel = ?6 AND address < ?4 || char(1114111)
           AND address >= max(?4, ?5) AND address <> ?5 AND ?3 IS NOT NULL
         ORDER BY address LIMIT ?2"
    };
}

/// The contacts of a scan that the filter lets through. The filter and the number come last.
macro_rules! listing {
    ($along:ident, $filter:literal, $most:literal) => {
        concat!(
            "WITH scan AS (",
            scan!($along),
            "), f AS (SELECT ", $filter, " AS f) SELECT ",
            document!(),
            ", scan.key, scan.id FROM scan CROSS JOIN contacts c CROSS JOIN f
             WHERE c.team_id = ?1 AND c.id = scan.id
               AND NOT EXISTS (SELECT 1 FROM json_each(f.f, '$.tags') w WHERE NOT EXISTS
                     (SELECT 1 FROM json_each(c.tags) t WHERE t.value = w.value))
               AND NOT EXISTS (SELECT 1 FROM json_each(f.f, '$.accounts') w WHERE NOT EXISTS
                     (SELECT 1 FROM json_each(c.accounts) t WHERE t.value = w.value))
               AND (f.f ->> 'channel' IS NULL OR EXISTS (SELECT 1 FROM json_each(c.addresses) a
                     WHERE a.value ->> 'channel' = f.f ->> 'channel'))
               AND (f.f ->> 'zone' IS NULL OR (f.f ->> 'zone' = '' AND c.zones = '[]')
                    OR EXISTS (SELECT 1 FROM json_each(c.zones) z WHERE z.value = f.f ->> 'zone'))
               AND (f.f ->> 'opted_out' IS NULL OR f.f ->> 'opted_out' =
                    EXISTS (SELECT 1 FROM json_each(c.addresses) a CROSS JOIN opt_outs o
                            WHERE o.team_id = ?1 AND o.channel = a.value ->> 'channel'
                              AND o.address = a.value ->> 'address'))
             LIMIT ",
            $most
        )
    };
}

/// How many rows a scan has, and its last place.
macro_rules! end {
    ($along:ident, $order:literal) => {
        concat!(
            "SELECT key, id, COUNT(*) OVER () AS scanned FROM (",
            scan!($along),
            ") ORDER BY ",
            $order,
            " LIMIT 1"
        )
    };
}

impl Along {
    /// The parameters of its scan.
    fn params(&self, team_id: &str, after: Option<&Place>, look_at: i64) -> Vec<Param> {
        let (key, id) = after.map_or(("", None), |at| (at.key.as_str(), Some(at.id.as_str())));
        let down = id.unwrap_or(HIGHEST);
        let mut params: Vec<Param> = vec![team_id.into(), look_at.into()];
        match self {
            Self::Newest => params.push(down.into()),
            Self::Tag(label) | Self::Account(label) => {
                params.extend([down.into(), label.into()]);
            }
            Self::Name(prefix) => {
                let key = if id.is_some() { key } else { prefix };
                params.extend([id.unwrap_or("").into(), prefix.into(), key.into()]);
            }
            Self::Address(channel, prefix) => {
                params.extend([id.unwrap_or("").into(), prefix.into(), key.into()]);
                params.push(channel.name().into());
            }
        }
        params
    }

    /// Up to `most` contacts after a place, looking at no more than `look_at`; each with its place.
    #[must_use]
    pub fn page(
        &self,
        team_id: &str,
        filter: &Filter,
        after: Option<&Place>,
        look_at: i64,
        most: i64,
    ) -> Statement {
        let mut params = self.params(team_id, after, look_at);
        params.push(filter.document().into());
        params.push(most.into());
        let sql = match self {
            Self::Newest => listing!(Newest, "?4", "?5"),
            Self::Tag(_) => listing!(Tag, "?5", "?6"),
            Self::Account(_) => listing!(Account, "?5", "?6"),
            Self::Name(_) => listing!(Name, "?6", "?7"),
            Self::Address(..) => listing!(Address, "?7", "?8"),
        };
        Statement { sql, params }
    }

    /// Where a page that is not full stopped looking: [`End`], or none where there was nothing.
    #[must_use]
    pub fn end(&self, team_id: &str, after: Option<&Place>, look_at: i64) -> Statement {
        let sql = match self {
            Self::Newest => end!(Newest, "id"),
            Self::Tag(_) => end!(Tag, "id"),
            Self::Account(_) => end!(Account, "id"),
            Self::Name(_) => end!(Name, "key DESC, id DESC"),
            Self::Address(..) => end!(Address, "key DESC"),
        };
        Statement { sql, params: self.params(team_id, after, look_at) }
    }
}

/// The last row that a list looked at.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct End {
    /// Its place.
    #[serde(flatten)]
    pub place: Place,
    /// How many rows were looked at.
    pub scanned: i64,
}

impl Filter {
    fn document(&self) -> String {
        json!({
            "tags": self.tags,
            "accounts": self.accounts,
            "channel": self.channel,
            "zone": self.zone,
            "opted_out": self.opted_out,
        })
        .to_string()
    }
}

/// A tag or an account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct LabelRow {
    /// Its name.
    pub label: String,
    /// How many contacts have it.
    pub contacts: i64,
}

/// Up to `most` [`LabelRow`]s of a kind that begin with `prefix`, after the one called `after`.
#[must_use]
pub fn labels(team_id: &str, kind: &str, prefix: &str, after: &str, most: i64) -> Statement {
    sql!(
        "SELECT label, contacts FROM labels
         WHERE team_id = ?1 AND kind = ?2 AND label >= ?3 AND label < ?3 || char(1114111)
           AND label > ?4 AND contacts > 0
         ORDER BY label LIMIT ?5",
        team_id,
        kind,
        prefix,
        after,
        most,
    )
}

/// How many contacts have these labels, `[[kind, label]]`: a [`LabelRow`] for each that anybody has.
#[must_use]
pub fn counts(team_id: &str, labels: &serde_json::Value) -> Statement {
    sql!(
        "SELECT l.label, l.contacts FROM json_each(?2) j CROSS JOIN labels l
         WHERE l.team_id = ?1 AND l.kind = j.value ->> 0 AND l.label = j.value ->> 1",
        team_id,
        labels,
    )
}

/// Contacts of one name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SameNameRow {
    /// The name's key.
    pub key: String,
    /// JSON of `[id]`, oldest first.
    pub ids: String,
}

/// Up to `most` [`SameNameRow`]s from the key `from` on, among [`SCAN_MOST`] contacts.
#[must_use]
pub fn same_names(team_id: &str, from: &str, most: i64) -> Statement {
    sql!(
        "SELECT key, json_group_array(id) AS ids FROM (
           SELECT name_key AS key, id FROM contacts INDEXED BY contacts_by_name
           WHERE team_id = ?1 AND name_key >= ?2 ORDER BY name_key, id LIMIT ?3)
         GROUP BY key HAVING COUNT(*) > 1 ORDER BY key LIMIT ?4",
        team_id,
        from,
        SCAN_MOST,
        most,
    )
}

/// Where [`same_names`] stopped looking: an [`End`].
#[must_use]
pub fn same_names_end(team_id: &str, from: &str) -> Statement {
    sql!(
        "SELECT key, id, COUNT(*) OVER () AS scanned FROM (
           SELECT name_key AS key, id FROM contacts INDEXED BY contacts_by_name
           WHERE team_id = ?1 AND name_key >= ?2 ORDER BY name_key, id LIMIT ?3)
         ORDER BY key DESC, id DESC LIMIT 1",
        team_id,
        from,
        SCAN_MOST,
    )
}

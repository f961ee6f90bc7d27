//! Lists of campaigns, newest first or by their start.
//!
//! A list looks at a bounded number of rows, [`SCAN_MOST`], however few of them its filter lets
//! through; where it stopped is where the next page goes on. What is found are places; the rows
//! themselves are read for a page alone ([`super::campaigns::by_seqs`]).

use serde::{Deserialize, Serialize};

use super::{LAST_MS, Param, Statement};
use crate::model::{Channel, Kind};

/// Campaigns that one listing looks at, at most. Each costs two rows read, and one more for each
/// list of people where a file name is looked for.
pub const SCAN_MOST: i64 = 10_000;

/// Which campaigns a list is about: those that all of it holds for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Filter {
    /// In one of these statuses; none: in any.
    pub statuses: Option<Vec<&'static str>>,
    /// Of the sender with this id.
    pub sender_id: Option<String>,
    /// On this channel.
    pub channel: Option<Channel>,
    /// That the user with this id let go.
    pub user_id: Option<String>,
    /// With this in their name, whatever the case of A to Z.
    pub text: Option<String>,
    /// With this in the name of a file of theirs, likewise.
    pub file_name: Option<String>,
    /// That start, or without a start were made, at this or later, ms.
    pub from_ms: Option<i64>,
    /// And before this.
    pub until_ms: Option<i64>,
    /// With one of these ids.
    #[serde(skip)]
    pub ids: Option<Vec<String>>,
    /// Of this kind; none: of any.
    #[serde(skip)]
    pub kind: Option<Kind>,
}

/// In which order a list goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// By when they were made, the newest first.
    #[default]
    Newest,
    /// Broadcasts by when they start, the latest first.
    Start,
}

/// A place in a list, which goes on below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Place {
    /// The instant that the order goes by, ms; 0 where it goes by number.
    pub at_ms: i64,
    /// The campaign's number.
    pub seq: i64,
}

impl Place {
    /// Where a list begins.
    pub const TOP: Self = Self { at_ms: LAST_MS, seq: LAST_MS };
}

/// Where a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct End {
    /// The instant of the last.
    pub at_ms: i64,
    /// Its number.
    pub seq: i64,
    /// How many were looked at.
    pub scanned: i64,
}

/// The rows that a list looks at: `?1` the team, `?2` how many, `?3` and `?4` the place, and by
/// order the rest. Two kinds are two ranges of one index, and only what is asked for is read.
macro_rules! scan {
    (Newest) => {
        "SELECT seq, 0 AS at_ms FROM (
           SELECT * FROM (SELECT seq FROM campaigns INDEXED BY campaigns_of_team
             WHERE ?5 AND team_id = ?1 AND kind = 'broadcast' AND seq < ?4 AND ?3 IS NOT NULL
             ORDER BY seq DESC LIMIT ?2)
           UNION ALL
           SELECT * FROM (SELECT seq FROM campaigns INDEXED BY campaigns_of_team
             WHERE ?6 AND team_id = ?1 AND kind = 'single' AND seq < ?4
             ORDER BY seq DESC LIMIT ?2))
         ORDER BY seq DESC LIMIT ?2"
    };
    (Start) => {
        "SELECT seq, coalesce(starts_ms, created_ms) AS at_ms
         FROM campaigns INDEXED BY campaigns_by_start
         WHERE team_id = ?1 AND kind = 'broadcast' AND coalesce(starts_ms, created_ms) >= ?5
           AND coalesce(starts_ms, created_ms) <= min(?3, ?6 - 1)
           AND (coalesce(starts_ms, created_ms) < ?3 OR seq < ?4)
         ORDER BY coalesce(starts_ms, created_ms) DESC, seq DESC LIMIT ?2"
    };
    (Ids) => {
        "SELECT seq, 0 AS at_ms FROM campaigns
         WHERE id IN (SELECT value FROM json_each(?3)) AND +team_id = ?1 AND +seq < ?4
         ORDER BY +seq DESC LIMIT ?2"
    };
}

/// The places of a scan that the filter lets through, in its order: the outer loop's.
macro_rules! listing {
    ($order:ident, $filter:literal, $most:literal) => {
        concat!(
            "WITH scan AS MATERIALIZED (",
            scan!($order),
            "), f AS (SELECT ",
            $filter,
            " AS f)
             SELECT scan.seq, scan.at_ms FROM scan CROSS JOIN campaigns c CROSS JOIN f
             WHERE c.seq = scan.seq
               AND (f.f ->> 'statuses' IS NULL OR c.status IN
                     (SELECT value FROM json_each(f.f, '$.statuses')))
               AND (f.f ->> 'user_id' IS NULL OR c.by_user = f.f ->> 'user_id')
               AND (f.f ->> 'from_ms' IS NULL
                    OR coalesce(c.starts_ms, c.created_ms) >= f.f ->> 'from_ms')
               AND (f.f ->> 'until_ms' IS NULL
                    OR coalesce(c.starts_ms, c.created_ms) < f.f ->> 'until_ms')
               AND (f.f ->> 'text' IS NULL OR instr(lower(c.name), lower(f.f ->> 'text')) > 0)
               AND (f.f ->> 'sender_id' IS NULL OR c.sender_seq =
                     (SELECT s.seq FROM senders s WHERE s.id = f.f ->> 'sender_id'))
               AND (f.f ->> 'channel' IS NULL OR f.f ->> 'channel' =
                     (SELECT s.channel FROM senders s WHERE s.seq = c.sender_seq))
               AND (f.f ->> 'file_name' IS NULL OR EXISTS
                     (SELECT 1 FROM lists l WHERE l.campaign_seq = c.seq
                        AND instr(lower(l.file_name), lower(f.f ->> 'file_name')) > 0))
             LIMIT ",
            $most
        )
    };
}

/// How many rows a scan has, and its last place.
macro_rules! end {
    ($order:ident) => {
        concat!(
            "SELECT seq, at_ms, COUNT(*) OVER () AS scanned FROM (",
            scan!($order),
            ") ORDER BY at_ms, seq LIMIT 1"
        )
    };
}

impl Filter {
    /// The parameters of its scan.
    fn params(&self, team_id: &str, order: Order, below: Place, looks_at: i64) -> Vec<Param> {
        let mut params: Vec<Param> = vec![team_id.into(), looks_at.into()];
        if let Some(ids) = &self.ids {
            params.extend([(&serde_json::json!(ids)).into(), below.seq.into()]);
            return params;
        }
        params.extend([below.at_ms.into(), below.seq.into()]);
        match order {
            Order::Newest => {
                let wants = |kind| i64::from(self.kind.is_none_or(|only| only == kind));
                params.extend([wants(Kind::Broadcast).into(), wants(Kind::Single).into()]);
            }
            Order::Start => {
                let until = self.until_ms.unwrap_or(LAST_MS);
                params.extend([self.from_ms.unwrap_or(0).into(), until.into()]);
            }
        }
        params
    }

    /// Up to `most` [`Place`]s of a team below `below`, in order.
    #[must_use]
    pub fn page(&self, team_id: &str, order: Order, below: Place, most: i64) -> Statement {
        let sql = match (&self.ids, order) {
            (Some(_), _) => listing!(Ids, "?5", "?6"),
            (None, Order::Newest) => listing!(Newest, "?7", "?8"),
            (None, Order::Start) => listing!(Start, "?7", "?8"),
        };
        let any = Self { kind: self.kind, ..Self::default() };
        let looks_at = if *self == any { most } else { SCAN_MOST };
        let mut params = self.params(team_id, order, below, looks_at);
        params.extend([(&serde_json::json!(self)).into(), most.into()]);
        Statement { sql, params }
    }

    /// The [`End`] of what [`Self::page`] looks at; no row where it looks at nothing.
    #[must_use]
    pub fn end(&self, team_id: &str, order: Order, below: Place) -> Statement {
        let sql = match (&self.ids, order) {
            (Some(_), _) => end!(Ids),
            (None, Order::Newest) => end!(Newest),
            (None, Order::Start) => end!(Start),
        };
        Statement { sql, params: self.params(team_id, order, below, SCAN_MOST) }
    }
}

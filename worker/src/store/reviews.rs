//! Messages that are held because of what they say.

use serde::Deserialize;

use super::Statement;
use crate::model::{Channel, Kind};
use crate::sql;

/// A review.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReviewRow {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// Where it stands: `pending`, `cleared`, `refused`, `replaced`.
    pub state: String,
    /// JSON of what was found.
    pub found: String,
    /// JSON of what is to be done once it is cleared.
    pub wish: String,
    /// Since when, ms.
    pub asked_ms: i64,
    /// The name of the key whose wish it is.
    pub asked_by: String,
    /// When it was decided, ms.
    pub decided_ms: Option<i64>,
    /// The name of the key that decided.
    pub decided_by: Option<String>,
    /// What whoever decided said.
    pub note: Option<String>,
    /// When the wish was carried out, ms.
    pub carried_ms: Option<i64>,
    /// The campaign that is held.
    pub campaign_id: String,
    /// Its name.
    pub campaign_name: String,
    /// What it is.
    pub campaign_kind: Kind,
    /// JSON of what it says.
    pub content: String,
    /// How it goes.
    pub channel: Channel,
    /// People on it.
    pub total: i64,
}

/// The columns of a [`ReviewRow`].
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT r.seq, r.id, r.state, r.found, r.wish, r.asked_ms, r.asked_by, r.decided_ms,
               r.decided_by, r.note, r.carried_ms, c.id AS campaign_id, c.name AS campaign_name,
               c.kind AS campaign_kind, c.content, s.channel, c.total
             FROM reviews r JOIN campaigns c ON c.seq = r.campaign_seq
               JOIN senders s ON s.seq = c.sender_seq ",
            $rest
        )
    };
}

/// A new review.
#[derive(Clone, Debug)]
pub struct NewReview<'a> {
    /// Its id.
    pub id: &'a str,
    /// The id of the campaign that is held.
    pub campaign_id: &'a str,
    /// JSON of what was found.
    pub found: String,
    /// JSON of what is to be done once it is cleared.
    pub wish: String,
    /// The name of a key.
    pub by: &'a str,
    /// Now, ms.
    pub now_ms: i64,
}

/// Has a campaign reviewed. A review of it that is pending is replaced.
#[must_use]
pub fn put(review: &NewReview<'_>) -> Vec<Statement> {
    vec![
        sql!(
            "UPDATE reviews SET state = 'replaced', decided_ms = ?2
             WHERE campaign_seq = (SELECT seq FROM campaigns WHERE id = ?1) AND state = 'pending'",
            review.campaign_id,
            review.now_ms,
        ),
        sql!(
            "INSERT INTO reviews (id, team_id, campaign_seq, state, found, wish, asked_ms, asked_by)
             SELECT ?2, team_id, seq, 'pending', ?3, ?4, ?5, ?6 FROM campaigns WHERE id = ?1",
            review.campaign_id,
            review.id,
            review.found.as_str(),
            review.wish.as_str(),
            review.now_ms,
            review.by,
        ),
    ]
}

/// Ends the review of a campaign that needs none any more.
#[must_use]
pub fn withdraw(campaign_seq: i64, now_ms: i64) -> Statement {
    sql!(
        "UPDATE reviews SET state = 'replaced', decided_ms = ?2
         WHERE campaign_seq = ?1 AND state = 'pending'",
        campaign_seq,
        now_ms,
    )
}

/// The last [`ReviewRow`] of a campaign.
#[must_use]
pub fn of_campaign(campaign_id: &str) -> Statement {
    sql!(
        select!(
            "WHERE r.campaign_seq = (SELECT seq FROM campaigns WHERE id = ?1)
             ORDER BY r.seq DESC LIMIT 1"
        ),
        campaign_id,
    )
}

/// The [`ReviewRow`] with this id.
#[must_use]
pub fn by_id(team_id: &str, id: &str) -> Statement {
    sql!(select!("WHERE r.id = ?2 AND r.team_id = ?1"), team_id, id)
}

/// Up to `most` [`ReviewRow`]s of a team: the pending ones first, each part newest first, after the
/// one that is `(pending, seq)`.
#[must_use]
pub fn page(team_id: &str, after: Option<(i64, i64)>, most: i64) -> Statement {
    let (pending, seq) = after.unwrap_or((1, i64::MAX >> 11));
    sql!(
        select!(
            "WHERE r.team_id = ?1 AND (r.pending, r.seq) < (?2, ?3)
             ORDER BY r.pending DESC, r.seq DESC LIMIT ?4"
        ),
        team_id,
        pending,
        seq,
        most,
    )
}

/// Decides a review that is pending; of another the whole transaction fails: a state of NULL is
/// what the schema forbids.
#[must_use]
pub fn decide(id: &str, state: &str, by: &str, note: Option<&str>, now_ms: i64) -> Statement {
    sql!(
        "UPDATE reviews SET state = CASE state WHEN 'pending' THEN ?2 ELSE NULL END,
           decided_by = ?3, note = ?4, decided_ms = ?5
         WHERE id = ?1",
        id,
        state,
        by,
        note,
        now_ms,
    )
}

/// Notes that the wish was carried out.
#[must_use]
pub fn carried(id: &str, now_ms: i64) -> Statement {
    sql!("UPDATE reviews SET carried_ms = ?2 WHERE id = ?1 AND carried_ms IS NULL", id, now_ms)
}

/// What is known of the fields of a list.
#[derive(Clone, Debug, Deserialize)]
pub struct FieldsRow {
    /// JSON of the names of its columns.
    pub columns: String,
    /// How many people came in with it.
    pub accepted: i64,
    /// JSON: how many of them have nothing in a column. None: nobody counted.
    pub empty: Option<String>,
    /// JSON: what that is not allowed stands in which column. None: nobody looked.
    pub found: Option<String>,
}

/// The [`FieldsRow`]s of a campaign's lists, as far as anyone came in with them.
#[must_use]
pub fn fields(campaign_seq: i64) -> Statement {
    sql!(
        "SELECT columns, accepted, empty, found FROM lists
         WHERE campaign_seq = ?1 AND accepted > 0",
        campaign_seq,
    )
}

//! The campaigns, as the API shows and edits them.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use crate::model::{Caller, Channel, Kind};
use crate::sql;

/// A campaign with the counts of its open hand-overs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CampaignRow {
    /// The campaign's number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its sender's id.
    pub sender_id: String,
    /// Its sender's name.
    pub sender_name: String,
    /// Its sender's channel.
    pub channel: Channel,
    /// Its sender's country of numbers without `+`.
    pub region: Option<String>,
    /// Where it stands.
    pub status: String,
    /// Climbs with every change.
    pub version: i64,
    /// JSON of a [`crate::model::Content`].
    pub content: String,
    /// JSON of its policy.
    pub policy: String,
    /// JSON of the hours of its people.
    pub recipient_policy: String,
    /// When it was made, ms.
    pub created_ms: i64,
    /// What it was scheduled for, ms.
    pub starts_ms: Option<i64>,
    /// When its first run was committed, ms.
    pub started_ms: Option<i64>,
    /// When it ended, ms.
    pub ended_ms: Option<i64>,
    /// Why it ended.
    pub end_reason: Option<String>,
    /// People.
    pub total: i64,
    /// Taken by the provider, delivered since or not.
    pub sent: i64,
    /// Delivered.
    pub delivered: i64,
    /// Refused, or reported as undeliverable.
    pub failed: i64,
    /// Left out.
    pub skipped: i64,
    /// Handed over without a clear answer.
    pub unknown: i64,
    /// Being handed over.
    pub sending: i64,
    /// Come back, to be released again.
    pub returned: i64,
    /// Of these, those that the provider may have.
    pub in_doubt: i64,
    /// Committed and not begun.
    pub released: i64,
    /// JSON of a [`crate::model::Lateness`].
    pub lateness: String,
    /// When the first message is due that was committed and not begun, ms.
    pub next_ms: Option<i64>,
    /// JSON of what was promised last: `{first, last, planned, unplanned}`.
    pub plan: Option<String>,
    /// Whether it is a list of people or one message.
    pub kind: Kind,
    /// Whether it was written for one person, or is what such a one is sent again as.
    pub is_personal: i64,
    /// People who opened it.
    pub opened: i64,
    /// How often they did.
    pub opens: i64,
    /// People who followed a link in it.
    pub clicked: i64,
    /// How often they did.
    pub clicks: i64,
    /// Whose it is.
    pub team_id: String,
    /// The team's name.
    pub team_name: String,
    /// JSON of who had it go, and when: `{by, at}`.
    pub triggered: Option<String>,
    /// JSON of its last review: `{id, state, found, wish, asked_at, decided_at, note}`.
    pub review: Option<String>,
    /// Whether its team's queue is on.
    pub queue: i64,
    /// Who let it go: a user's id.
    pub by_user: Option<String>,
    /// JSON of what its team asks for each person, where it does.
    pub person_policy: Option<String>,
    /// The zone of people of whom nobody knows where they are, as far as somebody said.
    pub clock: Option<String>,
    /// JSON of the [`crate::tracking::Tracking`] that it went out with; none before it began.
    pub tracking: Option<String>,
    /// The id of the campaign that it sends again.
    pub parent_id: Option<String>,
    /// How many campaigns send it again.
    pub resends: i64,
}

impl CampaignRow {
    /// Whether it waits until somebody has looked at what it says.
    #[must_use]
    pub fn is_held_for_review(&self) -> bool {
        let review = self.review.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let state = |review: &Value| review.get("state").and_then(Value::as_str) == Some("pending");
        review.as_ref().is_some_and(state)
    }
}

/// The columns of a [`CampaignRow`]; `open` are the hand-overs that are not done.
/// Whether what a campaign says, and its name, were written for one person: a single, a message of a
/// conversation at a set time, or what such a one is sent again as.
macro_rules! is_personal {
    ($campaign:literal) => {
        concat!(
            "(",
            $campaign,
            ".kind = 'single' OR coalesce(",
            $campaign,
            ".purpose, '') = 'timed' OR EXISTS (SELECT 1 FROM campaigns parent WHERE parent.seq = ",
            $campaign,
            ".parent_seq AND (parent.kind = 'single' OR parent.purpose = 'timed')))"
        )
    };
}
pub(super) use is_personal;

macro_rules! select {
    ($open:literal, $rest:literal) => {
        concat!(
            "WITH open AS (
               SELECT campaign_seq, SUM(sent) AS sent, SUM(failed) AS failed,
                 SUM(skipped) AS skipped, SUM(unknown) AS unknown,
                 SUM(claimed - settled) AS sending, SUM(count - claimed) AS released,
                 MIN(CASE WHEN claimed < count THEN start_ms END) AS next_ms
               FROM handovers WHERE done = 0 ",
            $open,
            " GROUP BY campaign_seq)
             SELECT c.seq, c.id, c.name, s.id AS sender_id, s.name AS sender_name, s.channel,
               s.region, c.status, c.version, c.content, c.policy, c.recipient_policy, c.created_ms,
               c.starts_ms,
               c.started_ms, c.ended_ms, c.end_reason, c.total,
               c.sent + COALESCE(o.sent, 0) AS sent, c.delivered,
               c.failed + COALESCE(o.failed, 0) AS failed,
               c.skipped + COALESCE(o.skipped, 0) AS skipped,
               c.unknown + COALESCE(o.unknown, 0) AS unknown,
               COALESCE(o.sending, 0) AS sending, COALESCE(o.released, 0) AS released,
               (SELECT COALESCE(SUM(b.count), 0) FROM backlog b
                WHERE b.campaign_seq = c.seq) AS returned,
               (SELECT COALESCE(SUM(b.count), 0) FROM backlog b
                WHERE b.campaign_seq = c.seq AND b.doubtful > 0) AS in_doubt,
               c.lateness, o.next_ms,
               (SELECT json_object('first', p.first_ms, 'last', p.last_ms, 'planned', p.planned,
                                   'unplanned', p.unplanned)
                FROM kept_plans p WHERE p.campaign_seq = c.seq
                ORDER BY p.made_ms DESC LIMIT 1) AS plan,
               c.kind, ",
            is_personal!("c"),
            " AS is_personal, c.opened, c.opens, c.clicked, c.clicks, c.team_id, t.name AS team_name,
               t.queue, c.by_user, s.person_policy, c.tracking,
               coalesce(s.person_policy ->> '$.hours.time_zone', c.recipient_policy ->> '$.time_zone',
                        s.policy ->> '$.time_zone') AS clock,
               (SELECT p.id FROM campaigns p WHERE p.seq = c.parent_seq) AS parent_id,
               (SELECT COUNT(*) FROM resends r WHERE r.parent_seq = c.seq) AS resends,
               (SELECT json_object('by', p.by_whom, 'at', p.made_ms)
                FROM kept_plans p WHERE p.campaign_seq = c.seq
                ORDER BY p.made_ms LIMIT 1) AS triggered,
               (SELECT json_object('id', r.id, 'state', r.state, 'found', json(r.found),
                                   'wish', json(r.wish), 'asked_at', r.asked_ms,
                                   'asked_by', r.asked_by, 'decided_at', r.decided_ms,
                                   'decided_by', r.decided_by, 'note', r.note)
                FROM reviews r WHERE r.campaign_seq = c.seq
                ORDER BY r.seq DESC LIMIT 1) AS review
             FROM campaigns c JOIN senders s ON s.seq = c.sender_seq
               JOIN teams t ON t.id = c.team_id
               LEFT JOIN open o ON o.campaign_seq = c.seq ",
            $rest
        )
    };
}

/// The team's [`CampaignRow`] with this id.
#[must_use]
pub fn by_id(team_id: &str, id: &str) -> Statement {
    sql!(
        select!(
            "AND campaign_seq = (SELECT seq FROM campaigns WHERE id = ?2)",
            "WHERE c.id = ?2 AND c.team_id = ?1"
        ),
        team_id,
        id,
    )
}

/// A row where the team's campaign with this id is no list's: a single, or a timed message of a
/// conversation to whom nobody was added.
#[must_use]
pub fn to_one_person(team_id: &str, id: &str) -> Statement {
    sql!(
        "SELECT seq FROM campaigns WHERE id = ?2 AND team_id = ?1 AND total <= 1
           AND (kind = 'single' OR purpose = 'timed')",
        team_id,
        id,
    )
}

/// The [`CampaignRow`]s of a team with these numbers, `[seq]`, in no order.
#[must_use]
pub fn by_seqs(team_id: &str, seqs: &Value) -> Statement {
    sql!(
        select!(
            "AND campaign_seq IN (SELECT value FROM json_each(?2))",
            "WHERE c.seq IN (SELECT value FROM json_each(?2)) AND +c.team_id = ?1"
        ),
        team_id,
        seqs,
    )
}

/// A new campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCampaign {
    /// Its name.
    pub name: String,
    /// Its sender's id.
    pub sender_id: String,
    /// JSON of a [`crate::model::Content`].
    pub content: String,
    /// JSON of its policy; none: the team's.
    pub policy: Option<String>,
    /// JSON of the hours of its people.
    pub recipient_policy: String,
    /// JSON of a [`crate::model::Lateness`]; none: the team's.
    pub lateness: Option<String>,
}

/// Adds a draft; changes no row when the team has no such sender. Where the id is taken, it was added
/// before, and stays as it is.
#[must_use]
pub fn insert(team_id: &str, id: &str, campaign: &NewCampaign, now_ms: i64) -> Statement {
    sql!(
        "INSERT INTO campaigns (id, team_id, sender_seq, name, content, policy, created_ms,
                                lateness, recipient_policy)
         SELECT ?1, ?2, s.seq, ?4,
                CASE WHEN (t.defaults -> 'tracking') IS NULL OR (?5 -> 'tracking') IS NOT NULL THEN ?5
                  ELSE json_set(?5, '$.tracking', t.defaults -> 'tracking') END, coalesce(?6, t.defaults -> 'policy', '{}'), ?7,
                coalesce(?8, t.defaults -> 'lateness', '{\"then\":\"roll_over\"}'), ?9
         FROM senders s JOIN teams t ON t.id = s.team_id WHERE s.id = ?3 AND s.team_id = ?2
         ON CONFLICT (id) DO UPDATE SET id = id",
        id,
        team_id,
        &campaign.sender_id,
        &campaign.name,
        &campaign.content,
        campaign.policy.clone(),
        now_ms,
        campaign.lateness.clone(),
        &campaign.recipient_policy,
    )
}

/// A single: one message to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSingle<'a> {
    /// Its id.
    pub id: &'a str,
    /// Who sends it.
    pub by: &'a Caller,
    /// Its sender's number.
    pub sender_seq: i64,
    /// Its status.
    pub status: &'static str,
    /// JSON of a [`crate::model::Content`].
    pub content: &'a str,
    /// JSON of a list with its one [`crate::model::Person`].
    pub people: &'a str,
    /// A name of [`crate::model::Purpose`].
    pub purpose: Option<&'static str>,
    /// JSON of a [`crate::model::Lateness`].
    pub lateness: &'a str,
    /// The names of the person's zones, where they are to count.
    pub zones: Option<String>,
    /// Now, ms.
    pub now_ms: i64,
}

/// Adds a single with its person. It fails the whole transaction when the id is taken.
#[must_use]
pub fn insert_single(single: &NewSingle<'_>) -> Vec<Statement> {
    let statements = vec![
        sql!(
            "INSERT INTO campaigns (id, team_id, sender_seq, kind, name, content, status, total,
                                    starts_ms, created_ms, purpose, lateness, by_user)
             VALUES (?1, ?2, ?3, 'single', 'Single message', ?4, ?5, 1, ?6, ?6, ?7, ?8, ?9)",
            single.id,
            single.by.team_id.as_str(),
            single.sender_seq,
            single.content,
            single.status,
            single.now_ms,
            single.purpose,
            single.lateness,
            single.by.user_id.clone(),
        ),
        sql!(
            "INSERT INTO people (campaign_seq, first, count, people)
             SELECT seq, 0, 1, ?2 FROM campaigns WHERE id = ?1",
            single.id,
            single.people,
        ),
    ];
    statements.into_iter().chain(in_zones(single)).collect()
}

/// The person's zones.
fn in_zones(single: &NewSingle<'_>) -> Option<Statement> {
    let zones = single.zones.as_deref()?;
    Some(sql!(
        "INSERT OR IGNORE INTO campaign_zones (campaign_seq, time_zone, ranges, people)
         SELECT seq, ?2, '[[0,1]]', 1 FROM campaigns WHERE id = ?1",
        single.id,
        zones,
    ))
}

/// Adds a message to one person at a set time: a draft for a list of one, which is in no file.
#[must_use]
pub fn insert_timed(single: &NewSingle<'_>) -> Vec<Statement> {
    let statements = vec![
        sql!(
            "INSERT OR IGNORE INTO campaigns
               (id, team_id, sender_seq, kind, name, content, status, total, indexed, created_ms,
                purpose, lateness)
             VALUES (?1, ?2, ?3, 'broadcast', 'Message to ' || (?6 ->> '$[0].to'), ?4, ?5, 1, 1, ?7,
                     ?8, ?9)",
            single.id,
            single.by.team_id.as_str(),
            single.sender_seq,
            single.content,
            single.status,
            single.people,
            single.now_ms,
            single.purpose,
            single.lateness,
        ),
        sql!(
            "INSERT OR IGNORE INTO people (campaign_seq, first, count, people)
             SELECT seq, 0, 1, ?2 FROM campaigns WHERE id = ?1",
            single.id,
            single.people,
        ),
    ];
    statements.into_iter().chain(in_zones(single)).collect()
}

/// Removes what [`insert_timed`] has added, as long as it is a draft that is in no conversation.
#[must_use]
pub fn remove_timed(id: &str, channel: Channel, address: &str) -> Vec<Statement> {
    macro_rules! of_the_draft {
        ($delete:literal) => {
            concat!(
                $delete,
                " (SELECT c.seq FROM campaigns c WHERE c.id = ?1 AND c.status = 'draft'
                     AND c.purpose = 'timed' AND NOT EXISTS
                       (SELECT 1 FROM singles g WHERE g.team_id = c.team_id AND g.channel = ?2
                          AND g.address = ?3 AND g.campaign_seq = c.seq))"
            )
        };
    }
    let statement = |sql: &'static str| sql!(sql, id, channel.name(), address);
    vec![
        statement(of_the_draft!("DELETE FROM people WHERE campaign_seq =")),
        statement(of_the_draft!("DELETE FROM campaign_zones WHERE campaign_seq =")),
        statement(of_the_draft!("DELETE FROM attachment_uses WHERE campaign_seq =")),
        statement(of_the_draft!("DELETE FROM campaign_versions WHERE campaign_seq =")),
        statement(of_the_draft!("DELETE FROM campaigns WHERE seq =")),
    ]
}

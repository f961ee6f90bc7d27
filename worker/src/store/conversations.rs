//! The conversations: who they are with, and what was said in them.

use serde::Deserialize;
use serde_json::Value;

use super::{LAST_MS, Statement};
use crate::model::Channel;
use crate::sql;

/// How many rows a filtered listing looks at, at most.
pub const SCAN_MOST: i64 = 20_000;

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ConversationRow {
    /// The channel.
    pub channel: Channel,
    /// The other end.
    pub address: String,
    /// The sender that the last message went through.
    pub sender_id: String,
    /// `open` or `closed`.
    pub state: String,
    /// How many messages nobody has looked at.
    pub unread: i64,
    /// When something was last said, ms.
    pub last_ms: i64,
    /// By whom: `them` or `us`.
    pub last_from: String,
    /// The beginning of it.
    pub last_text: String,
}

macro_rules! rows {
    ($from:literal, $rest:literal) => {
        concat!(
            "SELECT c.channel, c.address, s.id AS sender_id, c.state, c.unread, c.last_ms,
                    c.last_from, c.last_text
             FROM ",
            $from,
            " c JOIN senders s ON s.seq = c.sender_seq ",
            $rest
        )
    };
}

/// The [`ConversationRow`] with an address, if there is one.
#[must_use]
pub fn one(team_id: &str, channel: Channel, address: &str) -> Statement {
    sql!(
        rows!("conversations", "WHERE c.team_id = ?1 AND c.channel = ?2 AND c.address = ?3"),
        team_id,
        channel.name(),
        address,
    )
}

/// Which conversations a list is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those of this channel.
    pub channel: Option<Channel>,
    /// Only those that are `open` or `closed`.
    pub state: Option<&'static str>,
    /// Only those with something that nobody has looked at.
    pub unread: bool,
    /// Only those that last went through this sender.
    pub sender_id: Option<String>,
}

/// A place in the list: `(last_ms, channel, address)`. The list goes on below it.
pub type Place = (i64, String, String);

/// Above every place.
#[must_use]
pub fn top() -> Place {
    (LAST_MS, String::new(), String::new())
}

/// The last row that a listing may look at.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct EndRow {
    /// When something was last said in the last one, ms.
    pub last_ms: i64,
    /// Its channel.
    pub channel: String,
    /// Its address.
    pub address: String,
}

/// Up to `most` [`ConversationRow`]s, those with the last word first, below `before`, among the next
/// [`SCAN_MOST`] there; and the [`EndRow`] of those, where the list may go on behind it.
#[must_use]
pub fn page(team_id: &str, filter: &Filter, before: &Place, most: i64) -> [Statement; 2] {
    let (last_ms, channel, address) = before;
    let looks_at = if *filter == Filter::default() { most } else { SCAN_MOST };
    [
        sql!(
            rows!(
                "(SELECT * FROM conversations
                  WHERE team_id = ?1 AND (last_ms, channel, address) < (?2, ?3, ?4)
                  ORDER BY last_ms DESC, channel DESC, address DESC LIMIT ?10)",
                "WHERE (?5 IS NULL OR c.channel = ?5) AND (?6 IS NULL OR c.state = ?6)
                   AND (?7 = 0 OR c.unread > 0) AND (?8 IS NULL OR s.id = ?8)
                 ORDER BY c.last_ms DESC, c.channel DESC, c.address DESC LIMIT ?9"
            ),
            team_id,
            *last_ms,
            channel,
            address,
            filter.channel.map(Channel::name),
            filter.state,
            i64::from(filter.unread),
            filter.sender_id.clone(),
            most,
            looks_at,
        ),
        sql!(
            "SELECT last_ms, channel, address FROM conversations
             WHERE team_id = ?1 AND (last_ms, channel, address) < (?2, ?3, ?4)
             ORDER BY last_ms DESC, channel DESC, address DESC LIMIT 1 OFFSET ?5",
            team_id,
            *last_ms,
            channel,
            address,
            looks_at - 1,
        ),
    ]
}

/// Notes that everything in a conversation was looked at.
#[must_use]
pub fn read(team_id: &str, channel: Channel, address: &str) -> Statement {
    sql!(
        "UPDATE conversations SET unread = 0
         WHERE team_id = ?1 AND channel = ?2 AND address = ?3 AND unread > 0",
        team_id,
        channel.name(),
        address,
    )
}

/// Opens or closes a conversation.
#[must_use]
pub fn set_state(team_id: &str, channel: Channel, address: &str, state: &'static str) -> Statement {
    sql!(
        "UPDATE conversations SET state = ?4, unread = CASE ?4 WHEN 'closed' THEN 0 ELSE unread END
         WHERE team_id = ?1 AND channel = ?2 AND address = ?3",
        team_id,
        channel.name(),
        address,
        state,
    )
}

/// A single that was taken on for an address.
#[derive(Clone, Copy, Debug)]
pub struct NewSingle<'a> {
    /// The single's id.
    pub campaign_id: &'a str,
    /// The channel.
    pub channel: Channel,
    /// To whom.
    pub address: &'a str,
    /// The instant that it was promised for, ms.
    pub at_ms: i64,
    /// The beginning of what it says.
    pub excerpt: &'a str,
    /// Now, ms.
    pub now_ms: i64,
    /// Whether somebody wrote it: our own answers do not move a conversation to the top.
    pub by_people: bool,
}

/// Puts a single into its conversation. Goes with the single's own rows.
#[must_use]
pub fn add_single(new: &NewSingle<'_>) -> Vec<Statement> {
    let mut statements = vec![sql!(
        "INSERT OR IGNORE INTO singles (team_id, channel, address, at_ms, campaign_seq, sender_seq)
         SELECT team_id, ?2, ?3, ?4, seq, sender_seq FROM campaigns WHERE id = ?1",
        new.campaign_id,
        new.channel.name(),
        new.address,
        new.at_ms,
    )];
    if new.by_people {
        statements.push(sql!(
            "INSERT INTO conversations (team_id, channel, address, sender_seq, last_ms, last_from,
                                        last_text)
             SELECT team_id, ?2, ?3, sender_seq, ?4, 'us', ?5 FROM campaigns WHERE id = ?1
             ON CONFLICT (team_id, channel, address) DO UPDATE SET
               sender_seq = excluded.sender_seq, last_ms = max(last_ms, excluded.last_ms),
               last_from = 'us', last_text = excluded.last_text",
            new.campaign_id,
            new.channel.name(),
            new.address,
            new.now_ms,
            new.excerpt,
        ));
    }
    statements
}

/// A row where a single is in the conversation with an address.
#[must_use]
pub fn single(team_id: &str, channel: Channel, address: &str, campaign_seq: i64) -> Statement {
    sql!(
        "SELECT campaign_seq FROM singles
         WHERE team_id = ?1 AND channel = ?2 AND address = ?3 AND campaign_seq = ?4 LIMIT 1",
        team_id,
        channel.name(),
        address,
        campaign_seq,
    )
}

/// Moves a message to one person in its conversation to the start that it has now. Changes nothing for
/// any other campaign.
#[must_use]
pub fn move_to_start(campaign_seq: i64) -> Statement {
    sql!(
        "UPDATE singles SET at_ms = (SELECT starts_ms FROM campaigns WHERE seq = ?1)
         WHERE campaign_seq = ?1 AND (team_id, channel, address) IN (
           SELECT c.team_id, s.channel, p.people ->> '$[0].to'
           FROM campaigns c JOIN senders s ON s.seq = c.sender_seq
           JOIN people p ON p.campaign_seq = c.seq AND p.first = 0
           WHERE c.seq = ?1 AND (c.kind = 'single' OR c.purpose = 'timed'))",
        campaign_seq,
    )
}

/// A single's place in its conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct SingleRow {
    /// Its number.
    pub campaign_seq: i64,
    /// The instant that it was promised for, ms.
    pub at_ms: i64,
}

/// Up to `most` [`SingleRow`]s of an address, the latest first, below `before`.
#[must_use]
pub fn singles(
    team_id: &str,
    channel: Channel,
    address: &str,
    before: (i64, i64),
    most: i64,
) -> Statement {
    sql!(
        "SELECT campaign_seq, at_ms FROM singles
         WHERE team_id = ?1 AND channel = ?2 AND address = ?3 AND (at_ms, campaign_seq) < (?4, ?5)
         ORDER BY at_ms DESC, campaign_seq DESC LIMIT ?6",
        team_id,
        channel.name(),
        address,
        before.0,
        before.1,
        most,
    )
}

/// A message that went out, or is going to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SentRow {
    /// Its campaign's number.
    pub campaign_seq: i64,
    /// Its ordinal.
    pub ordinal: i64,
    /// Its campaign's id.
    pub campaign_id: String,
    /// Its campaign's name.
    pub campaign_name: String,
    /// `broadcast` or `single`.
    pub kind: String,
    /// What else it is: `answer`, `forward`, `timed`.
    pub purpose: Option<String>,
    /// Its campaign's status.
    pub campaign_status: String,
    /// JSON of a [`crate::model::Content`].
    pub content: String,
    /// Its sender's id.
    pub sender_id: String,
    /// Its sender's name.
    pub sender_name: String,
    /// Its sender's channel.
    pub channel: Channel,
    /// JSON of the [`crate::model::Person`] that it is for.
    pub person: Option<String>,
    /// Its status, once something has become of it.
    pub status: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// When it was sent, ms.
    pub sent_ms: Option<i64>,
    /// When it arrived, ms.
    pub delivered_ms: Option<i64>,
}

/// The columns of a [`SentRow`] of the message `ordinal` of a campaign `seq` in `wanted`.
macro_rules! sent {
    ($wanted:literal) => {
        concat!(
            "WITH wanted AS (",
            $wanted,
            ")
             SELECT c.seq AS campaign_seq, w.ordinal, c.id AS campaign_id, c.name AS campaign_name,
                    c.kind, c.purpose, c.status AS campaign_status, c.content, s.id AS sender_id,
                    s.name AS sender_name, s.channel,
                    (SELECT p.people -> ('$[' || (w.ordinal - p.first) || ']') FROM people p
                     WHERE p.campaign_seq = c.seq AND p.first > w.ordinal - 100
                       AND p.first <= w.ordinal AND p.first + p.count > w.ordinal) AS person,
                    m.status, m.reason, m.sent_ms, m.delivered_ms
             FROM wanted w
             CROSS JOIN campaigns c ON c.seq = w.seq
             JOIN senders s ON s.seq = c.sender_seq
             LEFT JOIN messages m ON m.campaign_seq = c.seq AND m.ordinal = w.ordinal
             WHERE c.team_id = ?1"
        )
    };
}

/// The [`SentRow`]s of these messages of a team: `[[campaign_seq, ordinal]]`.
#[must_use]
pub fn sent(team_id: &str, messages: &Value) -> Statement {
    sql!(
        sent!("SELECT value ->> 0 AS seq, value ->> 1 AS ordinal FROM json_each(?2)"),
        team_id,
        messages,
    )
}

/// The [`SentRow`] of one message of a team, by its campaign's id.
#[must_use]
pub fn sent_by_id(team_id: &str, campaign_id: &str, ordinal: i64) -> Statement {
    sql!(
        sent!("SELECT seq, CAST(?3 AS INTEGER) AS ordinal FROM campaigns WHERE id = ?2"),
        team_id,
        campaign_id,
        ordinal,
    )
}

/// Sets what a team answers.
#[must_use]
pub fn set_answers(team_id: &str, answers: &str) -> Statement {
    sql!("UPDATE teams SET answers = ?2 WHERE id = ?1", team_id, answers)
}

/// What came back of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RepliesRow {
    /// Messages that answer it.
    pub replies: i64,
    /// People who wrote them.
    pub repliers: i64,
    /// People who have had enough since.
    pub stops: i64,
    /// Segments of the messages that were taken.
    pub segments: i64,
    /// What these cost, in millionths.
    pub cost: i64,
    /// What the replies cost, in millionths.
    pub inbound_cost: i64,
    /// What its sender is charged in; none where nobody said what its provider asks.
    pub currency: Option<String>,
}

/// The [`RepliesRow`] of a team's campaign.
#[must_use]
pub fn replies(team_id: &str, campaign_id: &str) -> Statement {
    sql!(
        "SELECT c.replies, c.repliers, c.stops, c.segments + coalesce(o.segments, 0) AS segments,
                c.cost + coalesce(o.cost, 0) AS cost, c.inbound_cost, s.currency
         FROM campaigns c JOIN senders s ON s.seq = c.sender_seq
         LEFT JOIN (SELECT campaign_seq, sum(segments) AS segments, sum(cost) AS cost
                    FROM handovers WHERE done = 0 GROUP BY campaign_seq) o ON o.campaign_seq = c.seq
         WHERE c.id = ?2 AND c.team_id = ?1",
        team_id,
        campaign_id,
    )
}

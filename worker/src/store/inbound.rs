//! The messages that come in, and what each changes, in one transaction.

use serde::Deserialize;
use serde_json::Value;

use super::Statement;
use super::opt_outs::the_first_stays;
use crate::model::Channel;
use crate::sql;

/// How many rows a filtered listing looks at, at most.
pub const SCAN_MOST: i64 = 20_000;
/// STOP is confirmed, and HELP answered, once in this time, ms.
const ANSWERED_EVERY_MS: i64 = 86_400_000;

/// The sender that a message came in through.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SenderRow {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its team.
    pub team_id: String,
    /// Its team's name.
    pub team_name: String,
    /// JSON of what the team answers.
    pub answers: String,
    /// How messages come.
    pub channel: Channel,
    /// The country of numbers without `+`.
    pub region: Option<String>,
    /// JSON of a [`crate::model::Price`].
    pub price: Option<String>,
}

macro_rules! sender {
    ($condition:literal) => {
        concat!(
            "SELECT s.seq, s.id, s.name, s.team_id, t.name AS team_name, t.answers, s.channel,
                    s.region, s.price
             FROM senders s JOIN teams t ON t.id = s.team_id WHERE ",
            $condition
        )
    };
}

/// The [`SenderRow`] with this number.
#[must_use]
pub fn sender(seq: i64) -> Statement {
    sql!(sender!("s.seq = ?1"), seq)
}

/// The [`SenderRow`] of a team with this id.
#[must_use]
pub fn sender_by_id(team_id: &str, id: &str) -> Statement {
    sql!(sender!("s.id = ?2 AND s.team_id = ?1"), team_id, id)
}

/// The [`SenderRow`] of the campaign with this id.
#[must_use]
pub fn sender_of(team_id: &str, campaign_id: &str) -> Statement {
    sql!(
        sender!("s.team_id = ?1 AND s.seq = (SELECT sender_seq FROM campaigns WHERE id = ?2)"),
        team_id,
        campaign_id,
    )
}

/// A message that came in.
#[derive(Clone, Debug)]
pub struct NewInbound<'a> {
    /// Its id: the same one is the same message.
    pub id: &'a str,
    /// The sender that it came to.
    pub sender: &'a SenderRow,
    /// Who wrote it.
    pub address: &'a str,
    /// The number that it may be as well.
    pub or: Option<&'a str>,
    /// By what an erasure would know them.
    pub pseudonym: &'a str,
    /// What it says.
    pub text: &'a str,
    /// The beginning of that, for a list.
    pub excerpt: &'a str,
    /// JSON of the names of what was attached.
    pub attachments: &'a Value,
    /// When it came, ms.
    pub received_ms: i64,
    /// When it was written, ms, where the provider says so.
    pub written_ms: Option<i64>,
    /// A name of [`crate::inbound::Meaning`].
    pub meaning: &'static str,
    /// Whether it ends all messages to its writer.
    pub ends: bool,
    /// Why its writer is on the opt-outs, if it ends them.
    pub reason: &'a str,
    /// The message that it answers: campaign and ordinal.
    pub answers: Option<(i64, i64)>,
    /// What it cost, in millionths.
    pub cost: Option<i64>,
}

/// Keeps a message and does what it means; gives its [`KeptRow`]. Harmless when repeated: what is
/// there already changes nothing, whatever has happened since.
#[must_use]
pub fn receive(new: &NewInbound<'_>) -> Vec<Statement> {
    let (team_id, channel) = (new.sender.team_id.as_str(), new.sender.channel.name());
    let ends = i64::from(new.ends);
    let mut statements = Vec::new();
    if let Some(message) = new.answers {
        statements.extend(count(new, message));
    }
    statements.push(sql!(
        "INSERT INTO conversations (team_id, channel, address, sender_seq, unread, last_ms,
                                    last_from, last_text, confirmed_ms, helped_ms)
         SELECT ?1, ?2, ?3, ?4, 1, ?5, 'them', ?6,
                CASE WHEN ?7 = 1 AND NOT EXISTS (SELECT 1 FROM opt_outs
                  WHERE team_id = ?1 AND channel = ?2 AND address = ?3) THEN ?5 END,
                CASE ?8 WHEN 'help' THEN ?5 END
         WHERE NOT EXISTS (SELECT 1 FROM inbound WHERE id = ?9)
         ON CONFLICT (team_id, channel, address) DO UPDATE SET
           sender_seq = excluded.sender_seq, state = 'open', unread = unread + 1,
           last_ms = max(last_ms, excluded.last_ms), last_from = 'them',
           last_text = excluded.last_text,
           confirmed_ms = CASE WHEN excluded.confirmed_ms - ?10 >= coalesce(confirmed_ms, 0)
             THEN excluded.confirmed_ms ELSE confirmed_ms END,
           helped_ms = CASE WHEN excluded.helped_ms - ?10 >= coalesce(helped_ms, 0)
             THEN excluded.helped_ms ELSE helped_ms END",
        team_id,
        channel,
        new.address,
        new.sender.seq,
        new.received_ms,
        new.excerpt,
        ends,
        new.meaning,
        new.id,
        ANSWERED_EVERY_MS,
    ));
    if new.ends {
        statements.push(opt_out(new, team_id, channel, new.address));
    }
    // Nobody knows which number it is. A refusal, which may be none, is held against the likely one.
    if let Some(or) = new.or.filter(|_| new.meaning == "stop") {
        statements.push(opt_out(new, team_id, channel, or));
    }
    if new.meaning == "start" {
        statements
            .extend(new.or.map(|or| opt_in_or(new, team_id, channel, or)).into_iter().flatten());
        statements.extend(opt_in(new, team_id, channel));
    }
    statements.push(sql!(
        "INSERT INTO inbound (id, team_id, sender_seq, channel, address, text, attachments,
                              received_ms, written_ms, meaning, campaign_seq, ordinal, review, cost,
                              answer)
         SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12,
                CASE ?10 WHEN 'refusal' THEN 'open' END, ?13,
                CASE
                  WHEN ?10 = 'help' AND c.helped_ms = ?8 AND NOT EXISTS (SELECT 1 FROM inbound b
                    WHERE b.team_id = ?2 AND b.channel = ?4 AND b.address = ?5
                      AND b.received_ms = ?8 AND b.answer = 'help') THEN 'help'
                  WHEN ?14 = 1 AND c.confirmed_ms = ?8 AND EXISTS (SELECT 1 FROM opt_outs o
                    WHERE o.team_id = ?2 AND o.channel = ?4 AND o.address = ?5
                      AND o.inbound_id = ?1) THEN 'stop'
                END
         FROM conversations c WHERE c.team_id = ?2 AND c.channel = ?4 AND c.address = ?5
         ON CONFLICT (id) DO NOTHING",
        new.id,
        team_id,
        new.sender.seq,
        channel,
        new.address,
        new.text,
        new.attachments,
        new.received_ms,
        new.written_ms,
        new.meaning,
        new.answers.map(|(campaign_seq, _)| campaign_seq),
        new.answers.map(|(_, ordinal)| ordinal),
        new.cost,
        ends,
    ));
    statements.push(kept(team_id, new.id));
    statements
}

fn opt_out(new: &NewInbound<'_>, team_id: &str, channel: &str, address: &str) -> Statement {
    sql!(
        concat!(
            "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms,
                                   campaign_seq, inbound_id)
             SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8
             WHERE NOT EXISTS (SELECT 1 FROM inbound WHERE id = ?8)",
            the_first_stays!()
        ),
        team_id,
        channel,
        address,
        new.reason,
        if new.meaning == "refusal" { "refusal" } else { "reply" },
        new.received_ms,
        new.answers.map(|(campaign_seq, _)| campaign_seq),
        new.id,
    )
}

/// Counts a reply with the campaign and the message that it answers.
fn count(new: &NewInbound<'_>, (campaign_seq, ordinal): (i64, i64)) -> [Statement; 2] {
    let (team_id, channel) = (new.sender.team_id.as_str(), new.sender.channel.name());
    let ends = i64::from(new.ends);
    [
        sql!(
            "UPDATE campaigns SET
               replies = replies + 1,
               repliers = repliers + coalesce((SELECT replied_ms IS NULL FROM messages
                 WHERE campaign_seq = ?1 AND ordinal = ?2), 0),
               stops = stops + (?7 = 1 AND NOT EXISTS (SELECT 1 FROM opt_outs
                 WHERE team_id = ?4 AND channel = ?5 AND address = ?6)),
               inbound_cost = inbound_cost + ?8
             WHERE seq = ?1 AND NOT EXISTS (SELECT 1 FROM inbound WHERE id = ?3)",
            campaign_seq,
            ordinal,
            new.id,
            team_id,
            channel,
            new.address,
            ends,
            new.cost.unwrap_or(0),
        ),
        sql!(
            "UPDATE messages SET replied_ms = coalesce(replied_ms, ?4),
               stopped_ms = CASE ?5 WHEN 1 THEN coalesce(stopped_ms, ?4) ELSE stopped_ms END
             WHERE campaign_seq = ?1 AND ordinal = ?2
               AND (replied_ms IS NULL OR (?5 = 1 AND stopped_ms IS NULL))
               AND NOT EXISTS (SELECT 1 FROM inbound WHERE id = ?3)",
            campaign_seq,
            ordinal,
            new.id,
            new.received_ms,
            ends,
        ),
    ]
}

/// START undoes what the person themselves said, and nothing that was put there for them; and what an
/// erasure has left of that.
fn opt_in(new: &NewInbound<'_>, team_id: &str, channel: &str) -> [Statement; 3] {
    [
        sql!(
            "INSERT INTO lifted_opt_outs (team_id, channel, address, entry, why, lifted_ms)
             SELECT ?1, ?2, ?3,
                    json_object('reason', o.reason, 'source', o.source, 'created_ms', o.created_ms,
                                'by_whom', o.by_whom), ?5, ?6
             FROM (SELECT reason, source, created_ms, by_whom FROM opt_outs
                   WHERE team_id = ?1 AND channel = ?2 AND address = ?3
                   UNION ALL
                   SELECT reason, source, created_ms, NULL FROM opt_out_hashes
                   WHERE team_id = ?1 AND hash = ?7 AND until_ms IS NULL) o
             WHERE o.source IN ('reply', 'refusal', 'receipt')
               AND NOT EXISTS (SELECT 1 FROM inbound WHERE id = ?4)
             LIMIT 1",
            team_id,
            channel,
            new.address,
            new.id,
            new.reason,
            new.received_ms,
            new.pseudonym,
        ),
        sql!(
            "DELETE FROM opt_outs
             WHERE team_id = ?1 AND channel = ?2 AND address = ?3
               AND source IN ('reply', 'refusal', 'receipt')
               AND NOT EXISTS (SELECT 1 FROM inbound WHERE id = ?4)",
            team_id,
            channel,
            new.address,
            new.id,
        ),
        sql!(
            "DELETE FROM opt_out_hashes
             WHERE team_id = ?1 AND hash = ?2 AND until_ms IS NULL
               AND source IN ('reply', 'refusal', 'receipt')
               AND NOT EXISTS (SELECT 1 FROM inbound WHERE id = ?3)",
            team_id,
            new.pseudonym,
            new.id,
        ),
    ]
}

/// Of the other number that the writer may have, START undoes what a STOP from the same digits put there,
/// and nothing that somebody else said from it: that STOP is of the address, or stands there as well. So it
/// comes before [`opt_in`].
fn opt_in_or(new: &NewInbound<'_>, team_id: &str, channel: &str, or: &str) -> [Statement; 2] {
    [
        sql!(
            "INSERT INTO lifted_opt_outs (team_id, channel, address, entry, why, lifted_ms)
             SELECT o.team_id, o.channel, o.address,
                    json_object('reason', o.reason, 'source', o.source, 'created_ms', o.created_ms,
                                'by_whom', o.by_whom), ?5, ?6
             FROM opt_outs o JOIN inbound i ON i.id = o.inbound_id
             WHERE o.team_id = ?1 AND o.channel = ?2 AND o.address = ?3
               AND (i.address = ?7 OR EXISTS (SELECT 1 FROM opt_outs h
                     WHERE h.team_id = ?1 AND h.channel = ?2 AND h.address = ?7
                       AND h.inbound_id = o.inbound_id))
               AND o.source = 'reply'
               AND NOT EXISTS (SELECT 1 FROM inbound WHERE id = ?4)",
            team_id,
            channel,
            or,
            new.id,
            new.reason,
            new.received_ms,
            new.address,
        ),
        sql!(
            "DELETE FROM opt_outs
             WHERE team_id = ?1 AND channel = ?2 AND address = ?3 AND source = 'reply'
               AND EXISTS (SELECT 1 FROM inbound i
                           WHERE i.id = opt_outs.inbound_id
                             AND (i.address = ?5 OR EXISTS (SELECT 1 FROM opt_outs h
                               WHERE h.team_id = ?1 AND h.channel = ?2 AND h.address = ?5
                                 AND h.inbound_id = i.id)))
               AND NOT EXISTS (SELECT 1 FROM inbound WHERE id = ?4)",
            team_id,
            channel,
            or,
            new.id,
            new.address,
        ),
    ]
}

/// A message that came in, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct KeptRow {
    /// Its number.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// The sender that it came to.
    pub sender_id: String,
    /// How it came.
    pub channel: Channel,
    /// Who wrote it.
    pub address: String,
    /// What it says.
    pub text: String,
    /// JSON of the names of what was attached.
    pub attachments: String,
    /// When it came, ms.
    pub received_ms: i64,
    /// When it was written, ms.
    pub written_ms: Option<i64>,
    /// A name of [`crate::inbound::Meaning`].
    pub meaning: String,
    /// The campaign that it answers.
    pub campaign_seq: Option<i64>,
    /// Its id.
    pub campaign_id: Option<String>,
    /// Which message of it.
    pub ordinal: Option<i64>,
    /// What is answered to it.
    pub answer: Option<String>,
    /// How a person has settled it.
    pub review: Option<String>,
    /// When, ms.
    pub reviewed_ms: Option<i64>,
    /// Who.
    pub reviewed_by: Option<String>,
    /// What it cost, in millionths.
    pub cost: Option<i64>,
}

macro_rules! kept {
    ($from:literal, $rest:literal) => {
        concat!(
            "SELECT i.seq, i.id, s.id AS sender_id, i.channel, i.address, i.text, i.attachments,
                    i.received_ms, i.written_ms, i.meaning, i.campaign_seq,
                    (SELECT id FROM campaigns WHERE seq = i.campaign_seq) AS campaign_id,
                    i.ordinal, i.answer, i.review, i.reviewed_ms, i.reviewed_by, i.cost
             FROM ",
            $from,
            " i JOIN senders s ON s.seq = i.sender_seq ",
            $rest
        )
    };
}

/// The [`KeptRow`] of a team with this id.
#[must_use]
pub fn kept(team_id: &str, id: &str) -> Statement {
    sql!(kept!("inbound", "WHERE i.id = ?2 AND i.team_id = ?1"), team_id, id)
}

/// Up to `most` [`KeptRow`]s from one address, newest first, below the place `before`.
#[must_use]
pub fn of_address(
    team_id: &str,
    channel: Channel,
    address: &str,
    before: (i64, i64),
    most: i64,
) -> Statement {
    sql!(
        kept!(
            "inbound",
            "WHERE i.team_id = ?1 AND i.channel = ?2 AND i.address = ?3
               AND (i.received_ms, i.seq) < (?4, ?5)
             ORDER BY i.received_ms DESC, i.seq DESC LIMIT ?6"
        ),
        team_id,
        channel.name(),
        address,
        before.0,
        before.1,
        most,
    )
}

/// Up to `most` [`KeptRow`]s of a team that wait for somebody to look at them, newest first, below
/// `before_seq`.
#[must_use]
pub fn to_review(team_id: &str, before_seq: Option<i64>, most: i64) -> Statement {
    sql!(
        kept!(
            "inbound",
            "WHERE i.team_id = ?1 AND i.review = 'open' AND (?2 IS NULL OR i.seq < ?2)
             ORDER BY i.seq DESC LIMIT ?3"
        ),
        team_id,
        before_seq,
        most,
    )
}

/// What a team answers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AnswersRow {
    /// JSON: `{stop, help}`.
    pub answers: String,
}

/// The [`AnswersRow`] of a team.
#[must_use]
pub fn answers(team_id: &str) -> Statement {
    sql!("SELECT answers FROM teams WHERE id = ?1", team_id)
}

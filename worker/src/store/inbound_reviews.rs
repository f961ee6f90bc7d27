//! What people say of the messages that came in: that one was a refusal or none, that it means STOP.

use super::Statement;
use super::inbound::kept;
use super::opt_outs::the_first_stays;
use crate::sql;

/// What a person says of a message.
#[derive(Clone, Copy, Debug)]
pub struct Review<'a> {
    /// The team.
    pub team_id: &'a str,
    /// The message.
    pub id: &'a str,
    /// `confirmed`, `lifted`, `means_stop` or `done`.
    pub as_what: &'static str,
    /// Who says so.
    pub by: &'a str,
    /// When, ms.
    pub now_ms: i64,
}

/// Settles a message; gives its [`KeptRow`](super::inbound::KeptRow). What was found to be a refusal is confirmed or lifted,
/// once; any other may be said to mean STOP. Changes nothing where that is not so.
#[must_use]
pub fn review(review: &Review<'_>) -> Vec<Statement> {
    let Review { team_id, id, as_what, by, now_ms } = *review;
    let mut statements = Vec::new();
    if as_what == "lifted" {
        // Where something else that they wrote is a refusal too, that is why from now on.
        statements.push(sql!(
            "UPDATE opt_outs SET inbound_id = other.id
             FROM inbound i JOIN inbound other
               ON other.team_id = i.team_id AND other.channel = i.channel
                 AND other.address = i.address AND other.id <> i.id
                 AND other.meaning = 'refusal' AND other.review IN ('open', 'confirmed')
             WHERE i.id = ?2 AND i.team_id = ?1 AND i.review = 'open' AND opt_outs.inbound_id = i.id
               AND opt_outs.team_id = i.team_id AND opt_outs.channel = i.channel
               AND opt_outs.address = i.address",
            team_id,
            id,
        ));
        statements.push(sql!(
            "INSERT INTO lifted_opt_outs (team_id, channel, address, entry, why, lifted_ms, by_whom)
             SELECT o.team_id, o.channel, o.address,
                    json_object('reason', o.reason, 'source', o.source, 'created_ms', o.created_ms,
                                'by_whom', o.by_whom), 'was no refusal', ?3, ?4
             FROM inbound i JOIN opt_outs o
               ON o.team_id = i.team_id AND o.channel = i.channel AND o.address = i.address
             WHERE i.id = ?2 AND i.team_id = ?1 AND i.review = 'open' AND o.inbound_id = i.id",
            team_id,
            id,
            now_ms,
            by,
        ));
        statements.push(sql!(
            "DELETE FROM opt_outs WHERE inbound_id = ?2 AND (team_id, channel, address) IN
               (SELECT team_id, channel, address FROM inbound
                WHERE id = ?2 AND team_id = ?1 AND review = 'open')",
            team_id,
            id,
        ));
    }
    if as_what == "means_stop" {
        statements.push(sql!(
            "UPDATE campaigns SET stops = stops + 1
             WHERE seq = (SELECT i.campaign_seq FROM inbound i
               WHERE i.id = ?2 AND i.team_id = ?1 AND i.meaning NOT IN ('stop', 'refusal')
                 AND coalesce(i.review, 'done') = 'done'
                 AND NOT EXISTS (SELECT 1 FROM opt_outs o WHERE o.team_id = i.team_id
                   AND o.channel = i.channel AND o.address = i.address))",
            team_id,
            id,
        ));
        statements.push(sql!(
            concat!(
                "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms, by_whom,
                                       campaign_seq, inbound_id)
                 SELECT i.team_id, i.channel, i.address,
                        'replied `' || substr(i.text, 1, 100) || '`', 'reply', ?3, ?4,
                        i.campaign_seq, i.id
                 FROM inbound i
                 WHERE i.id = ?2 AND i.team_id = ?1 AND i.meaning NOT IN ('stop', 'refusal')
                   AND coalesce(i.review, 'done') = 'done'",
                the_first_stays!()
            ),
            team_id,
            id,
            now_ms,
            by,
        ));
    }
    statements.push(sql!(
        "UPDATE inbound SET review = ?3, reviewed_ms = ?4, reviewed_by = ?5
         WHERE id = ?2 AND team_id = ?1 AND CASE
           WHEN ?3 IN ('confirmed', 'lifted') THEN review = 'open'
           ELSE meaning NOT IN ('stop', 'refusal') AND coalesce(review, 'done') = 'done'
         END",
        team_id,
        id,
        as_what,
        now_ms,
        by,
    ));
    statements.push(kept(team_id, id));
    statements
}

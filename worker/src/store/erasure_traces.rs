//! What is left of a person beside contacts and lists of people: what they wrote, what was written to
//! them alone, and where either is quoted.

use serde_json::Value;

use super::Statement;
use super::campaigns::is_personal;
use super::erasures::PageKey;
use crate::sql;

/// Days of kept answers that are looked through: all that there are.
const DAYS: i64 = 3;

/// Takes a person out of all that is found by the address: `[{channel, address}]`; and what quotes
/// them, `texts` being addresses and names in lower case, out of answers that are kept and out of reviews.
///
/// Messages that came in stay, as numbers: somebody replied. Their text, and who it was, go.
#[must_use]
pub fn forget(team_id: &str, addresses: &Value, texts: &Value, now_ms: i64) -> Vec<Statement> {
    let addresses = addresses.to_string();
    let texts = texts.to_string();
    vec![
        sql!(
            "UPDATE inbound SET address = '', text = '', attachments = '[]',
               review = CASE review WHEN 'open' THEN 'done' ELSE review END
             WHERE seq IN (SELECT i.seq FROM json_each(?2) j CROSS JOIN inbound i
               WHERE i.team_id = ?1 AND i.channel = j.value ->> 'channel'
                 AND i.address = j.value ->> 'address')",
            team_id,
            addresses.as_str(),
        ),
        sql!(
            "DELETE FROM conversations WHERE (team_id, channel, address) IN
               (SELECT ?1, value ->> 'channel', value ->> 'address' FROM json_each(?2))",
            team_id,
            addresses.as_str(),
        ),
        sql!(
            "DELETE FROM singles WHERE (team_id, channel, address) IN
               (SELECT ?1, value ->> 'channel', value ->> 'address' FROM json_each(?2))",
            team_id,
            addresses.as_str(),
        ),
        sql!(
            "DELETE FROM lifted_opt_outs WHERE team_id = ?1 AND (channel, address) IN
               (SELECT value ->> 'channel', value ->> 'address' FROM json_each(?2))",
            team_id,
            addresses.as_str(),
        ),
        // Whoever asks again is told that the answer is lost, and to look.
        sql!(
            "UPDATE idempotency SET answer = NULL
             WHERE day >= CAST(?3 AS INTEGER) / 86400000 - ?4 AND day <= ?3 / 86400000 AND team_id = ?1
               AND EXISTS (SELECT 1 FROM json_each(?2) j WHERE instr(lower(answer), j.value) > 0)",
            team_id,
            texts.as_str(),
            now_ms,
            DAYS,
        ),
        sql!(
            "UPDATE reviews SET
               found = (SELECT json_group_array(json_set(f.value, '$.excerpt', ''))
                        FROM json_each(found) f),
               note = CASE WHEN EXISTS (SELECT 1 FROM json_each(?2) j WHERE instr(lower(note), j.value) > 0)
                           THEN NULL ELSE note END
             WHERE team_id = ?1 AND EXISTS (SELECT 1 FROM json_each(?2) j
               WHERE instr(lower(found), j.value) > 0 OR instr(lower(note), j.value) > 0)",
            team_id,
            texts.as_str(),
        ),
    ]
}

/// Takes quotes of a person out of the campaigns from one place to another, both included: out of what
/// was written to one person alone, out of what was passed on, and out of what imports noted.
#[must_use]
pub fn quotes(team_id: &str, from: PageKey, to: PageKey, texts: &Value) -> Vec<Statement> {
    let texts = texts.to_string();
    let (from, to) = (from.campaign_seq, to.campaign_seq);
    // Each kind is a range of the index; with both in one `IN`, a planner may read all of the team's.
    macro_rules! range {
        () => {
            "(SELECT seq FROM campaigns INDEXED BY campaigns_of_team
              WHERE team_id = ?1 AND kind = 'broadcast' AND seq BETWEEN ?2 AND ?3
              UNION ALL
              SELECT seq FROM campaigns INDEXED BY campaigns_of_team
              WHERE team_id = ?1 AND kind = 'single' AND seq BETWEEN ?2 AND ?3)"
        };
    }
    macro_rules! mine {
        ($before:literal, $after:expr) => {
            concat!($before, " IN ", range!(), " ", $after)
        };
    }
    let params = |sql: &'static str| sql!(sql, team_id, from, to, texts.as_str());
    vec![
        params(concat!(
            "WITH f AS MATERIALIZED ",
            range!(),
            " UPDATE conversations SET last_text = '' WHERE (team_id, channel, address) IN
               (SELECT c.team_id, s.channel, p.people ->> '$[0].to'
                FROM f CROSS JOIN campaigns c ON c.seq = f.seq
                  CROSS JOIN senders s ON s.seq = c.sender_seq
                  CROSS JOIN people p ON p.campaign_seq = c.seq
                WHERE (+c.kind = 'single' OR c.purpose = 'timed')
                  AND EXISTS (SELECT 1 FROM json_each(?4) j
                    WHERE instr(lower(c.content), j.value) > 0 OR instr(lower(p.people), j.value) > 0))
             AND EXISTS (SELECT 1 FROM json_each(?4) j WHERE instr(lower(last_text), j.value) > 0)"
        )),
        params(mine!(
            "UPDATE campaigns SET content = json_object('text', ''),
               name = CASE kind WHEN 'single' THEN name ELSE 'Message' END
             WHERE seq",
            concat!(
                "AND ",
                is_personal!("campaigns"),
                " AND EXISTS (SELECT 1 FROM json_each(?4) j
                   WHERE instr(lower(content), j.value) > 0 OR instr(lower(name), j.value) > 0)"
            )
        )),
        params(mine!(
            "UPDATE campaign_versions SET content = json_object('text', ''), name = 'Message'
             WHERE campaign_seq",
            concat!(
                "AND EXISTS (SELECT 1 FROM campaigns c WHERE c.seq = campaign_seq AND ",
                is_personal!("c"),
                ")
             AND EXISTS (SELECT 1 FROM json_each(?4) j
               WHERE instr(lower(content), j.value) > 0 OR instr(lower(name), j.value) > 0)"
            )
        )),
        params(mine!(
            "UPDATE people SET people = json_set(people, '$[0].fields.forwarded', '')
             WHERE campaign_seq",
            "AND EXISTS (SELECT 1 FROM campaigns c WHERE c.seq = campaign_seq
                           AND c.purpose = 'forward')
             AND EXISTS (SELECT 1 FROM json_each(?4) j WHERE instr(lower(people), j.value) > 0)"
        )),
        params(mine!(
            "UPDATE lists SET found = (SELECT json_group_array(json_set(f.value, '$.excerpt', ''))
                                       FROM json_each(found) f)
             WHERE campaign_seq",
            "AND EXISTS (SELECT 1 FROM json_each(?4) j WHERE instr(lower(found), j.value) > 0)"
        )),
    ]
}

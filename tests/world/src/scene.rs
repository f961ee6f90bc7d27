//! What is in a world: senders, campaigns with people, and how they stand.

use serde_json::{Value, json};
use tidegate_worker::sql;
use tidegate_worker::store::{Database, Statement};

use crate::{SIGNING_KEY, TestWorld, address, ready};

impl TestWorld {
    /// A sender `snd` with these rules.
    pub fn sender(&self, policy: &Value, provider: &Value) {
        self.sender_numbered(1, "snd", policy, provider);
    }

    /// A sender with these rules.
    pub fn sender_numbered(&self, seq: i64, id: &str, policy: &Value, provider: &Value) {
        self.sql(sql!(
            "INSERT INTO senders (seq, id, team_id, name, channel, provider, policy, created_ms)
             VALUES (?1, ?2, 'team_main', 'Front desk', 'sms', ?3, ?4, 0)",
            seq,
            id,
            provider,
            policy,
        ));
    }

    /// A draft `cmp_<seq>` on the sender, with `people` recipients.
    pub fn campaign(&self, seq: i64, people: i64, policy: &Value) -> String {
        self.campaign_of(1, seq, people, policy)
    }

    /// As [`Self::campaign`], on the sender with this number.
    pub fn campaign_of(&self, sender: i64, seq: i64, people: i64, policy: &Value) -> String {
        let id = format!("cmp_{seq}");
        self.sql(sql!(
            "INSERT INTO campaigns (seq, id, team_id, sender_seq, name, content, policy, total,
                                    created_ms)
             VALUES (?1, ?2, 'team_main', ?5, 'Term dates', '{\"text\": \"Hello\"}', ?3, ?4, 0)",
            seq,
            &id,
            policy,
            people,
            sender,
        ));
        for first in (0..people).step_by(100) {
            let count = (people - first).min(100);
            let page: Value = (first..first + count)
                .map(|ordinal| json!({ "to": address(seq, ordinal) }))
                .collect();
            self.sql(sql!(
                "INSERT INTO people (campaign_seq, first, count, people) VALUES (?1, ?2, ?3, ?4)",
                seq,
                first,
                count,
                &page,
            ));
        }
        id
    }

    /// A draft `cmp_<seq>` on the sender with this number, with so many people in each zone, who may
    /// be reached in these hours of their own; `""` is no zone. They come as an import leaves them: a
    /// zone's people in several ranges, and no page with people of two.
    pub fn campaign_in_zones(
        &self,
        sender: i64,
        seq: i64,
        zones: &[(&str, i64)],
        policy: &Value,
        hours: &Value,
    ) -> String {
        const TOGETHER: i64 = 30;
        let id = self.campaign_of(sender, seq, 0, policy);
        let mut left = zones.to_vec();
        let mut ranges: Vec<Vec<(i64, i64)>> = vec![Vec::new(); zones.len()];
        let mut next = 0;
        while left.iter().any(|(_, people)| *people > 0) {
            for ((zone, people), ranges) in left.iter_mut().zip(&mut ranges) {
                let count = TOGETHER.min(*people);
                if count == 0 {
                    continue;
                }
                let person = |ordinal| json!({ "to": address(seq, ordinal), "zone": zone });
                let page: Value = (next..next + count).map(person).collect();
                self.sql(sql!(
                    "INSERT INTO people (campaign_seq, first, count, people)
                     VALUES (?1, ?2, ?3, ?4)",
                    seq,
                    next,
                    count,
                    &page,
                ));
                ranges.push((next, count));
                next += count;
                *people -= count;
            }
        }
        for ((zone, people), ranges) in zones.iter().zip(&ranges) {
            self.sql(sql!(
                "INSERT INTO campaign_zones (campaign_seq, time_zone, ranges, people)
                 VALUES (?1, ?2, ?3, ?4)",
                seq,
                *zone,
                &json!(ranges),
                *people,
            ));
        }
        self.sql(sql!(
            "UPDATE campaigns SET total = ?2, recipient_policy = ?3 WHERE seq = ?1",
            seq,
            next,
            hours,
        ));
        id
    }

    /// The zone of a person of a campaign; none for one without.
    pub fn zone_of(&self, seq: i64, ordinal: i64) -> Option<String> {
        let rows = self.sql(sql!(
            "SELECT people -> CAST(?2 - first AS INTEGER) ->> 'zone' AS zone FROM people
             WHERE campaign_seq = ?1 AND first <= ?2 AND first + count > ?2",
            seq,
            ordinal,
        ));
        rows[0]["zone"].as_str().filter(|zone| !zone.is_empty()).map(str::to_owned)
    }

    /// Has the deployment sign with the key that the world's addresses are signed with.
    pub fn keep_signing_key(&self) {
        self.sql(sql!(
            "INSERT OR REPLACE INTO secrets (name, value) VALUES ('callback_key', ?1)",
            SIGNING_KEY,
        ));
    }

    /// Runs one statement, without faults and unseen.
    pub fn sql(&self, statement: Statement) -> Vec<Value> {
        ready(self.database.sqlite.run(statement)).unwrap().rows
    }

    /// One number of the first row.
    pub fn number(&self, sql: &'static str) -> i64 {
        let rows = self.sql(sql!(sql));
        let row = rows.first().and_then(Value::as_object).unwrap();
        row.values().next().and_then(Value::as_i64).unwrap()
    }

    /// The status of a campaign.
    pub fn status(&self, seq: i64) -> String {
        let rows = self.sql(sql!("SELECT status FROM campaigns WHERE seq = ?1", seq));
        rows[0]["status"].as_str().unwrap().to_owned()
    }

    /// How many messages the provider was given.
    pub fn posted(&self) -> usize {
        self.posts.borrow().len()
    }
}

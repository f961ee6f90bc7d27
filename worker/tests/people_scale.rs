//! What the people of a large team cost: selections and files of all contacts, one person's timeline
//! over many campaigns, and what limits for each person read and write. In steps of `SQLite`'s machine,
//! which are a few for each row that it reads.
//!
//! `TIDEGATE_SCALE=10` makes a million contacts and ten thousand campaigns, and the bounds stay.

#![expect(clippy::unwrap_used, reason = "what cannot be here means that the test is wrong")]

use serde_json::{Value, json};
use tidegate_worker::model::{Channel, SliceKey};
use tidegate_worker::store::contact_lists::{Along, Filter, Place, SCAN_MOST};
use tidegate_worker::store::recipient_index::{self, Fingerprint, LOOK_MOST};
use tidegate_worker::store::{LAST_MS, contacts, conversations, inbound, person_sends};
use tidegate_world::counted::Counted;

const TEAM: &str = "team_main";
/// Contacts of one step of a selection; of a file there are fewer.
const STEP: i64 = 3_000;
/// Steps that one row may take at most, whatever is asked of it.
const STEPS: i64 = 200;
/// The person who is in every campaign.
const ADA: &str = "+33612000007";

fn scale() -> i64 {
    std::env::var("TIDEGATE_SCALE").map_or(1, |text| text.parse().unwrap())
}

fn people() -> i64 {
    100_000 * scale()
}

#[test]
fn a_selection_and_a_file_of_everybody_read_each_contact_once() {
    let scene = Counted::new();
    scene.fill(
        people(),
        "INSERT INTO contacts (team_id, id, version, name, name_key, addresses, tags, accounts, zones,
                               zone_source, fields, created_ms, updated_ms)
         SELECT 'team_main', printf('con_%08d', i), 1, printf('Ada %08d', i),
           printf('ada %08d', i), json_array(json_object('channel', 'sms', 'address',
           printf('+336%08d', i))), '[\"all\"]', '[]', '[\"Europe/Paris\"]', 'inferred',
           '{\"city\":\"Nantes\"}', i, i FROM n",
    );
    scene.fill(
        people(),
        "INSERT INTO contact_labels
           SELECT 'team_main', 'tag', 'all', printf('con_%08d', i) FROM n",
    );
    for along in [Along::Newest, Along::Tag("all".into())] {
        let (mut after, mut walked, mut queries) = (None, 0, 0);
        loop {
            let page = along.page(TEAM, &Filter::default(), after.as_ref(), SCAN_MOST, STEP + 1);
            let (ids, steps) = scene.rows(&page);
            queries += 1;
            let rows = i64::try_from(ids.len()).unwrap().min(STEP);
            assert!(steps < (rows + 2) * STEPS, "{along:?} after {after:?}: {steps}");
            // No contact comes twice: each page lies below the one before it.
            let ids = ids.get(..usize::try_from(rows).unwrap()).unwrap();
            let above = after.as_ref().map_or("~", |place: &Place| &place.id);
            assert!(ids.first().is_none_or(|id| id.as_str() < above), "{ids:?}");
            assert!(ids.is_sorted_by(|a, b| a > b));
            walked += rows;
            let Some(last) = ids.last().filter(|_| rows == STEP) else { break };
            after = Some(Place { key: String::new(), id: last.clone() });
        }
        assert_eq!(walked, people(), "{along:?}");
        assert!(queries <= people() / STEP + 1, "{queries}");
    }
    // Each page is asked for opt-outs by key, however many there are.
    scene.fill(
        people(),
        "INSERT INTO opt_outs (team_id, channel, address, reason, source, created_ms)
         SELECT 'team_main', 'sms', printf('+336%08d', i), 'stop', 'inbound', i FROM n",
    );
    let asked: Vec<Value> = (0..STEP)
        .map(|n| json!({ "channel": "sms", "address": format!("+336{:08}", n * 17) }))
        .collect();
    let (rows, steps) = scene.cost(&contacts::opted_out(TEAM, &json!(asked)));
    assert_eq!(rows, STEP);
    assert!(steps < STEP * STEPS, "{steps}");
}

#[test]
fn a_page_of_a_timeline_costs_the_same_however_long_it_is() {
    let (scene, campaigns, own) = (Counted::new(), 1_000 * scale(), 5_000 * scale());
    let ada = Fingerprint { high: 7, entry: ";AAAAAAAAAA".into() };
    scene.fill(
        1,
        "INSERT INTO senders (seq, id, team_id, name, channel, provider, policy, created_ms)
         SELECT 1, 'snd_1', 'team_main', 'Shop', 'sms', '{}', '{}', 0 FROM n",
    );
    // In each campaign she is the eighth of a thousand.
    scene.fill(
        campaigns,
        "INSERT INTO campaigns (seq, id, team_id, sender_seq, kind, name, content, status, created_ms,
                                starts_ms, started_ms, ended_ms, total, indexed)
         SELECT i + 1, 'cmp_' || i, 'team_main', 1, 'broadcast', 'Sale', '{\"text\":\"x\"}', 'completed',
           i * 1000, i * 1000, i * 1000, i * 1000 + 900, 1000, 1000 FROM n",
    );
    scene.fill(
        campaigns,
        "INSERT INTO recipient_parts (campaign_seq, first, buckets) SELECT i + 1, 0, 1 FROM n",
    );
    scene.fill(
        campaigns,
        "INSERT INTO recipient_index (campaign_seq, part, bucket, entries)
         SELECT i + 1, 0, 0, replace(hex(zeroblob(4250)), '00', ';B') || ';AAAAAAAAAA000007' FROM n",
    );
    scene.fill(
        campaigns,
        "INSERT INTO people (campaign_seq, first, count, people)
         SELECT i + 1, 0, 100, (SELECT json_group_array(json_object('to', '+336' || value))
                                FROM json_each('[0,1,2,3,4,5,6,7,8,9]')) FROM n",
    );
    scene.fill(
        campaigns,
        "INSERT INTO messages (campaign_seq, ordinal, status, planned_ms, sent_ms)
         SELECT i + 1, 7, 'sent', i * 1000, i * 1000 + 5 FROM n",
    );
    // And she has said, and was told, as much by herself.
    scene.fill(
        own,
        &format!(
            "INSERT INTO inbound (id, team_id, sender_seq, channel, address, text, attachments,
                                  received_ms, meaning)
             SELECT 'inb_' || i, 'team_main', 1, 'sms', '{ADA}', 'x', '[]', i * 100, 'other' FROM n"
        ),
    );
    scene.fill(
        own,
        &format!(
            "INSERT INTO singles (team_id, channel, address, at_ms, campaign_seq, sender_seq)
             SELECT 'team_main', 'sms', '{ADA}', i * 100, 1000000 + i, 1 FROM n"
        ),
    );
    for before in [LAST_MS, campaigns * 500, 250_000] {
        let from = if before == LAST_MS { LAST_MS } else { before + 1 };
        let [look, end] =
            recipient_index::broadcasts(TEAM, &ada, (from, LAST_MS), before.min(campaigns * 1000));
        let (rows, steps) = scene.cost(&look);
        assert_eq!(rows, LOOK_MOST, "before {before}");
        assert!(steps < LOOK_MOST * STEPS, "before {before}: {steps}");
        let (rows, steps) = scene.cost(&end);
        assert_eq!(rows, 1);
        assert!(steps < LOOK_MOST * STEPS, "before {before}: {steps}");
        let place = (before, LAST_MS);
        for page in [
            inbound::of_address(TEAM, Channel::Sms, ADA, place, 51),
            conversations::singles(TEAM, Channel::Sms, ADA, place, 51),
        ] {
            let (rows, steps) = scene.cost(&page);
            assert_eq!(rows, 51);
            assert!(steps < 51 * STEPS, "before {before}: {steps}");
        }
    }
    let shown: Vec<[i64; 2]> = (1..=51).map(|n| [campaigns / 51 * n, 7]).collect();
    let (rows, steps) = scene.cost(&conversations::sent(TEAM, &json!(shown)));
    assert_eq!(rows, 51);
    assert!(steps < 51 * 2 * STEPS, "{steps}");
    // Somebody who is in none of them costs the look and nothing more.
    let stranger = Fingerprint { high: 7, entry: ";ZZZZZZZZZZ".into() };
    let [look, _] = recipient_index::broadcasts(TEAM, &stranger, recipient_index::TOP, LAST_MS);
    let (rows, steps) = scene.cost(&look);
    assert_eq!(rows, 0);
    assert!(steps < LOOK_MOST * STEPS, "{steps}");
}

#[test]
fn a_limit_for_each_person_reads_and_writes_one_row_a_message_among_all_who_were_written_to() {
    const GROUP: i64 = 6;
    const OLD: &str = "[[1,1,1,0],[2,1,1,0],[3,1,1,0]]";
    let (scene, people) = (Counted::new(), people());
    // Pseudonyms begin with any of 64 characters, evenly.
    let hash = "substr('-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz',
                       i % 64 + 1, 1) || printf('%040d', i)";
    scene.fill(
        people,
        &format!(
            "INSERT INTO person_sends (hash, sends, until_ms)
             SELECT {hash}, '{OLD}', i FROM n"
        ),
    );
    scene.fill(
        1,
        "INSERT INTO handovers (sender_seq, tick_no, slice, campaign_seq, rules_version, items, count,
                                start_ms, claimed, lease_token, lease_until_ms)
         SELECT 1, 1, 0, 1, 1, '[]', 100, 0, 6, 'token', 9 FROM n",
    );
    let of = |n: i64| {
        let first = "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
        let at = usize::try_from(n % 64).unwrap();
        format!("{}{n:040}", first.get(at..=at).unwrap())
    };
    let slice: Vec<String> = (0..100).map(|n| of(n * (people / 100))).collect();
    let (rows, steps) = scene.cost(&person_sends::of(&json!(slice)));
    assert_eq!(rows, 100);
    assert!(steps < 100 * STEPS, "{steps}");

    let key = SliceKey { sender_seq: 1, tick_no: 1, slice: 0 };
    // Three who are there already, and three who were never written to.
    let charge = |n: i64| {
        let (hash, was) = if n < 3 { (of(n * 1_000), OLD) } else { (of(people + n), "") };
        json!({ "hash": hash, "sends": "[[4,2,1,0]]", "was": was, "until_ms": 2 * people })
    };
    let charges: Vec<Value> = (0..GROUP).map(charge).collect();
    let written = || scene.written();
    let before = written();
    let (_, steps) = scene.cost(&person_sends::charge(key, "token", 6, &json!(charges)));
    assert_eq!(written() - before, u64::try_from(GROUP).unwrap(), "a row each");
    assert!(steps < GROUP * STEPS, "{steps}");
    // Said again, and without the claim, it writes nothing.
    let before = written();
    scene.cost(&person_sends::charge(key, "token", 6, &json!(charges)));
    scene.cost(&person_sends::charge(key, "other", 6, &json!(charges)));
    assert_eq!(written() - before, 0);

    // A round of pruning looks at one part of 64, and takes what it may.
    let before = written();
    let (_, steps) = scene.cost(&person_sends::prune(5, people, 1_000));
    assert_eq!(written() - before, 1_000);
    assert!(steps < (people / person_sends::PARTS + 1_000) * 60, "{steps}");
    let (_, steps) = scene.cost(&person_sends::prune(9, 0, 1_000));
    assert!(steps < people / person_sends::PARTS * 30, "of those who stay: {steps}");
}

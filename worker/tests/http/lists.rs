//! `/campaigns`, `/messages` and their files: narrowed, in order, and stable while rows change.

use serde_json::{Value, json};
use tidegate_worker::sql;

use crate::api::{Api, NOW_MS, pair, text};

const HOUR_MS: i64 = 3_600_000;

/// Two senders; on the first `Spring sale` with a file and `Draft`, on the second `Autumn sale`, and a
/// single.
struct Scene {
    api: Api,
    spring: String,
    draft: String,
    autumn: String,
    single: String,
}

fn scene() -> Scene {
    let api = Api::new();
    let sender = |name: &str, channel: &str| {
        let sender = json!({ "name": name, "channel": channel, "policy": {}, "provider": { "kind": "sandbox" } });
        text(&api.post("/senders", &sender).expect(201)["id"])
    };
    let (shop, list) = (sender("Shop", "sms"), sender("List", "email"));
    let campaign = |name: &str, sender: &str| {
        let campaign = json!({ "name": name, "sender_id": sender, "content": { "text": "Hi" } });
        text(&api.post("/campaigns", &campaign).expect(201)["id"])
    };
    let (spring, draft) = (campaign("Spring SALE", &shop), campaign("Draft", &shop));
    let autumn = campaign("Autumn sale", &list);
    api.import(&spring, "March.csv", b"phone\n+33612000001\n+33612000002\n".to_vec()).expect(200);
    api.import(&autumn, "october.csv", b"email\na@example.org\nb@example.org\n".to_vec())
        .expect(200);
    api.act(&spring, "schedule", json!({ "at": NOW_MS + 5 * HOUR_MS })).expect(200);
    api.act(&autumn, "schedule", json!({ "at": NOW_MS + HOUR_MS })).expect(200);
    let single = json!({ "to": "+33612000009", "content": { "text": "Hello" } });
    let single = api.post(&format!("/senders/{shop}/messages"), &single).expect(202);
    let single = text(&single["campaign_id"]);
    Scene { api, spring, draft, autumn, single }
}

fn ids(page: &Value) -> Vec<String> {
    page["items"].as_array().unwrap().iter().map(|item| text(&item["id"])).collect()
}

#[test]
fn campaigns_are_narrowed_by_what_is_known_of_them() {
    let Scene { api, spring, draft, autumn, single } = scene();
    let list = |query: &str| ids(&api.get(&format!("/campaigns?{query}")).expect(200));
    let (s, d, a) = (spring.as_str(), draft.as_str(), autumn.as_str());
    assert_eq!(list(""), [a, d, s]);
    assert_eq!(list("sort=start"), [s, a, d]);
    assert_eq!(list("status=scheduled"), [a, s]);
    assert_eq!(list("channel=email"), [a]);
    assert_eq!(list("channel=whatsapp"), [""; 0]);
    assert_eq!(list("text=sale"), [a, s]);
    assert_eq!(list("text=SALE&channel=sms"), [s]);
    assert_eq!(list("file_name=march"), [s]);
    assert_eq!(list("user_id=usr_tg_administrator"), [a, s]);
    assert_eq!(list("user_id=usr_tg_viewer"), [""; 0]);
    assert_eq!(list("kind=single"), [single.as_str()]);
    let from = NOW_MS + HOUR_MS;
    assert_eq!(list(&format!("from={from}")), [a, s]);
    assert_eq!(list(&format!("to={from}")), [d]);
    assert_eq!(list(&format!("sort=start&from={from}&to={}", from + 1)), [a]);
    assert_eq!(list("from=2026-11-24T19:00:00Z"), [s]);
    // What was let go is a batch; a draft is none.
    let shown = api.get(&format!("/campaigns/{s}")).expect(200);
    let batch = text(&shown["batch_id"]);
    assert!(batch.starts_with("bat_"), "{batch}");
    assert_eq!(list(&format!("batch_id={batch}")), [s]);
    assert_eq!(list(&format!("batch_id={}", single.replace("sgl_", "bat_"))), [single.as_str()]);
    assert_eq!(list("batch_id=bat_none"), [""; 0]);
    assert_eq!(api.get(&format!("/campaigns/{d}")).expect(200)["batch_id"], json!(null));
}

#[test]
fn the_words_of_a_lexicon_are_statuses_too() {
    let Scene { api, spring, draft, autumn, .. } = scene();
    let list = |query: &str| ids(&api.get(&format!("/campaigns?{query}")).expect(200));
    let (s, d, a) = (spring.as_str(), draft.as_str(), autumn.as_str());
    assert_eq!(list("lexicon=broadcast&status=Pending"), [a, s]);
    assert_eq!(list("lexicon=sent_messages&status=Programmed"), [a, s]);
    api.patch("/teams/team_main", &json!({ "lexicon": "proactive_campaigns" })).expect(200);
    assert_eq!(list("status=Scheduled"), [a, s]);
    assert_eq!(list("status=draft"), [d]);
    let refused = api.get("/campaigns?status=Pending");
    assert_eq!(refused.errors(), [pair("status", "unknown_value")]);
    assert!(text(&refused.body["errors"][0]["message"]).contains("`In Progress`"));
}

#[test]
fn what_is_wrong_with_a_query_is_said_at_once() {
    let api = Api::new();
    let query =
        "status=Gone&lexicon=mine&channel=fax&kind=any&sort=name&from=noon&limit=0&cursor=x";
    let errors = api.get(&format!("/campaigns?{query}")).errors();
    for error in [
        pair("lexicon", "unknown_lexicon"),
        pair("status", "unknown_value"),
        pair("channel", "unknown_value"),
        pair("kind", "unknown_value"),
        pair("sort", "unknown_value"),
        pair("from", "bad_instant"),
        pair("limit", "out_of_bounds"),
        pair("cursor", "bad_cursor"),
    ] {
        assert!(errors.contains(&error), "{error:?} in {errors:?}");
    }
    assert_eq!(api.get("/campaigns?from=5&to=5").errors(), [pair("to", "empty")]);
    assert_eq!(api.get("/messages?status=Gone").errors(), [pair("status", "unknown_value")]);
    for path in ["/messages", "/messages/export"] {
        assert_eq!(api.get(&format!("{path}?cursor=5")).errors(), [pair("cursor", "bad_cursor")]);
    }
}

#[test]
fn a_list_goes_on_where_it_was_while_campaigns_come_and_change() {
    let Scene { api, spring, draft, autumn, .. } = scene();
    for sort in ["created", "start"] {
        let first = api.get(&format!("/campaigns?limit=1&sort={sort}")).expect(200);
        let cursor = text(&first["next_cursor"]);
        // Somebody makes another, and the one that was seen is no more what it was.
        let sender = api.get("/senders").expect(200)["items"][0]["id"].clone();
        let new = json!({ "name": "New", "sender_id": sender, "content": { "text": "Hi" } });
        let new = text(&api.post("/campaigns", &new).expect(201)["id"]);
        let rest = api.get(&format!("/campaigns?sort={sort}&cursor={cursor}")).expect(200);
        let rest: Vec<_> = ids(&rest).into_iter().filter(|id| *id != new).collect();
        let mut all: Vec<_> = ids(&first).into_iter().chain(rest).collect();
        all.retain(|id| [&spring, &draft, &autumn].contains(&id));
        all.sort();
        let mut expected = [spring.clone(), draft.clone(), autumn.clone()];
        expected.sort();
        assert_eq!(all, expected, "{sort}");
        api.sql(sql!("DELETE FROM campaigns WHERE id = ?1", &new));
    }
}

#[test]
fn another_team_sees_none_of_it() {
    let Scene { api, spring, .. } = scene();
    api.post("/teams", &json!({ "name": "North" })).expect(201);
    let team = api.sql(sql!("SELECT id FROM teams WHERE name = 'North'"));
    api.user("tg_north", false, &[(team[0]["id"].as_str().unwrap(), "viewer")]);
    let see = |path: &str| api.call("tg_north", "GET", path, None).expect(200);
    let batch = spring.replace("cmp_", "bat_");
    for path in ["/campaigns", "/campaigns?sort=start", "/messages", "/campaigns?kind=single"] {
        assert_eq!(see(path)["items"], json!([]), "{path}");
    }
    assert_eq!(see(&format!("/campaigns?batch_id={batch}"))["items"], json!([]));
    assert_eq!(see("/messages/export").as_str().unwrap().lines().count(), 1);
}

#[test]
fn messages_of_all_campaigns_are_one_list() {
    let Scene { api, spring, autumn, single, .. } = scene();
    let list = |query: &str| {
        let page = api.get(&format!("/messages?{query}")).expect(200);
        let of = |item: &Value| text(&item["id"]);
        page["items"].as_array().unwrap().iter().map(of).collect::<Vec<_>>()
    };
    let all = [
        format!("{single}-0"),
        format!("{autumn}-0"),
        format!("{autumn}-1"),
        format!("{spring}-0"),
        format!("{spring}-1"),
    ];
    assert_eq!(list(""), all);
    assert_eq!(list("channel=sms&kind=broadcast"), &all[3..]);
    assert_eq!(list("file_name=OCT"), &all[1..3]);
    assert_eq!(list("status=queued&channel=email"), &all[1..3]);
    assert_eq!(list("status=failed"), [""; 0]);
    // Page by page, whatever their size.
    for limit in 1..=6 {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        for _ in 0..20 {
            let page = api.get(&format!("/messages?limit={limit}{cursor}")).expect(200);
            seen.extend(page["items"].as_array().unwrap().iter().map(|item| text(&item["id"])));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(seen, all, "{limit} at a time");
    }
    api.world.run_until("2026-11-24T15:05:00Z");
    assert_eq!(list("status=sent"), &all[..3]);
    assert_eq!(list("lexicon=sent_messages&status=Sent"), &all[..3]);
    // What is queued is one or the other by where its campaign stands.
    for word in ["Blocked%20Time", "Programmed", "Processing", "In%20Review"] {
        let refused = api.get(&format!("/messages?lexicon=sent_messages&status={word}"));
        assert_eq!(refused.errors(), [pair("status", "ambiguous")]);
        let file = api.get(&format!("/messages/export?lexicon=sent_messages&status={word}"));
        assert_eq!(file.errors(), [pair("status", "ambiguous")]);
    }
    let refused = api.get("/messages?lexicon=sent_messages&status=Blocked%20Time").expect(422);
    let said =
        "can be `Blocked Time` or `Programmed`, by where its campaign stands; write `queued`";
    assert!(text(&refused["errors"][0]["message"]).contains(said), "{refused}");
    let batch = autumn.replace("cmp_", "bat_");
    let page = api.get(&format!("/messages?batch_id={batch}")).expect(200);
    let first = &page["items"][0];
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    assert_eq!(
        (&first["batch_id"], &first["campaign_name"]),
        (&json!(batch), &json!("Autumn sale"))
    );
    assert_eq!(
        (&first["channel"], &first["by_user"]),
        (&json!("email"), &json!("usr_tg_administrator"))
    );
}

#[test]
fn messages_are_written_to_a_file_that_no_spreadsheet_computes() {
    let Scene { api, spring, autumn, single, .. } = scene();
    api.edit(&spring, json!({ "name": "=1+1" })).expect(200);
    let reply = api.get("/messages/export");
    assert_eq!(reply.headers["content-disposition"], "attachment; filename=\"messages.csv\"");
    assert!(!reply.headers.contains_key("tidegate-next-cursor"));
    let file = text(&reply.expect(200));
    let rows: Vec<Vec<&str>> = file.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0][..4], ["batch_id", "id", "campaign_id", "campaign"]);
    let of: Vec<&str> = rows[1..].iter().map(|row| row[2]).collect();
    assert_eq!(of, [&single, &autumn, &autumn, &spring, &spring]);
    assert_eq!(rows[4][3], "'=1+1");
    assert_eq!(rows[4][7], "+33612000001");
    assert_eq!(rows[2][8], "queued");
    let one = api.get(&format!("/campaigns/{autumn}/messages/export?cursor=1")).expect(200);
    let one = text(&one);
    assert_eq!(one.lines().count(), 2);
    assert!(one.contains("b@example.org"));
    api.get("/campaigns/cmp_none/messages/export").expect(404);
}

//! `/words` and `/reviews`: nothing that a team does not allow goes out before somebody looked.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tidegate_worker::sql;

use crate::api::{Api, Draft, NOW_MS, OPERATOR, Reply, VIEWER, pair, text};

fn forbid(api: &Api, kind: &str, value: &str) -> String {
    text(&api.post("/words", &json!({ "kind": kind, "value": value })).expect(201)["id"])
}

/// A draft for two people that says `words`.
fn saying(api: &Api, words: &str) -> Draft {
    let draft = api.draft(2);
    api.edit(&draft.campaign, json!({ "content": { "text": words } })).expect(200);
    draft
}

fn campaign(api: &Api, draft: &Draft) -> Value {
    api.get(&format!("/campaigns/{}", draft.campaign)).expect(200)
}

fn decide(api: &Api, review: &Value, what: &str) -> Reply {
    let path = format!("/reviews/{}/{what}", text(review));
    api.post(&path, &json!({ "note": "looked at" }))
}

fn single(api: &Api, draft: &Draft, key: &str, words: &str) -> Reply {
    let body = json!({ "to": "+33612000009", "content": { "text": words },
                       "fields": { "what": "cas" } });
    let request = Request::post(format!("/api/v1/senders/{}/messages", draft.sender))
        .header("authorization", format!("Bearer {OPERATOR}"))
        .header("content-type", "application/json")
        .header("idempotency-key", key);
    api.send(request.body(Body::from(body.to_string())).unwrap())
}

#[test]
fn a_campaign_is_held_cleared_and_then_goes_and_so_does_the_next_with_the_same_word() {
    let api = Api::new();
    let word = forbid(&api, "word", "casino");
    let draft = saying(&api, "Come to our Cаsino, {{ name }}");
    let held = api.act(&draft.campaign, "schedule", json!({})).expect(200);
    assert_eq!((&held["status"], &held["held_for_review"]), (&json!("draft"), &json!(true)));
    let review = &held["review"];
    assert_eq!(
        (&review["found"][0]["id"], &review["found"][0]["where"], &review["found"][0]["excerpt"]),
        (&json!(word), &json!("text"), &json!("Come to our Cаsino,"))
    );
    assert_eq!(review["wish"], json!({ "do": "schedule", "at": null }));
    api.world.run_until("2026-11-24T14:10:00Z");
    assert_eq!(api.world.posted(), 0);

    let listed = api.get("/reviews").expect(200);
    assert_eq!(listed["items"][0]["campaign"]["id"], draft.campaign);
    let as_operator =
        api.call(OPERATOR, "POST", &format!("/reviews/{}/clear", text(&review["id"])), None);
    assert_eq!(as_operator.status, 403);
    let cleared = decide(&api, &review["id"], "clear").expect(200);
    assert_eq!(
        (&cleared["state"], &cleared["carried_out"], &cleared["note"]),
        (&json!("cleared"), &json!(true), &json!("looked at"))
    );
    api.world.run_until("2026-11-24T14:20:00Z");
    assert_eq!(api.world.posted(), 2);
    // Once more changes nothing, and the word passes from now on.
    assert_eq!(decide(&api, &review["id"], "clear").expect(200)["carried_out"], true);
    assert_eq!(decide(&api, &review["id"], "refuse").status, 409);
    let next = saying(&api, "Casino!");
    let goes = api.act(&next.campaign, "schedule", json!({})).expect(200);
    assert_eq!((&goes["status"], &goes["review"]), (&json!("scheduled"), &Value::Null));
    let words = api.get("/words").expect(200);
    assert!(words["items"][0]["cleared_at"].is_i64(), "{words}");
    // Put on the list again it holds again.
    let again = api.post("/words", &json!({ "kind": "word", "value": "CASINO" })).expect(200);
    assert_eq!((&again["id"], &again["cleared_at"]), (&json!(word), &Value::Null));
}

#[test]
fn what_was_refused_is_not_asked_again_until_it_says_something_else() {
    let api = Api::new();
    forbid(&api, "link", "evil.example");
    let draft = saying(&api, "See http://WWW.еvil.example/x");
    let held = api.act(&draft.campaign, "schedule", json!({})).expect(200);
    assert_eq!(held["review"]["found"][0]["kind"], "link");
    let refused = decide(&api, &held["review"]["id"], "refuse").expect(200);
    assert_eq!(refused["state"], "refused");
    assert_eq!(campaign(&api, &draft)["held_for_review"], false);
    let again = api.act(&draft.campaign, "schedule", json!({})).expect(409);
    assert_eq!(again["type"], "/problems/refused_in_review");
    api.edit(&draft.campaign, json!({ "content": { "text": "See http://good.example" } }))
        .expect(200);
    let goes = api.act(&draft.campaign, "schedule", json!({})).expect(200);
    assert_eq!(goes["status"], "scheduled");
}

#[test]
fn an_edit_after_a_hold_is_looked_at_again() {
    let api = Api::new();
    forbid(&api, "word", "casino");
    let draft = saying(&api, "casino");
    let first =
        api.act(&draft.campaign, "schedule", json!({ "at": NOW_MS + 3_600_000 })).expect(200);
    let other = json!({ "content": { "text": "Our c a s i n o" } });
    let second = api.edit(&draft.campaign, other).expect(200);
    assert_eq!(second["held_for_review"], true);
    assert_ne!(second["review"]["id"], first["review"]["id"]);
    assert_eq!(second["review"]["wish"], first["review"]["wish"]);
    assert_eq!(
        decide(&api, &first["review"]["id"], "clear").status,
        409,
        "it is about another text"
    );
    let third = api.edit(&draft.campaign, json!({ "content": { "text": "Hello" } })).expect(200);
    assert_eq!((&third["held_for_review"], &third["status"]), (&json!(false), &json!("draft")));
}

#[test]
fn a_scheduled_campaign_that_is_edited_into_one_is_held_before_its_start_and_goes_when_cleared() {
    let api = Api::new();
    forbid(&api, "word", "casino");
    let draft = saying(&api, "Hello");
    api.act(&draft.campaign, "schedule", json!({ "at": NOW_MS + 3_600_000 })).expect(200);
    let held = api.edit(&draft.campaign, json!({ "content": { "text": "casino" } })).expect(200);
    assert_eq!((&held["status"], &held["held_for_review"]), (&json!("paused"), &json!(true)));
    let resumed = api.act(&draft.campaign, "resume", json!({})).expect(409);
    assert_eq!(resumed["type"], "/problems/held_for_review");
    api.world.run_until("2026-11-24T14:30:00Z");
    let cleared = decide(&api, &held["review"]["id"], "clear").expect(200);
    assert_eq!(cleared["carried_out"], true, "{cleared}");
    assert_eq!(campaign(&api, &draft)["status"], "scheduled");
    api.world.run_until("2026-11-24T15:10:00Z");
    let posts = api.world.posts.borrow();
    assert!(posts.len() == 2 && posts[0].at >= NOW_MS + 3_600_000);
}

#[test]
fn what_is_paused_by_a_review_and_refused_is_corrected_and_goes() {
    let api = Api::new();
    forbid(&api, "word", "casino");
    let draft = saying(&api, "Hello");
    api.act(&draft.campaign, "schedule", json!({ "at": NOW_MS + 3_600_000 })).expect(200);
    let content = |text: &str| json!({ "content": { "text": text } });
    let held = api.edit(&draft.campaign, content("casino")).expect(200);
    decide(&api, &held["review"]["id"], "refuse").expect(200);
    let refused = api.act(&draft.campaign, "resume", json!({})).expect(409);
    assert!(
        text(&refused["detail"])
            .ends_with("change what it says, or have them taken off the list of words")
    );
    // What cannot be written to everybody is told at once.
    let lacks = api.edit(&draft.campaign, content("Hello {{ nickname }}"));
    assert_eq!(lacks.status, 422, "{:#}", lacks.body);
    let edited = api.edit(&draft.campaign, content("Good day")).expect(200);
    assert_eq!((&edited["status"], &edited["held_for_review"]), (&json!("paused"), &json!(false)));
    let resumed = api.act(&draft.campaign, "resume", json!({})).expect(200);
    assert_eq!(resumed["status"], "scheduled");
    api.world.run_until("2026-11-24T15:10:00Z");
    let posts = api.world.posts.borrow();
    assert!(posts.len() == 2 && posts.iter().all(|post| post.text == "Good day"));
}

#[test]
fn what_has_gone_to_some_is_not_changed_for_the_others() {
    let api = Api::new();
    let draft = saying(&api, "Hello");
    api.edit(&draft.campaign, json!({ "policy": { "gap": "10m" } })).expect(200);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:02:00Z");
    api.act(&draft.campaign, "pause", json!({})).expect(200);
    let edited = api.edit(&draft.campaign, json!({ "content": { "text": "Good day" } }));
    let refused = edited.expect(409);
    assert!(text(&refused["detail"]).contains("send it again"), "{refused:#}");
    assert_eq!(refused["legal"], json!(["resume", "stop"]));
}

#[test]
fn a_clearance_that_comes_too_late_asks_for_a_new_time() {
    let api = Api::new();
    forbid(&api, "word", "casino");
    let draft = saying(&api, "casino");
    let held = api.act(&draft.campaign, "schedule", json!({ "at": NOW_MS + 600_000 })).expect(200);
    api.world.run_until("2026-11-24T14:08:00Z");
    let cleared = decide(&api, &held["review"]["id"], "clear").expect(200);
    assert_eq!((&cleared["state"], &cleared["carried_out"]), (&json!("cleared"), &json!(false)));
    assert!(text(&cleared["why_not"]).contains("schedule it anew"), "{cleared}");
    assert_eq!(campaign(&api, &draft)["status"], "draft");
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:20:00Z");
    assert_eq!(api.world.posted(), 2);
}

#[test]
fn an_old_clearance_is_not_carried_out_once_there_is_a_newer_review() {
    let api = Api::new();
    forbid(&api, "word", "casino");
    let draft = saying(&api, "Casino");
    let soon = json!({ "at": NOW_MS + 600_000 });
    let first = api.act(&draft.campaign, "schedule", soon).expect(200);
    api.world.run_until("2026-11-24T14:08:00Z");
    decide(&api, &first["review"]["id"], "clear").expect(200);
    // The word is put there again, and the campaign is to go another time.
    api.post("/words", &json!({ "kind": "word", "value": "casino" })).expect(200);
    let later = json!({ "at": NOW_MS + 7_200_000 });
    let second = api.act(&draft.campaign, "schedule", later).expect(200);
    let again = decide(&api, &first["review"]["id"], "clear").expect(200);
    assert_eq!((&again["state"], &again["carried_out"]), (&json!("cleared"), &json!(false)));
    let newer = text(&second["review"]["id"]);
    assert!(text(&again["why_not"]).contains(&newer), "{again}");
    assert_eq!(api.get("/reviews").expect(200)["items"][0]["id"], newer);
    let cleared = decide(&api, &second["review"]["id"], "clear").expect(200);
    assert_eq!(cleared["carried_out"], true, "{cleared}");
    assert_eq!(campaign(&api, &draft)["starts_at"], NOW_MS + 7_200_000);
}

#[test]
fn what_stands_in_a_persons_fields_or_a_default_holds_it_too() {
    let api = Api::new();
    forbid(&api, "word", "casino");
    let draft = api.draft(0);
    let content = json!({ "content": { "text": "Hello {{ name }}", } });
    api.edit(&draft.campaign, content).expect(200);
    let file =
        "phone,name,city\n+33612000001,Ada,Casino\n+33612000002,C4sino,X\n+33612000003,casino,X\n";
    api.import(&draft.campaign, "a.csv", file.into()).expect(200);
    let held = api.act(&draft.campaign, "schedule", json!({})).expect(200);
    let found = &held["review"]["found"];
    assert_eq!(found.as_array().unwrap().len(), 1, "the city is not in the text: {found}");
    assert_eq!((&found[0]["where"], &found[0]["people"]), (&json!("fields.name"), &json!(2)));

    let other = saying(&api, "Hello {{ name | default(\"casino\") }} {# casino #}");
    let held = api.act(&other.campaign, "schedule", json!({})).expect(200);
    assert_eq!(held["review"]["found"].as_array().unwrap().len(), 1);
    // A field that is called so is no word that anybody reads.
    let named = saying(&api, "Hello {{ casino | default(\"you\") }}");
    assert_eq!(api.act(&named.campaign, "schedule", json!({})).expect(200)["status"], "scheduled");
}

#[test]
fn a_list_that_comes_in_later_holds_a_scheduled_campaign() {
    let api = Api::new();
    forbid(&api, "word", "casino");
    let draft = api.draft(2);
    api.act(&draft.campaign, "schedule", json!({ "at": NOW_MS + 3_600_000 })).expect(200);
    api.import(&draft.campaign, "b.csv", "phone,name\n+33612111111,casino\n".into()).expect(200);
    let held = campaign(&api, &draft);
    assert_eq!((&held["status"], &held["held_for_review"]), (&json!("paused"), &json!(true)));
}

#[test]
fn a_word_that_is_added_on_the_way_or_that_fields_put_together_holds_what_is_left() {
    let api = Api::new();
    let draft = saying(&api, "Hello casino");
    let rows: Vec<String> = (0..30).map(|n| format!("+336121{n:05},Ada")).collect();
    let file = format!("phone,name\n{}\n", rows.join("\n"));
    api.import(&draft.campaign, "b.csv", file.into()).expect(200);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:02:00Z");
    let before = api.world.posted();
    assert!(before > 0 && before < 32, "{before}");
    forbid(&api, "word", "casino");
    api.world.run_until("2026-11-24T14:30:00Z");
    let held = campaign(&api, &draft);
    assert_eq!((&held["status"], &held["held_for_review"]), (&json!("paused"), &json!(true)));
    assert_eq!(held["review"]["found"][0]["where"], "message");
    let after = api.world.posted();
    assert!(after < 32, "what a slice had begun may be finished, no more");
    let cleared = decide(&api, &held["review"]["id"], "clear").expect(200);
    assert_eq!(cleared["carried_out"], true, "{cleared}");
    api.world.run_until("2026-11-24T15:00:00Z");
    assert_eq!((api.world.posted(), &campaign(&api, &draft)["status"]), (32, &json!("completed")));

    let api = Api::new();
    forbid(&api, "word", "casino");
    let draft = saying(&api, "Hello cas{{ name }}");
    api.import(&draft.campaign, "b.csv", "phone,name\n+33612111111,ino\n".into()).expect(200);
    api.act(&draft.campaign, "schedule", json!({})).expect(200);
    api.world.run_until("2026-11-24T14:10:00Z");
    assert_eq!(campaign(&api, &draft)["held_for_review"], true);
    assert!(api.world.posts.borrow().iter().all(|post| post.text != "Hello casino"));
}

#[test]
fn a_single_is_held_by_what_its_person_would_read_and_goes_when_cleared() {
    let api = Api::new();
    forbid(&api, "word", "casino");
    let draft = api.draft(0);
    let held = single(&api, &draft, "k1", "To the {{ what }}ino").expect(202);
    assert_eq!((&held["held_for_review"], &held["at"]), (&json!(true), &Value::Null));
    assert_eq!(
        single(&api, &draft, "k1", "To the {{ what }}ino").expect(202)["held_for_review"],
        true
    );
    api.world.run_until("2026-11-24T14:05:00Z");
    assert_eq!(api.world.posted(), 0);
    let reviews = api.get("/reviews").expect(200);
    assert_eq!(reviews["items"].as_array().unwrap().len(), 1);
    let cleared = decide(&api, &reviews["items"][0]["id"], "clear").expect(200);
    assert_eq!(cleared["carried_out"], true, "{cleared}");
    api.world.run_until("2026-11-24T14:10:00Z");
    assert_eq!(api.world.posts.borrow()[0].text, "To the casino");
    assert_eq!(single(&api, &draft, "k2", "casino").expect(202)["held_for_review"], false);
}

#[test]
fn a_single_that_is_held_cannot_be_let_go_by_the_one_who_wrote_it() {
    let api = Api::new();
    forbid(&api, "word", "casino");
    let draft = api.draft(0);
    let held = single(&api, &draft, "k1", "To the {{ what }}ino").expect(202);
    // The text alone does not show it: it is found before it is handed over.
    let path = format!("/campaigns/{}/schedule", text(&held["campaign_id"]));
    api.call(OPERATOR, "POST", &path, Some(&json!({}))).expect(200);
    api.world.run_until("2026-11-24T14:20:00Z");
    assert_eq!(api.world.posted(), 0);
    let shown = api.get(&format!("/campaigns/{}", text(&held["campaign_id"]))).expect(200);
    assert_eq!((&shown["status"], &shown["held_for_review"]), (&json!("paused"), &json!(true)));
}

#[test]
fn a_list_has_bounds_pages_and_reasons_for_what_it_does_not_take() {
    let api = Api::new();
    let refuse = |body: Value| api.post("/words", &body).errors();
    assert_eq!(refuse(json!({ "kind": "word", "value": "—" })), [pair("value", "no_letters")]);
    assert_eq!(refuse(json!({ "kind": "link", "value": "shop" })), [pair("value", "bad_link")]);
    assert_eq!(
        refuse(json!({ "kind": "x", "value": "", "note": 1, "more": 1 })),
        [
            pair("kind", "unknown_value"),
            pair("value", "empty"),
            pair("note", "type"),
            pair("more", "unknown_field")
        ]
    );
    assert_eq!(
        refuse(json!({ "kind": "word", "value": "x".repeat(101) })),
        [pair("value", "too_long")]
    );
    assert_eq!(api.call(OPERATOR, "POST", "/words", Some(&json!({}))).status, 403);
    let first = forbid(&api, "word", "one");
    forbid(&api, "link", "two.example/x");
    assert_eq!(
        api.post("/words", &json!({ "kind": "word", "value": "ONE" })).expect(200)["id"],
        first
    );
    let page = api.get("/words?limit=1").expect(200);
    let rest =
        api.get(&format!("/words?limit=1&cursor={}", text(&page["next_cursor"]))).expect(200);
    assert_eq!(
        (&page["items"][0]["value"], &rest["items"][0]["value"]),
        (&json!("one"), &json!("two.example/x"))
    );
    assert_eq!(rest["next_cursor"], Value::Null);
    assert_eq!(api.get("/words?kind=link").expect(200)["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        api.call(crate::api::ADMINISTRATOR, "DELETE", &format!("/words/{first}"), None).status,
        204
    );
    assert_eq!(
        api.call(crate::api::ADMINISTRATOR, "DELETE", &format!("/words/{first}"), None).status,
        404
    );
    api.sql(sql!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
         INSERT INTO words (id, team_id, kind, value, same_as, created_ms, by_whom)
         SELECT 'w' || i, 'team_main', 'word', 'w' || i, 'w' || i, 0, 'x' FROM n"
    ));
    let full = api.post("/words", &json!({ "kind": "word", "value": "more" }));
    assert_eq!(full.expect(409)["type"], "/problems/too_many_words");
    api.post("/words", &json!({ "kind": "word", "value": "w7" })).expect(200);
}

#[test]
fn reviews_are_listed_pending_first_and_read_no_more_rows_than_they_show() {
    let api = Api::new();
    forbid(&api, "word", "casino");
    let drafts: Vec<Draft> = (0..3).map(|_| saying(&api, "casino")).collect();
    for draft in &drafts {
        api.act(&draft.campaign, "schedule", json!({})).expect(200);
    }
    let newest = campaign(&api, &drafts[2])["review"]["id"].clone();
    decide(&api, &newest, "refuse").expect(200);
    let states = |reply: &Value| -> Vec<String> {
        reply["items"].as_array().unwrap().iter().map(|item| text(&item["state"])).collect()
    };
    let all = api.get("/reviews").expect(200);
    assert_eq!(states(&all), ["pending", "pending", "refused"]);
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = api.get(&format!("/reviews?limit=1{cursor}")).expect(200);
        seen.extend(states(&page));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ["pending", "pending", "refused"]);
    for bad in ["x", "2.1", "1.", "1.-1"] {
        assert_eq!(
            api.get(&format!("/reviews?cursor={bad}")).errors(),
            [pair("cursor", "bad_cursor")]
        );
    }
    assert_eq!(api.get("/reviews/rev_none").status, 404);
    assert_eq!(decide(&api, &json!("rev_none"), "clear").status, 404);
    let plan = api.sql(sql!(
        "EXPLAIN QUERY PLAN SELECT r.seq FROM reviews r
         WHERE r.team_id = 'team_main' AND (r.pending, r.seq) < (1, 9)
         ORDER BY r.pending DESC, r.seq DESC LIMIT 2"
    ));
    let detail = text(&plan[0]["detail"]);
    assert!(plan.len() == 1 && detail.contains("reviews_of_team"), "{plan:?}");
    assert_eq!(api.call(VIEWER, "POST", "/reviews/x/clear", None).status, 403);
}

#[test]
fn a_text_is_tried_against_the_list_and_nothing_comes_of_it() {
    let api = Api::new();
    let word = forbid(&api, "word", "casino");
    let link = json!({ "kind": "link", "value": "bit.ly", "note": "hides where it leads" });
    let link = text(&api.post("/words", &link).expect(201)["id"]);
    let tried = |body: Value| api.call(VIEWER, "POST", "/words/test", Some(&body));
    let found = tried(json!({
        "text": "Hello {{ casino }},\nthis evening come to our c\u{200b}4sin0", "subject": "See bit.ly/x",
    }))
    .expect(200);
    assert_eq!(
        found,
        json!({ "held": true, "found": [
            { "id": word, "kind": "word", "value": "casino", "where": "text", "note": null,
              "excerpt": "…evening come to our c\u{200b}4sin0" },
            { "id": link, "kind": "link", "value": "bit.ly", "where": "subject",
              "excerpt": "bit.ly/x", "note": "hides where it leads" },
        ] })
    );
    // A name of a column is in nobody's message, and what is written in quotes is.
    let none = json!({ "held": false, "found": [] });
    for harmless in ["Hello {{ casino }}", "", "casinos", "{{", "{# casino #}"] {
        assert_eq!(tried(json!({ "text": harmless })).expect(200), none, "{harmless}");
    }
    let quoted = json!({ "text": "{{ name | default(\"casino\") }}", "subject": null });
    assert_eq!(tried(quoted).expect(200)["held"], true);
    // As a campaign that says it is held, so is it here.
    let draft = saying(&api, "Come to our casino");
    let held = api.act(&draft.campaign, "schedule", json!({})).expect(200);
    let mut same = tried(json!({ "text": "Come to our casino" })).expect(200)["found"].take();
    same[0].as_object_mut().unwrap().remove("note");
    assert_eq!(held["review"]["found"], same);
    assert_eq!(api.get("/reviews").expect(200)["items"].as_array().unwrap().len(), 1);
    // What was cleared passes here too, and so does another team's word.
    decide(&api, &held["review"]["id"], "clear").expect(200);
    assert_eq!(tried(json!({ "text": "casino" })).expect(200), none);

    let refused = tried(json!({ "text": "x".repeat(10_001), "subject": 5, "tone": "warm" }));
    assert_eq!(
        refused.errors(),
        [pair("text", "too_long"), pair("subject", "type"), pair("tone", "unknown_field")]
    );
    assert_eq!(tried(json!({})).errors(), [pair("text", "missing")]);
}

//! `/l/{token}` and `/o/{token}`.

use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};
use tidegate_worker::callback::Signer;
use tidegate_worker::ports::World;
use tidegate_worker::sql;
use tidegate_worker::tracking::address::{Place, token};

use crate::api::{Api, Draft, NOW_MS, Reply};

const PHONE: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) Version/19.1 Safari/604.1";

fn scene() -> (Api, Draft, i64) {
    let api = Api::new();
    let draft = api.draft(120);
    let id = &draft.campaign;
    let content = json!({
        "text": "Hello {{ name }}: https://a.example/?who={{ name }} or https://b.example"
    });
    api.edit(id, json!({ "content": content })).expect(200);
    let seq = api.sql(sql!("SELECT seq FROM campaigns WHERE id = ?1", id))[0]["seq"].as_i64();
    (api, draft, seq.unwrap())
}

fn visit(api: &Api, path: &str, method: &str, user_agent: &str) -> Reply {
    let request = Request::builder().method(method).uri(path).header("user-agent", user_agent);
    api.send(request.body(Body::empty()).unwrap())
}

/// The token for a link of a message, as the deployment signs it.
fn link(api: &Api, campaign_seq: i64, ordinal: i64, link: i64) -> String {
    let signer = pollster::block_on(Signer::load(api.world.database(), &*api.world, ""));
    token(&signer.unwrap(), Place { campaign_seq, ordinal, link })
}

fn counts(api: &Api, draft: &Draft) -> Value {
    api.sql(sql!(
        "SELECT opened, opens, clicked, clicks FROM campaigns WHERE id = ?1",
        &draft.campaign
    ))
    .remove(0)
}

#[test]
fn a_link_leads_where_the_text_of_that_message_does() {
    let (api, draft, seq) = scene();
    let first = visit(&api, &format!("/l/{}", link(&api, seq, 110, 1)), "GET", PHONE);
    assert_eq!(first.status, 302);
    assert_eq!(first.headers["location"], "https://a.example/?who=Ada");
    assert_eq!(first.headers["referrer-policy"], "no-referrer");
    assert_eq!(first.headers["cache-control"], "no-store");
    let second = visit(&api, &format!("/l/{}", link(&api, seq, 110, 2)), "GET", PHONE);
    assert_eq!(second.headers["location"], "https://b.example/");
    assert_eq!(counts(&api, &draft), json!({ "opened": 1, "opens": 0, "clicked": 1, "clicks": 2 }));
}

#[test]
fn opens_are_counted_by_person_and_by_time() {
    let (api, draft, seq) = scene();
    for ordinal in [0, 0, 1] {
        let reply = visit(&api, &format!("/o/{}", link(&api, seq, ordinal, 0)), "GET", PHONE);
        assert_eq!(reply.status, 200);
        assert_eq!(reply.headers["content-type"], "image/gif");
    }
    visit(&api, &format!("/l/{}", link(&api, seq, 1, 2)), "GET", PHONE);
    assert_eq!(counts(&api, &draft), json!({ "opened": 2, "opens": 3, "clicked": 1, "clicks": 1 }));
    let marks = api.sql(sql!("SELECT ordinal, link, times, first_ms FROM marks ORDER BY 1, 2"));
    assert_eq!(
        marks,
        [
            json!({ "ordinal": 0, "link": 0, "times": 2, "first_ms": NOW_MS }),
            json!({ "ordinal": 1, "link": 0, "times": 1, "first_ms": NOW_MS }),
            json!({ "ordinal": 1, "link": 2, "times": 1, "first_ms": NOW_MS }),
        ]
    );
}

#[test]
fn machines_are_led_on_and_not_counted() {
    let (api, draft, seq) = scene();
    let token = link(&api, seq, 5, 1);
    for (method, user_agent) in [("GET", "curl/8"), ("GET", "Mozilla/5.0"), ("HEAD", PHONE)] {
        let reply = visit(&api, &format!("/l/{token}"), method, user_agent);
        assert_eq!(reply.status, 302);
    }
    let none = json!({ "opened": 0, "opens": 0, "clicked": 0, "clicks": 0 });
    assert_eq!(counts(&api, &draft), none);
    let marks = api.sql(sql!("SELECT by_machine, times FROM marks"));
    assert_eq!(marks, [json!({ "by_machine": 1, "times": 2 })]);
}

#[test]
fn no_other_link_leads_anywhere() {
    let (api, _, seq) = scene();
    let open = link(&api, seq, 5, 0);
    let beyond = link(&api, seq, 5, 3);
    let nobody = link(&api, seq, 120, 1);
    let no_campaign = link(&api, seq + 1, 0, 1);
    let click = link(&api, seq, 5, 1);
    for path in [
        format!("/l/{open}"),
        format!("/o/{click}"),
        format!("/l/{beyond}"),
        format!("/l/{nobody}"),
        format!("/l/{no_campaign}"),
        format!("/l/{}", &click[1..]),
        format!("/l/{click}A"),
        "/l/https:%2F%2Fevil.example".to_owned(),
        "/l/%ff".to_owned(),
        "/l/".to_owned(),
        "/o/x".to_owned(),
    ] {
        let reply = visit(&api, &path, "GET", PHONE);
        assert_eq!(reply.status, 404, "{path}");
        assert!(reply.headers.get("location").is_none());
    }
    assert_eq!(visit(&api, &format!("/l/{click}"), "POST", PHONE).status, 405);
    assert_eq!(api.sql(sql!("SELECT count(*) AS n FROM marks"))[0]["n"], 0);
}

#[test]
fn a_visitor_in_a_loop_writes_no_more_than_a_reader_could() {
    let (api, draft, seq) = scene();
    let path = format!("/o/{}", link(&api, seq, 0, 0));
    for _ in 0..2 {
        visit(&api, &path, "GET", PHONE);
    }
    api.sql(sql!("UPDATE marks SET times = 1000"));
    visit(&api, &path, "GET", PHONE);
    assert_eq!(counts(&api, &draft)["opens"], 2);
    assert_eq!(api.sql(sql!("SELECT times FROM marks"))[0]["times"], 1_000);
}

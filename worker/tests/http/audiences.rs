//! `/campaigns/{id}/recipients/selection`, `/count` and `/campaigns/{id}/lists`.

use serde_json::{Value, json};

use crate::api::{Api, OPERATOR, VIEWER, pair, text};

/// A team of six, and the id of each by name.
fn people(api: &Api) -> impl Fn(&str) -> String {
    let file = "name,sms,email,tags,accounts,city\n\
                Ada,+33612000000; +33612000010,,vip; new,North,Paris\n\
                Bob,+33612000001,,vip,South,Rome\n\
                Cyd,,cyd@example.org,vip,North,\n\
                Dan,+33612000003,,,North; South,Oslo\n\
                Eve,+33612000004,,new,,\n\
                Fay,+33612000005,,,,\n";
    api.upload("/contacts/import?file_name=a.csv", "text/csv", file.into()).expect(200);
    let page = api.get("/contacts").expect(200);
    let items = page["items"].as_array().unwrap().clone();
    move |name| text(&items.iter().find(|item| item["name"] == name).unwrap()["id"])
}

fn count(api: &Api, campaign: &str, selection: &Value) -> [i64; 5] {
    let path = format!("/campaigns/{campaign}/recipients/count");
    let count = api.call(VIEWER, "POST", &path, Some(selection)).expect(200);
    ["contacts", "people", "opted_out", "without_address", "duplicates"]
        .map(|name| count[name].as_i64().unwrap())
}

fn take(api: &Api, campaign: &str, selection: &Value) -> Value {
    let path = format!("/campaigns/{campaign}/recipients/selection");
    api.call(OPERATOR, "POST", &path, Some(selection)).expect(200)
}

#[test]
fn what_is_counted_is_what_is_taken() {
    let api = Api::new();
    let id = people(&api);
    api.post("/opt-outs", &json!({ "channel": "sms", "address": "+33612000001" })).expect(201);
    for (selection, expected, names) in [
        (json!({ "all": true }), [6, 5, 1, 1, 0], "Fay Eve Dan Bob Ada"),
        (json!({ "all": true, "addresses": "every" }), [6, 6, 1, 1, 0], "Fay Eve Dan Bob Ada Ada"),
        (json!({ "tags": ["vip"] }), [3, 2, 1, 1, 0], "Bob Ada"),
        (json!({ "tags": ["vip", "new"] }), [4, 3, 1, 1, 0], "Bob Ada Eve"),
        (json!({ "tags": ["vip", "new"], "match": "all" }), [1, 1, 0, 0, 0], "Ada"),
        (json!({ "accounts": ["North", "South"] }), [4, 3, 1, 1, 0], "Dan Ada Bob"),
        (json!({ "accounts": ["North", "South"], "match": "all" }), [1, 1, 0, 0, 0], "Dan"),
        (json!({ "tags": ["new"], "accounts": ["South"] }), [4, 4, 1, 0, 0], "Eve Ada Dan Bob"),
        (json!({ "contacts": [id("Fay"), id("Cyd")] }), [2, 1, 0, 1, 0], "Fay"),
        (
            json!({ "tags": ["new"], "contacts": [id("Fay"), id("Eve")] }),
            [3, 3, 0, 0, 0],
            "Eve Ada Fay",
        ),
        (
            json!({ "all": true, "except": [id("Ada"), id("Bob"), id("Cyd")] }),
            [3, 3, 0, 0, 0],
            "Fay Eve Dan",
        ),
    ] {
        let draft = api.draft(0).campaign;
        assert_eq!(count(&api, &draft, &selection), expected, "{selection}");
        let taken = take(&api, &draft, &selection);
        assert_eq!(taken["accepted"], expected[1], "{selection}");
        assert_eq!(taken["total"], expected[1], "{selection}");
        let rows = api.sql(tidegate_worker::sql!(
            "SELECT group_concat(p.value -> 'fields' ->> 'name', ' ') AS names
             FROM people, json_each(people) p
             WHERE campaign_seq = (SELECT seq FROM campaigns WHERE id = ?1)",
            draft.as_str(),
        ));
        assert_eq!(rows[0]["names"], names, "{selection}");
    }
}

#[test]
fn nobody_is_in_a_campaign_twice() {
    let api = Api::new();
    drop(people(&api));
    let draft = api.draft(3).campaign; // +33612000000 to +33612000002
    let selection = json!({ "all": true });
    assert_eq!(count(&api, &draft, &selection), [6, 3, 0, 1, 2]);
    let taken = take(&api, &draft, &selection);
    assert_eq!(
        (&taken["accepted"], &taken["duplicates"], &taken["total"]),
        (&json!(3), &json!(2), &json!(6))
    );
    assert_eq!(count(&api, &draft, &selection), [6, 0, 0, 1, 5]);
    let again = take(&api, &draft, &selection);
    assert_eq!((&again["accepted"], &again["total"]), (&json!(0), &json!(6)));
    let lists = api.get(&format!("/campaigns/{draft}/lists")).expect(200);
    let lists = lists["items"].as_array().unwrap();
    let told = |list: &Value| {
        (
            text(&list["kind"]),
            text(&list["file_name"]),
            text(&list["status"]),
            list["progress"].to_string(),
        )
    };
    let expected = |kind: &str, name: &str, total: i64| {
        (kind.into(), name.into(), "draft".into(), format!("{{\"done\":0,\"total\":{total}}}"))
    };
    assert_eq!(
        lists.iter().map(told).collect::<Vec<_>>(),
        [
            expected("file", "people.csv", 3),
            expected("selection", "All contacts", 3),
            expected("selection", "All contacts", 0),
        ]
    );
    assert_eq!(lists[1]["selection"]["all"], true);
}

#[test]
fn a_selection_that_says_nothing_or_too_much_is_refused() {
    let api = Api::new();
    let id = people(&api);
    let draft = api.draft(0).campaign;
    let path = format!("/campaigns/{draft}/recipients/selection");
    for (selection, expected) in [
        (json!({}), pair("", "nobody")),
        (json!({ "all": false, "except": ["x"] }), pair("", "nobody")),
        (json!({ "all": true, "tags": ["vip"] }), pair("all", "contradiction")),
        (json!({ "tags": "vip" }), pair("tags", "type")),
        (json!({ "tags": ["vip"], "match": "most" }), pair("match", "unknown_value")),
        (json!({ "tags": ["vip"], "addresses": 1 }), pair("addresses", "type")),
        (json!({ "contacts": [id("Ada"), "con_x"] }), pair("contacts[1]", "unknown_contact")),
        (json!({ "contacts": [id("Cyd")] }), pair("", "nobody")),
        (json!({ "tags": ["nobody"] }), pair("", "nobody")),
        (json!({ "tags": ["vip"], "colour": 1 }), pair("colour", "unknown_field")),
    ] {
        assert_eq!(api.post(&path, &selection).errors()[0], expected, "{selection}");
    }
    assert_eq!(api.get(&format!("/campaigns/{draft}/lists")).expect(200)["items"], json!([]));
    api.post("/campaigns/cmp_x/recipients/selection", &json!({ "all": true })).expect(404);
    api.post("/campaigns/cmp_x/recipients/count", &json!({ "all": true })).expect(404);
    api.call(VIEWER, "POST", &path, Some(&json!({ "all": true }))).expect(403);
}

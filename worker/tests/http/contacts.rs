//! `/contacts`, `/tags`, `/accounts`, `/erasures`.

use serde_json::{Value, json};
use tidegate_worker::sql;

use crate::api::{Api, NOW_MS, OPERATOR, VIEWER, pair, text};

pub fn contact(api: &Api, name: &str, number: &str) -> Value {
    let wanted = json!({ "name": name, "addresses": [{ "channel": "sms", "address": number }] });
    api.call(OPERATOR, "POST", "/contacts", Some(&wanted)).expect(201)
}

/// The names of a list, all its pages.
pub fn names(api: &Api, query: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut path = format!("/contacts?limit=2{query}");
    for _ in 0..20 {
        let page = api.get(&path).expect(200);
        names.extend(page["items"].as_array().unwrap().iter().map(|item| text(&item["name"])));
        match &page["next_cursor"] {
            Value::String(next) => path = format!("/contacts?limit=2{query}&cursor={next}"),
            _ => return names,
        }
    }
    panic!("the list has no end");
}

pub fn import(api: &Api, file: &str) -> Value {
    let path = "/contacts/import?file_name=people.csv&region=FR";
    api.upload(path, "text/csv", file.as_bytes().to_vec()).expect(200)
}

/// Every index row is there for a contact, and none for nobody; the counters are counts.
pub fn assert_sound(api: &Api) {
    let stray = api.sql(tidegate_worker::sql!(
        "SELECT 'address' AS what, a.address AS which FROM contact_addresses a
         WHERE NOT EXISTS (SELECT 1 FROM contacts c, json_each(c.addresses) p
           WHERE c.team_id = a.team_id AND c.id = a.contact_id
             AND p.value ->> 'channel' = a.channel AND p.value ->> 'address' = a.address)
         UNION ALL
         SELECT 'no address', p.value ->> 'address' FROM contacts c, json_each(c.addresses) p
         WHERE NOT EXISTS (SELECT 1 FROM contact_addresses a WHERE a.team_id = c.team_id
           AND a.contact_id = c.id AND a.address = p.value ->> 'address')
         UNION ALL
         SELECT 'label', l.label FROM contact_labels l
         WHERE NOT EXISTS (SELECT 1 FROM contacts c WHERE c.team_id = l.team_id AND c.id = l.contact_id
           AND (l.kind = 'tag' AND EXISTS (SELECT 1 FROM json_each(c.tags) t WHERE t.value = l.label)
             OR l.kind = 'account'
                AND EXISTS (SELECT 1 FROM json_each(c.accounts) t WHERE t.value = l.label)))
         UNION ALL
         SELECT 'count', l.label FROM labels l WHERE l.contacts <> (SELECT COUNT(*)
           FROM contact_labels p
           WHERE p.team_id = l.team_id AND p.kind = l.kind AND p.label = l.label)
         UNION ALL
         SELECT 'no count', p.label FROM contact_labels p WHERE NOT EXISTS (SELECT 1 FROM labels l
           WHERE p.team_id = l.team_id AND p.kind = l.kind AND p.label = l.label)"
    ));
    assert_eq!(stray, Vec::<Value>::new());
}

#[test]
fn a_contact_is_made_with_normal_addresses_and_an_inferred_zone() {
    let api = Api::new();
    let wanted = json!({
        "name": " Ada Lovelace ",
        "addresses": [
            { "channel": "sms", "address": "06 12 34 56 78" },
            { "channel": "email", "address": "Ada@EXAMPLE.org" },
        ],
        "region": "FR",
        "tags": ["vip", "new", "vip"],
        "accounts": ["North store"],
        "fields": { "city": "Paris" },
    });
    api.call(VIEWER, "POST", "/contacts", Some(&wanted)).expect(403);
    let made = api.call(OPERATOR, "POST", "/contacts", Some(&wanted)).expect(201);
    let id = text(&made["id"]);
    assert_eq!(
        made,
        json!({
            "id": id,
            "version": 1,
            "name": "Ada Lovelace",
            "addresses": [
                { "channel": "sms", "address": "+33612345678", "opted_out": false },
                { "channel": "email", "address": "ada@example.org", "opted_out": false },
            ],
            "tags": ["new", "vip"],
            "accounts": ["North store"],
            "time_zones": ["Europe/Paris"],
            "time_zone_source": "inferred",
            "fields": { "city": "Paris" },
            "created_at": NOW_MS,
            "updated_at": NOW_MS,
        })
    );
    assert_eq!(api.get(&format!("/contacts/{id}")).expect(200), made);
    let opt_out = json!({ "channel": "sms", "address": "+33612345678" });
    api.post("/opt-outs", &opt_out).expect(201);
    let shown = api.get(&format!("/contacts/{id}")).expect(200);
    assert_eq!(shown["addresses"][0]["opted_out"], true);
    assert_eq!(shown["addresses"][1]["opted_out"], false);
    assert_sound(&api);
}

#[test]
fn an_address_belongs_to_one_contact() {
    let api = Api::new();
    let ada = text(&contact(&api, "Ada", "+33612345678")["id"]);
    let wanted = json!({ "addresses": [{ "channel": "sms", "address": "+33 6 12 34 56 78" }] });
    let refused = api.post("/contacts", &wanted);
    let detail = text(&refused.body["detail"]);
    assert!(
        detail.contains("`Ada`") && detail.contains(&format!("/contacts/{ada}/merge")),
        "{detail}"
    );
    assert_eq!(refused.expect_failure(), (409, "address_taken".into()));
    // The same number on another channel is another address.
    let wanted = json!({ "addresses": [{ "channel": "whatsapp", "address": "+33612345678" }] });
    let bob = text(&api.post("/contacts", &wanted).expect(201)["id"]);
    let wanted = json!({ "addresses": [{ "channel": "sms", "address": "+33612345678" }] });
    let refused = api.patch(&format!("/contacts/{bob}"), &wanted).expect_failure();
    assert_eq!(refused, (409, "address_taken".into()));
    api.call(OPERATOR, "DELETE", &format!("/contacts/{ada}"), None).expect(204);
    api.call(OPERATOR, "DELETE", &format!("/contacts/{ada}"), None).expect(404);
    api.get(&format!("/contacts/{ada}")).expect(404);
    api.patch(&format!("/contacts/{bob}"), &wanted).expect(200);
    assert_sound(&api);
}

#[test]
fn a_contact_is_changed_field_by_field() {
    let api = Api::new();
    let id = text(&contact(&api, "Ada", "+14169671111")["id"]);
    let path = format!("/contacts/{id}");
    let changed = api.patch(
        &path,
        &json!({ "tags": ["a", "b"], "accounts": ["X"], "fields": { "city": "Rome", "size": "7" } }),
    );
    let changed = changed.expect(200);
    assert_eq!((&changed["version"], &changed["tags"]), (&json!(2), &json!(["a", "b"])));
    assert_eq!(changed["time_zones"], json!(["America/Toronto"]));
    let changed = api.patch(
        &path,
        &json!({ "tags": ["b", "c"], "accounts": [], "fields": { "city": null },
                 "time_zone": "europe/rome", "version": 2 }),
    );
    let changed = changed.expect(200);
    assert_eq!(changed["tags"], json!(["b", "c"]));
    assert_eq!(changed["accounts"], json!([]));
    assert_eq!(changed["fields"], json!({ "size": "7" }));
    assert_eq!(changed["time_zones"], json!(["Europe/Rome"]));
    assert_eq!(changed["time_zone_source"], "given");
    // Nothing new is no change.
    assert_eq!(api.patch(&path, &json!({ "tags": ["b", "c"] })).expect(200)["version"], 3);
    let stale = api.patch(&path, &json!({ "name": "x", "version": 2 })).expect_failure();
    assert_eq!(stale, (409, "changed".into()));
    let inferred = api.patch(&path, &json!({ "time_zone": null })).expect(200);
    assert_eq!(inferred["time_zones"], json!(["America/Toronto"]));
    assert_sound(&api);
    let tags = api.get("/tags").expect(200);
    let expected = json!([{ "name": "b", "contacts": 1 }, { "name": "c", "contacts": 1 }]);
    assert_eq!(tags["items"], expected);
    assert_eq!(api.get("/accounts").expect(200)["items"], json!([]));
}

#[test]
fn what_cannot_be_a_contact_is_refused_with_every_problem() {
    let api = Api::new();
    let wanted = json!({
        "name": 7,
        "addresses": [{ "channel": "fax", "address": "x" }, { "channel": "sms", "address": "12" }, 3],
        "tags": ["", "x".repeat(101)],
        "accounts": "North",
        "time_zone": "Mars/Olympus",
        "fields": { "First Name": "x", "email": "y", "city": 3 },
        "version": 3,
        "colour": "red",
    });
    let expected = [
        pair("name", "type"),
        pair("addresses[0].channel", "unknown_value"),
        pair("addresses[1].address", "no_country"),
        pair("addresses[2]", "type"),
        pair("tags[0]", "empty"),
        pair("tags[1]", "too_long"),
        pair("accounts", "type"),
        pair("time_zone", "unknown_zone"),
        pair("fields.First Name", "bad_name"),
        pair("fields.city", "type"),
        pair("fields.email", "reserved"),
        pair("colour", "unknown_field"),
        pair("version", "unknown_field"),
    ];
    assert_eq!(api.post("/contacts", &wanted).errors(), expected);
    assert_eq!(api.post("/contacts", &json!({})).errors(), [pair("addresses", "missing")]);
    let none = api.post("/contacts", &json!({ "addresses": [] })).errors();
    assert_eq!(none, [pair("addresses", "empty")]);
    let many: Vec<Value> =
        (0..21).map(|n| json!({ "channel": "direct", "address": format!("a{n}") })).collect();
    let many = api.post("/contacts", &json!({ "addresses": many })).errors();
    assert_eq!(many, [pair("addresses", "too_many")]);
    for nowhere in ["con_x", "con_'%20OR%201=1--", "%ff"] {
        api.get(&format!("/contacts/{nowhere}")).expect(404);
        api.patch(&format!("/contacts/{nowhere}"), &json!({ "name": "x" })).expect(404);
    }
}

#[test]
fn a_list_is_filtered_by_all_that_is_asked_for() {
    let api = Api::new();
    import(
        &api,
        "name,sms,email,tags,accounts\n\
         Ada,+33612345670,ada@example.org,vip; new,North\n\
         Bob,+33612345671,,vip,South\n\
         Ädam,+14169671111,,vip,North; South\n\
         Cyd,,cyd@example.org,new,\n\
         Dan,+442079460018,,,North\n",
    );
    api.post("/opt-outs", &json!({ "channel": "sms", "address": "+33612345671" })).expect(201);
    assert_eq!(names(&api, ""), ["Dan", "Cyd", "Ädam", "Bob", "Ada"]);
    for (query, expected) in [
        ("&tags=vip", &["Ädam", "Bob", "Ada"][..]),
        ("&tags=vip;new", &["Ada"]),
        ("&tags=vip&accounts=South", &["Ädam", "Bob"]),
        ("&accounts=North;South", &["Ädam"]),
        ("&tags=nobody", &[]),
        ("&channel=email", &["Cyd", "Ada"]),
        ("&channel=sms&tags=new", &["Ada"]),
        ("&time_zone=America/Toronto", &["Ädam"]),
        ("&time_zone=unknown", &["Cyd"]),
        ("&opted_out=true", &["Bob"]),
        ("&opted_out=false&tags=vip", &["Ädam", "Ada"]),
        ("&text=a", &["Ada"]),
        ("&text=%C3%84d", &["Ädam"]),
        ("&text=%2B336", &["Ada", "Bob"]),
        ("&text=336%2012", &["Ada", "Bob"]),
        ("&text=%2B336&tags=new", &["Ada"]),
        ("&text=ada%40", &["Ada"]),
        ("&text=Ada%40", &["Ada"]),
        ("&text=zz", &[]),
    ] {
        assert_eq!(names(&api, query), expected, "{query}");
    }
    let errors = api.get("/contacts?channel=fax&opted_out=maybe&cursor=*&x=1").errors();
    let paths: Vec<&str> = errors.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["channel", "opted_out", "cursor", "x"]);
    let accounts = api.get("/accounts?limit=1").expect(200);
    assert_eq!(accounts["items"], json!([{ "name": "North", "contacts": 3 }]));
    let next = text(&accounts["next_cursor"]);
    let accounts = api.get(&format!("/accounts?limit=1&cursor={next}")).expect(200);
    assert_eq!(accounts["items"], json!([{ "name": "South", "contacts": 2 }]));
    assert_eq!(api.get("/tags?text=v").expect(200)["items"][0]["name"], "vip");
}

/// Everybody whom a walk along a list comes past.
fn walked(api: &Api, query: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = api.get(&format!("/contacts?limit=50{query}{cursor}")).expect(200);
        found.extend(page["items"].as_array().unwrap().iter().map(|one| text(&one["name"])));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

#[test]
fn those_who_are_far_apart_are_all_found() {
    let api = Api::new();
    // Three of 32,000 have mail, further apart than one question looks.
    api.sql(sql!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < 32000)
         INSERT INTO contacts (team_id, id, version, name, name_key, addresses, tags, accounts,
                               zones, zone_source, fields, created_ms, updated_ms)
         SELECT 'team_main', printf('con_%08d', i), 1, printf('Ada %d', i), printf('ada %d', i),
           json_array(json_object('channel', iif(i IN (5000, 16000, 31000), 'email', 'sms'),
                                  'address', printf('+336%08d', i))),
           iif(i % 4000 = 0, '[\"all\",\"some\"]', '[\"all\"]'), '[]', '[]', 'inferred', '{}', i, i
         FROM n"
    ));
    api.sql(sql!(
        "INSERT INTO contact_labels SELECT 'team_main', 'tag', t.value, contacts.id
         FROM contacts, json_each(tags) t"
    ));
    assert_eq!(walked(&api, "&channel=email"), ["Ada 31000", "Ada 16000", "Ada 5000"]);
    assert_eq!(walked(&api, "&tags=all;some").len(), 8);
}

#[test]
fn two_contacts_become_one() {
    let api = Api::new();
    import(
        &api,
        "name,sms,tags,accounts,city\n\
         Ada Lovelace,+33612345678,vip,North,Paris\n\
         ada  lovelace,+14169671111,new,South,Rome\n\
         Bob,+33612345670,,,\n",
    );
    let same = api.get("/contacts/duplicates").expect(200);
    let [group] = same["items"].as_array().unwrap().as_slice() else { panic!("{same:#}") };
    let ids: Vec<String> =
        group["contacts"].as_array().unwrap().iter().map(|c| text(&c["id"])).collect();
    let [ada, twin] = ids.as_slice() else { panic!() };
    let merge = |id: &str, with: &str| {
        api.call(OPERATOR, "POST", &format!("/contacts/{id}/merge"), Some(&json!({ "with": with })))
    };
    let merged = merge(ada, twin).expect(200);
    assert_eq!(merged["name"], "Ada Lovelace");
    assert_eq!(merged["tags"], json!(["new", "vip"]));
    assert_eq!(merged["accounts"], json!(["North", "South"]));
    assert_eq!(merged["fields"], json!({ "city": "Paris" }));
    assert_eq!(merged["time_zones"], json!(["America/Toronto", "Europe/Paris"]));
    assert_eq!(merged["addresses"].as_array().unwrap().len(), 2);
    assert_sound(&api);
    // Its answer may have been lost.
    assert_eq!(merge(ada, twin).expect(200), merged);
    let gone = api.get(&format!("/contacts/{twin}"));
    assert_eq!(gone.headers["location"], format!("/api/v1/contacts/{ada}"));
    assert_eq!(gone.expect(301)["merged_into"], json!(ada));
    assert_eq!(merge(ada, ada).errors(), [pair("with", "same")]);
    merge(ada, "con_nobody").expect(404);
    merge("con_nobody", ada).expect(404);
    // Into the third, and both old ids lead there.
    let bob = text(&api.get("/contacts?text=bob").expect(200)["items"][0]["id"]);
    merge(&bob, ada).expect(200);
    for id in [ada, twin] {
        assert_eq!(api.get(&format!("/contacts/{id}")).expect(301)["merged_into"], json!(bob));
    }
    assert_eq!(api.get("/contacts/duplicates").expect(200)["items"], json!([]));
    assert_sound(&api);
}

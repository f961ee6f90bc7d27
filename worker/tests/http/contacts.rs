//! `/contacts`, `/tags`, `/accounts`, `/erasures`.

use serde_json::{Value, json};

use crate::api::{ADMINISTRATOR, Api, NOW_MS, OPERATOR, VIEWER, pair, text};

fn contact(api: &Api, name: &str, number: &str) -> Value {
    let wanted = json!({ "name": name, "addresses": [{ "channel": "sms", "address": number }] });
    api.call(OPERATOR, "POST", "/contacts", Some(&wanted)).expect(201)
}

/// The names of a list, all its pages.
fn names(api: &Api, query: &str) -> Vec<String> {
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

fn import(api: &Api, file: &str) -> Value {
    let path = "/contacts/import?file_name=people.csv&region=FR";
    api.upload(path, "text/csv", file.as_bytes().to_vec()).expect(200)
}

/// Every index row is there for a contact, and none for nobody; the counters are counts.
fn assert_sound(api: &Api) {
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
fn columns_that_are_left_out_of_a_file_leave_nothing() {
    let api = Api::new();
    let file = "name,sms,leave_out,Leave out 2,town\nZoë,+33612000001,secret,=1+1,Brest\n";
    import(&api, file);
    let list = api.get("/contacts").expect(200);
    assert_eq!(list["items"][0]["fields"], json!({ "town": "Brest" }));
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
                { "channel": "email", "address": "Ada@example.org", "opted_out": false },
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

#[test]
fn a_file_adds_to_contacts_and_tells_every_bad_row() {
    let api = Api::new();
    let ada = contact(&api, "Ada", "+33612345678");
    contact(&api, "Bob", "+33612345679");
    let answer = import(
        &api,
        "Name;Mobile;WhatsApp;E-Mail;Tags;Company;City;Time zone\r\n\
         Ada Lovelace;06 12 34 56 78;;ada@example.org;vip;North;Paris;Europe/Rome\r\n\
         ;0612345678;;;new;;;\r\n\
         Eve;12;;;;;;\r\n\
         Eve;+14169671111;;;;;;Mars/Olympus\r\n\
         Eve;+14169671111;;not mail;;;;\r\n\
         Eve;;;;;;;\r\n\
         Both;+33612345678; ;bob@example.org;;;;\r\n\
         Two;+33612345678;;;;;;;\r\n\
         Both;+33612345678; +33612345679;;;;;\r\n\
         Cyd;+33612345677;;;;;;\r\n\
         Cyd;+33612345677;;;;;;\r\n",
    );
    let rejected: Vec<_> = answer["rejected"].as_array().unwrap().iter().collect();
    let told: Vec<(i64, String, String)> = rejected
        .iter()
        .map(|r| (r["line"].as_i64().unwrap(), text(&r["column"]), text(&r["code"])))
        .collect();
    let row = |line, column: &str, code: &str| (line, column.to_owned(), code.to_owned());
    assert_eq!(
        told,
        [
            row(4, "Mobile", "too_short"),
            row(5, "Time zone", "unknown_zone"),
            row(6, "E-Mail", "not_valid"),
            row(7, "Name", "no_address"),
            row(9, "9", "too_many_fields"),
        ]
    );
    assert!(rejected.iter().all(|r| text(&r["message"]).contains("; ")), "each names a remedy");
    let counts = ["rows", "created", "updated", "unchanged", "rejected_total"];
    let counts = counts.map(|name| answer[name].as_i64().unwrap());
    assert_eq!(counts, [11, 1, 4, 1, 5]);
    let id = text(&ada["id"]);
    let shown = api.get(&format!("/contacts/{id}")).expect(200);
    assert_eq!(shown["name"], "Both");
    assert_eq!(shown["tags"], json!(["new", "vip"]));
    assert_eq!(shown["accounts"], json!(["North"]));
    assert_eq!(shown["fields"], json!({ "city": "Paris" }));
    assert_eq!(shown["time_zones"], json!(["Europe/Rome"]));
    assert_eq!(shown["addresses"].as_array().unwrap().len(), 4);
    assert_sound(&api);
    let imported = api.get(&format!("/contacts/imports/{}", text(&answer["id"]))).expect(200);
    assert_eq!(imported, answer);
    let listed = api.get("/contacts/imports").expect(200);
    assert_eq!(
        (&listed["items"][0]["status"], &listed["items"][0]["by"]),
        (&json!("done"), &json!(OPERATOR))
    );
    let pages = api.sql(tidegate_worker::sql!("SELECT COUNT(*) AS n FROM contact_import_pages"));
    assert_eq!(pages[0]["n"], 0);
}

#[test]
fn a_row_about_two_contacts_is_about_nobody() {
    let api = Api::new();
    let ada = text(&contact(&api, "Ada", "+33612345678")["id"]);
    contact(&api, "Bob", "+33612345679");
    let answer = import(&api, "sms,name\n\"+33612345678; +33612345679\",Eve\n");
    let [rejected] = answer["rejected"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!((&rejected["line"], &rejected["code"]), (&json!(2), &json!("two_contacts")));
    assert!(text(&rejected["message"]).contains(&ada));
    assert_eq!(names(&api, ""), ["Bob", "Ada"]);
}

#[test]
fn a_file_that_cannot_be_read_leaves_nothing() {
    let api = Api::new();
    let path = "/contacts/import?file_name=people.csv";
    for (file, code) in [
        ("", "empty_file"),
        ("name,city\nAda,Paris\n", "no_address_column"),
        ("sms\n", "no_rows"),
        ("sms,sms\n1,2\n", "duplicate_column"),
        ("\u{feff}", "empty_file"),
    ] {
        let reply = api.upload(path, "text/csv", file.as_bytes().to_vec());
        assert_eq!(reply.errors()[0].1, code, "{file:?}");
    }
    let utf16 = api.upload(path, "text/csv", b"\xff\xfes\0m\0s\0".to_vec()).errors();
    assert_eq!(utf16[0].1, "not_utf8");
    assert_eq!(api.upload(path, "text/plain", b"sms\n".to_vec()).status, 415);
    let wide = (0..81).fold(String::new(), |row, n| row + &format!(",f{n}"));
    let wide = api.upload(path, "text/csv", format!("sms{wide}\n").into_bytes()).errors();
    assert_eq!(wide[0].1, "too_many_columns");
    assert_eq!(api.get("/contacts/imports").expect(200)["items"], json!([]));
    assert_eq!(
        api.upload("/contacts/import", "text/csv", Vec::new()).errors()[0],
        pair("file_name", "missing")
    );
}

/// Everything that contacts say, without what an import cannot know.
fn told(api: &Api) -> Vec<Value> {
    let page = api.get("/contacts?limit=200").expect(200);
    let mut items = page["items"].as_array().unwrap().clone();
    for item in &mut items {
        let object = item.as_object_mut().unwrap();
        for name in ["id", "version", "created_at", "updated_at"] {
            object.remove(name);
        }
    }
    items.sort_by_key(|item| item["addresses"].to_string());
    items
}

#[test]
fn an_export_imported_elsewhere_gives_the_same_contacts() {
    let api = Api::new();
    for wanted in [
        json!({ "name": "=HYPERLINK(\"http://evil.example\")",
                "addresses": [{ "channel": "sms", "address": "+33612345678" },
                              { "channel": "sms", "address": "+33612345679" },
                              { "channel": "whatsapp", "address": "+33612345678" }],
                "tags": ["=1+1", "a; b", "c\\d", "'@x", "+"],
                "accounts": ["-North, \"Store\"", "@South"],
                "fields": { "note": "@SUM(1)", "city": "'=x", "size": "+1" } }),
        json!({ "name": "'", "addresses": [{ "channel": "direct", "address": "@ada; bob" }],
                "time_zone": "Europe/Paris" }),
        json!({ "addresses": [{ "channel": "email", "address": "=x@example.org" }],
                "fields": { "note": "-" } }),
        json!({ "name": "Zoë 漢字 \u{1f642}", "addresses": [{ "channel": "direct", "address": "'=zoe" }] }),
    ] {
        api.post("/contacts", &wanted).expect(201);
    }
    let exported = api.get("/contacts/export");
    assert_eq!(exported.headers["content-type"], "text/csv; charset=utf-8");
    let file = text(&exported.expect(200));
    for line in file.lines().skip(1) {
        assert!(!line.starts_with(['=', '+', '-', '@']), "{line}");
    }
    assert!(file.contains("\"+33612345678; +33612345679\",+33612345678,"), "{file}");
    assert!(!file.contains(",=") && !file.contains(",@") && !file.contains("\"="), "{file}");
    let other = Api::new();
    let answer = import(&other, &file);
    assert_eq!(answer["rejected_total"], 0, "{answer:#}");
    assert_eq!(told(&other), told(&api));
    // And at home it says nothing new.
    assert_eq!(import(&api, &file)["unchanged"], 4);
    let some = text(&api.get("/contacts/export?channel=email").expect(200));
    assert_eq!(some.lines().count(), 2);
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

#[test]
fn who_is_erased_is_nowhere_any_more_and_stays_opted_out() {
    let api = Api::new();
    let draft = api.draft(3);
    let ada = contact(&api, "Ada", "+33612000001");
    let opt_out = json!({ "channel": "sms", "address": "+33612000001", "reason": "asked" });
    api.post("/opt-outs", &opt_out).expect(201);
    let wanted = json!({ "contact_id": ada["id"] });
    api.call(OPERATOR, "POST", "/erasures", Some(&wanted)).expect(403);
    let erased = api.call(ADMINISTRATOR, "POST", "/erasures", Some(&wanted)).expect(200);
    assert_eq!((&erased["status"], &erased["messages"]), (&json!("done"), &json!(1)));
    let id = text(&erased["id"]);
    assert_eq!(api.get(&format!("/erasures/{id}")).expect(200), erased);
    api.get(&format!("/contacts/{}", text(&ada["id"]))).expect(404);
    let tables = api.sql(tidegate_worker::sql!(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ));
    for table in tables {
        let query = format!("SELECT * FROM \"{}\"", text(&table["name"]));
        let rows = api.sql(tidegate_worker::store::Statement {
            sql: Box::leak(query.into_boxed_str()),
            params: Vec::new(),
        });
        let rows = Value::from(rows).to_string();
        assert!(!rows.contains("612000001"), "{table}: {rows}");
    }
    let messages = api.get(&format!("/campaigns/{}/messages", draft.campaign)).expect(200);
    let to: Vec<&str> =
        messages["items"].as_array().unwrap().iter().map(|m| m["to"].as_str().unwrap()).collect();
    assert_eq!(to, ["+33612000000", "", "+33612000002"]);
    // The address comes back with a file, and is known to have opted out.
    import(&api, "sms,name\n+33612000001,Ada\n+33612000009,Eve\n");
    assert_eq!(names(&api, "&opted_out=true"), ["Ada"]);
    let opt_outs = api.get("/opt-outs").expect(200);
    assert_eq!(opt_outs["items"][0]["reason"], "erased");
}

#[test]
fn an_erasure_says_of_whom() {
    let api = Api::new();
    assert_eq!(api.post("/erasures", &json!({})).errors(), [pair("", "nobody")]);
    let unknown = api.post("/erasures", &json!({ "contact_id": "con_x" })).errors();
    assert_eq!(unknown, [pair("contact_id", "unknown_contact")]);
    let bad = json!({ "addresses": [{ "channel": "sms", "address": "x" }] });
    assert_eq!(api.post("/erasures", &bad).errors()[0].0, "addresses[0].address");
    // By address alone, and the contact who has it goes with all that it has.
    let ada = json!({ "name": "Ada", "addresses": [
        { "channel": "sms", "address": "+33612000001" },
        { "channel": "email", "address": "ada@example.org" } ] });
    api.post("/contacts", &ada).expect(201);
    let by = json!({ "addresses": [{ "channel": "email", "address": "ada@example.org" }] });
    api.post("/erasures", &by).expect(200);
    assert_eq!(names(&api, ""), Vec::<String>::new());
    assert_sound(&api);
    api.get("/erasures/ers_x").expect(404);
}

//! `/contacts/import` and `/contacts/export`.

use serde_json::{Value, json};

use crate::api::{Api, OPERATOR, pair, text};
use crate::contacts::{assert_sound, contact, import, names};

#[test]
fn columns_that_are_left_out_of_a_file_leave_nothing() {
    let api = Api::new();
    let file = "name,sms,leave_out,Leave out 2,town\nZoë,+33612000001,secret,=1+1,Brest\n";
    import(&api, file);
    let list = api.get("/contacts").expect(200);
    assert_eq!(list["items"][0]["fields"], json!({ "town": "Brest" }));
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
fn the_mobile_number_of_a_row_is_preferred_wherever_it_stands() {
    let api = Api::new();
    import(&api, "name,Phone,E-Mail,Mobile\nAda,+33123456789,ada@example.org,+33612345678\n");
    let list = api.get("/contacts").expect(200);
    let addresses = list["items"][0]["addresses"].as_array().unwrap();
    let addresses: Vec<String> = addresses.iter().map(|place| text(&place["address"])).collect();
    assert_eq!(addresses, ["+33612345678", "ada@example.org", "+33123456789"]);
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

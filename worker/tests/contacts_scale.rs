//! What lists of contacts cost at two hundred thousand of them: the steps of `SQLite`'s machine,
//! which are a few for each row that it reads.

use serde_json::json;
use tidegate_worker::model::Channel;
use tidegate_worker::store::contact_lists::{Along, Filter, Place, SCAN_MOST, same_names};
use tidegate_worker::store::{contact_lists, contacts, erasures};
use tidegate_world::counted::Counted;

const PEOPLE: i64 = 200_000;
/// Every so many is `rare`; all are `all`, and every second is of an account.
const RARE: i64 = 20_000;

fn database() -> Counted {
    let db = Counted::new();
    db.run(&format!(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {PEOPLE})
         INSERT INTO contacts (team_id, id, version, name, name_key, addresses, tags, accounts, zones,
                               zone_source, fields, created_ms, updated_ms)
         SELECT 'team_main', printf('con_%08d', i), 1, printf('Ada %06d', i),
           printf('ada %06d', i / 2),
           json_array(json_object('channel', 'sms', 'address', printf('+336%08d', i))),
           CASE WHEN i % {RARE} = 0 THEN '[\"all\",\"rare\"]' ELSE '[\"all\"]' END,
           CASE WHEN i % 2 = 0 THEN '[\"North\"]' ELSE '[]' END,
           '[\"Europe/Paris\"]', 'inferred', '{{}}', i, i FROM n;
         INSERT INTO contact_addresses SELECT 'team_main', 'sms', addresses ->> '$[0].address', id
           FROM contacts;
         INSERT INTO contact_labels SELECT 'team_main', 'tag', t.value, contacts.id
           FROM contacts, json_each(tags) t;
         INSERT INTO contact_labels SELECT 'team_main', 'account', t.value, contacts.id
           FROM contacts, json_each(accounts) t;
         INSERT INTO labels SELECT team_id, kind, label, COUNT(*) FROM contact_labels
           GROUP BY team_id, kind, label;"
    ));
    db
}

#[test]
fn a_list_costs_what_it_shows_or_what_it_may_look_at() {
    let db = database();
    let page = |along: &Along, filter: &Filter, after: Option<&Place>| {
        db.cost(&along.page("team_main", filter, after, SCAN_MOST, 51))
    };
    let middle = |key: &str| Some(Place { key: key.into(), id: "con_00100000".into() });
    let all = Filter::default();
    for (along, after) in [
        (Along::Newest, middle("")),
        (Along::Tag("all".into()), middle("")),
        (Along::Account("North".into()), middle("")),
        (Along::Name("ada".into()), middle("ada 050000")),
        (Along::Address(Channel::Sms, "+336".into()), middle("+33600100000")),
    ] {
        for after in [None, after.as_ref()] {
            let (rows, steps) = page(&along, &all, after);
            assert_eq!(rows, 51, "{along:?}");
            assert!(steps < 51 * 300, "{along:?} after {after:?}: {steps}");
        }
    }
    // What nobody has: it stops where it may look no further.
    let channel = Filter { channel: Some(Channel::Email), ..Filter::default() };
    let zone = Filter { zone: Some("Mars/Olympus".into()), ..Filter::default() };
    let opted_out = Filter { opted_out: Some(true), ..Filter::default() };
    let looks_at = SCAN_MOST * 150;
    for filter in [channel, zone, opted_out] {
        for along in [Along::Newest, Along::Tag("all".into()), Along::Name("ada".into())] {
            let (rows, steps) = page(&along, &filter, None);
            assert_eq!(rows, 0);
            assert!(steps < looks_at, "{along:?} {filter:?}: {steps}");
        }
    }
    let end = db.cost(&Along::Newest.end("team_main", None, SCAN_MOST));
    assert!(end.1 < looks_at, "{end:?}");
    // A rare tag is walked by itself.
    let (rows, steps) = page(&Along::Tag("rare".into()), &all, None);
    assert_eq!(rows, 10);
    assert!(steps < 10 * 300, "{steps}");
    let (rows, steps) = db.cost(&same_names("team_main", "\u{1}", 50));
    assert_eq!(rows, 50);
    assert!(steps < looks_at, "{steps}");
    let (rows, steps) = db.cost(&contact_lists::labels("team_main", "tag", "", "", 51));
    assert_eq!(rows, 2);
    assert!(steps < 300, "{steps}");
}

#[test]
fn what_looks_for_some_finds_them_by_their_keys() {
    let db = database();
    let some: Vec<_> = (0..100)
        .map(|n| {
            json!({ "channel": "sms", "address": format!("+336{:08}", n * 1_999),
                         "pseudonym": "x" })
        })
        .collect();
    let some = json!(some);
    let ids: Vec<String> = (0..100).map(|n| format!("con_{:08}", n * 1_999)).collect();
    for (name, statement, rows) in [
        ("by address", contacts::by_addresses("team_main", &some), 100),
        ("by id", contacts::by_ids("team_main", &json!(ids)), 100),
        ("opted out", contacts::opted_out("team_main", &some), 0),
        ("remember", erasures::remember("team_main", &some), 0),
    ] {
        let found = db.cost(&statement);
        assert_eq!(found.0, rows, "{name}");
        assert!(found.1 < 100 * 300, "{name}: {found:?}");
    }
}

#[test]
fn writing_contacts_costs_the_same_whoever_else_is_there() {
    let db = database();
    let contact = |n: i64| {
        json!({ "id": format!("con_{n:08}"), "version": 1, "name": "Bob", "name_key": "bob",
                "addresses": [{ "channel": "sms", "address": format!("+337{n:08}") }],
                "tags": ["all", "new"], "accounts": ["South"], "zones": [],
                "zone_source": "unknown", "fields": {}, "created_ms": 0, "updated_ms": 1 })
    };
    let contacts: Vec<_> = (0..1_000).map(|n| contact(n * 199)).collect();
    let mut steps = 0;
    for statement in contacts::write("team_main", &json!(contacts), &json!(["city"])) {
        let (_, taken) = db.cost(&statement);
        assert!(taken < 1_000 * 400, "{taken}: {}", statement.sql);
        steps += taken;
    }
    assert!(steps < 1_000 * 1_000, "{steps}");
    for statement in contacts::remove("team_main", "con_00100000") {
        let (_, taken) = db.cost(&statement);
        assert!(taken < 1_000, "{taken}: {}", statement.sql);
    }
    let count = |sql| db.number(sql);
    assert_eq!(count("SELECT COUNT(*) FROM contacts WHERE name = 'Bob' AND version = 2"), 1_000);
    assert_eq!(count("SELECT COUNT(*) FROM contact_addresses"), PEOPLE - 1);
    assert_eq!(count("SELECT contacts FROM labels WHERE label = 'new'"), 1_000);
    assert_eq!(count("SELECT contacts FROM labels WHERE label = 'North'"), PEOPLE / 2 - 501);
    assert_eq!(
        count("SELECT COUNT(*) FROM contact_labels WHERE label = 'North'"),
        PEOPLE / 2 - 501
    );
}

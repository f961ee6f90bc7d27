//! A file's way into a campaign, on SQLite with the real schema.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on should say where"
)]

use std::cell::{Cell, RefCell};
use std::path::Path;

use futures_util::stream::{self, Stream, StreamExt};
use serde_json::Value;
use tidegate::Instant;
use tidegate_worker::import::{
    ImportAnswer, ImportError, ImportRequest, Known, REJECTIONS_LISTED, run,
};
use tidegate_worker::model::{Caller, Channel, Person};
use tidegate_worker::ports::{Clock, Entropy};
use tidegate_worker::sql;
use tidegate_worker::store::sqlite::Sqlite;
use tidegate_worker::store::{Answer, Database, Param, Statement, StoreError, people};

/// When something goes wrong with a call of the database.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// Before anything was done.
    Before,
    /// After everything was done.
    After,
}

/// A deployment with one sender and one draft campaign, number 1.
struct Home {
    sqlite: Sqlite,
    now_ms: Cell<i64>,
    tokens: Cell<u32>,
    calls: Cell<usize>,
    statements: Cell<usize>,
    /// The call that goes wrong, counted from 0, and how. `times` in a row.
    fault: Cell<Option<(usize, usize, Fault)>>,
    longest_param: Cell<usize>,
}

impl Home {
    fn new() -> Self {
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
        let home = Self {
            sqlite: Sqlite::in_memory(&migrations).unwrap(),
            now_ms: Cell::new(1_795_250_977_000),
            tokens: Cell::new(0),
            calls: Cell::new(0),
            statements: Cell::new(0),
            fault: Cell::new(None),
            longest_param: Cell::new(0),
        };
        home.sql(sql!(
            "INSERT INTO senders (seq, id, team_id, name, channel, provider, policy, created_ms)
             VALUES (1, 's', 'team_main', 'Shop', 'email', '{}', '{}', 0)"
        ));
        home.sql(sql!(
            "INSERT INTO campaigns (seq, id, team_id, sender_seq, name, content, created_ms)
             VALUES (1, 'c', 'team_main', 1, 'Sale', ?1, 0), (2, 'd', 'team_main', 1, 'B', ?1, 0)",
            r#"{"text": "Hello"}"#,
        ));
        home
    }

    fn sql(&self, statement: Statement) -> Vec<Value> {
        pollster::block_on(self.sqlite.run(statement)).unwrap().rows
    }

    fn try_import<S: Stream<Item = Result<Vec<u8>, String>>>(
        &self,
        request: &ImportRequest,
        file: S,
    ) -> Result<ImportAnswer, ImportError> {
        pollster::block_on(run(self, self, self, request, file))
    }

    fn import(&self, file: &str) -> ImportAnswer {
        self.try_import(&request(), pieces(file)).unwrap()
    }

    /// The campaign's addresses by ordinal, as far as it says that it has people; every page is
    /// looked at, and none of what they hold may be missing or doubled.
    fn people(&self) -> Vec<String> {
        let pages = self.sql(sql!(
            "SELECT p.first, p.count, p.people FROM people p JOIN campaigns c ON c.seq = p.campaign_seq
             WHERE c.seq = 1 AND p.first < c.total ORDER BY p.first"
        ));
        let mut people = Vec::new();
        for page in pages {
            assert_eq!(page["first"], people.len());
            let some: Vec<Person> = serde_json::from_str(page["people"].as_str().unwrap()).unwrap();
            assert_eq!(page["count"], some.len());
            people.extend(some.into_iter().map(|person| person.to));
        }
        let total = &self.sql(sql!("SELECT total FROM campaigns WHERE seq = 1"))[0]["total"];
        assert_eq!(*total, people.len());
        people
    }

    /// Nothing is left of imports that failed, and the next one may begin.
    fn assert_clean(&self) {
        let left = self.sql(sql!(
            "SELECT (SELECT count(*) FROM people p WHERE p.first >= c.total) AS pages, import_token
             FROM campaigns c WHERE seq = 1"
        ));
        assert_eq!(left[0]["pages"], 0);
        assert_eq!(left[0]["import_token"], Value::Null);
    }

    fn lists(&self) -> Vec<Value> {
        self.sql(sql!("SELECT * FROM lists ORDER BY seq"))
    }
}

impl Database for Home {
    fn asked(&self) -> usize {
        self.statements.get()
    }

    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        let call = self.calls.replace(self.calls.get() + 1);
        self.statements.set(self.statements.get() + statements.len());
        for param in statements.iter().flat_map(|statement| &statement.params) {
            if let Param::Text(text) = param {
                self.longest_param.set(self.longest_param.get().max(text.len()));
            }
        }
        let fault = match self.fault.get() {
            Some((first, times, fault)) if (first..first + times).contains(&call) => Some(fault),
            _ => None,
        };
        let failed = || Err(StoreError::Failed("the connection was lost".into()));
        if fault == Some(Fault::Before) {
            return failed();
        }
        let answer = self.sqlite.batch(statements).await;
        if fault == Some(Fault::After) {
            return failed();
        }
        answer
    }
}

impl Clock for Home {
    fn now(&self) -> Instant {
        Instant::from_millis(self.now_ms.get())
    }

    async fn sleep(&self, until: Instant) {
        self.now_ms.set(self.now_ms.get().max(until.millis()));
    }
}

impl Entropy for Home {
    fn token(&self) -> String {
        self.tokens.set(self.tokens.get() + 1);
        format!("token{:021}", self.tokens.get())
    }
}

/// An import of names on a platform, which are the quickest to read.
fn request() -> ImportRequest {
    ImportRequest {
        campaign_seq: 1,
        channel: Channel::Direct,
        file_name: "people.csv".into(),
        columns: Known::default(),
        region: None,
        length: None,
        by: Caller::named("Ada"),
        infers_zones: false,
    }
}

/// A file in pieces of 100 bytes.
fn pieces(file: &str) -> impl Stream<Item = Result<Vec<u8>, String>> {
    stream::iter(file.as_bytes().chunks(100)).map(|piece| Ok(piece.to_vec()))
}

/// A header and people from number `from` up to `to`.
fn file(from: usize, to: usize) -> String {
    let rows = (from..to).map(|number| format!("p{number}@example.org,Person {number}\n"));
    format!("to,name\n{}", rows.collect::<String>())
}

fn addresses(from: usize, to: usize) -> Vec<String> {
    (from..to).map(|number| format!("p{number}@example.org")).collect()
}

#[test]
fn a_list_is_in_with_its_people_its_columns_and_its_counts() {
    let home = Home::new();
    let mail = ImportRequest { channel: Channel::Email, ..request() };
    let whole = format!("{}p0@EXAMPLE.org,Again\nnobody,X\n", file(0, 250));
    let answer = home.try_import(&mail, pieces(&whole)).unwrap();
    assert_eq!(answer.column, "to");
    assert_eq!((answer.accepted, answer.duplicates, answer.rejected_total), (250, 1, 1));
    assert_eq!(answer.total, 250);
    assert_eq!(answer.rejected.len(), 1);
    assert_eq!(answer.rejected[0].line, 253);
    assert_eq!(home.people(), addresses(0, 250));
    home.assert_clean();
    let list = &home.lists()[0];
    assert_eq!(list["id"], answer.list_id);
    assert_eq!(list["file_name"], "people.csv");
    assert_eq!(list["columns"], r#"["name"]"#);
    assert_eq!(list["first_ordinal"], 0);
    assert_eq!(
        (&list["accepted"], &list["duplicates"], &list["rejected"]),
        (&250.into(), &1.into(), &1.into())
    );
    assert_eq!(list["created_ms"], home.now_ms.get());
    let page = home.sql(sql!("SELECT people FROM people WHERE first = 200"));
    let people: Vec<Person> = serde_json::from_str(page[0]["people"].as_str().unwrap()).unwrap();
    assert_eq!(people[7].fields["name"], "Person 207");
}

#[test]
fn a_person_of_an_earlier_list_is_a_duplicate() {
    let home = Home::new();
    // More pages than one query for addresses brings.
    home.import(&file(0, 30_050));
    let answer = home.import(&file(30_000, 30_200));
    assert_eq!((answer.accepted, answer.duplicates, answer.total), (150, 50, 30_200));
    assert_eq!(home.lists()[1]["first_ordinal"], 30_050);
    let answer = home.import(&file(0, 30_200));
    assert_eq!((answer.accepted, answer.duplicates, answer.total), (0, 30_200, 30_200));
    assert_eq!(home.people(), addresses(0, 30_200));
    home.assert_clean();
}

#[test]
fn another_campaigns_people_are_its_own() {
    let home = Home::new();
    home.import(&file(0, 10));
    let other = ImportRequest { campaign_seq: 2, ..request() };
    let answer = home.try_import(&other, pieces(&file(0, 5))).unwrap();
    assert_eq!((answer.accepted, answer.total), (5, 5));
    assert_eq!(home.people(), addresses(0, 10));
}

#[test]
fn the_first_thousand_rejected_rows_are_listed_and_all_are_counted() {
    let home = Home::new();
    let bad = (0..1_500).map(|number| format!("no\u{7}body {number}\n"));
    let bad = bad.collect::<Vec<_>>().concat();
    let answer = home.import(&format!("to\n{bad}a@example.org\n"));
    assert_eq!(answer.rejected.len(), REJECTIONS_LISTED);
    assert_eq!(answer.rejected[999].line, 1_001);
    assert_eq!((answer.accepted, answer.rejected_total), (1, 1_500));
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    let whole = file(0, 40_000);
    let broken = || pieces(&whole[..1_000_000]).chain(stream::iter([Err("reset".to_owned())]));
    let home = Home::new();
    home.import(&file(50_000, 50_010));
    let error = home.try_import(&request(), broken()).unwrap_err();
    assert_eq!(error, ImportError::Interrupted("reset".into()));
    assert_eq!(home.people(), addresses(50_000, 50_010));
    home.assert_clean();

    // A stream that ends too early says nothing; the length does.
    let short = ImportRequest { length: Some(u64::try_from(whole.len()).unwrap()), ..request() };
    let error = home.try_import(&short, pieces(&whole[..1_000_000])).unwrap_err();
    assert_eq!(error, ImportError::Interrupted(format!("1000000 of {} bytes came", whole.len())));
    home.assert_clean();
    let answer = home.try_import(&short, pieces(&whole)).unwrap();
    assert_eq!(answer.total, 40_010);
}

#[test]
fn a_file_that_cannot_be_used_changes_nothing() {
    let home = Home::new();
    let codes = |request: &ImportRequest, file: &str| match home
        .try_import(request, pieces(file))
        .unwrap_err()
    {
        ImportError::Refused(problem) => format!("{} {}", problem.path, problem.code),
        other => panic!("{other:?}"),
    };
    assert_eq!(codes(&request(), ""), "file empty_file");
    assert_eq!(codes(&request(), "to,name\n"), "file no_rows");
    assert_eq!(codes(&request(), "name\nAda\n"), "column no_address_column");
    let nowhere = ImportRequest { region: Some("Atlantis".into()), ..request() };
    assert_eq!(codes(&nowhere, "to\na@example.org\n"), "region unknown_region");
    assert!(home.lists().is_empty());
    home.assert_clean();
}

#[test]
fn phone_numbers_are_read_in_the_region_of_the_request() {
    let home = Home::new();
    let request = ImportRequest { channel: Channel::Sms, region: Some("fr".into()), ..request() };
    let file = "phone\n06 12 34 56 78\n+33612345678\n0033612345678\n+14165550123\n";
    let answer = home.try_import(&request, pieces(file)).unwrap();
    assert_eq!((answer.accepted, answer.duplicates), (2, 2));
    assert_eq!(home.people(), ["+33612345678", "+14165550123"]);
}

#[test]
fn a_campaign_takes_people_until_it_begins() {
    let home = Home::new();
    let gone = ImportRequest { campaign_seq: 9, ..request() };
    let error = home.try_import(&gone, pieces(&file(0, 1))).unwrap_err();
    assert_eq!(error, ImportError::NoCampaign);
    for status in ["draft", "scheduled"] {
        home.sql(sql!("UPDATE campaigns SET status = ?1 WHERE seq = 1", status));
        home.import(&file(0, 1));
    }
    for status in ["in_progress", "paused", "completed", "stopped", "failed"] {
        home.sql(sql!("UPDATE campaigns SET status = ?1 WHERE seq = 1", status));
        let error = home.try_import(&request(), pieces(&file(0, 1))).unwrap_err();
        assert_eq!(error, ImportError::Closed { status: status.into() });
    }
}

#[test]
fn a_campaign_that_begins_while_the_file_arrives_stays_as_it_was() {
    let home = Home::new();
    home.import(&file(0, 10));
    let beginning = pieces("to\n").chain(stream::once(async {
        home.sql(sql!("UPDATE campaigns SET status = 'in_progress' WHERE seq = 1"));
        Ok(b"late@example.org\n".to_vec())
    }));
    let error = home.try_import(&request(), beginning).unwrap_err();
    assert_eq!(error, ImportError::Overtaken);
    assert_eq!(home.people(), addresses(0, 10));
    assert_eq!(home.lists().len(), 1);
    home.assert_clean();
}

#[test]
fn a_scheduled_campaign_takes_no_list_that_its_text_cannot_do_with() {
    let home = Home::new();
    home.import("to\na\n");
    home.sql(sql!(
        "UPDATE campaigns SET status = 'scheduled', content = ?1 WHERE seq = 1",
        r#"{"text": "Hi {{Name}} {{city | default('')}}"}"#,
    ));
    for bare in ["to\nb\n", "to"] {
        let error = home.try_import(&request(), pieces(bare)).unwrap_err();
        let ImportError::Refused(problem) = error else {
            panic!("{error:?}");
        };
        assert_eq!((problem.path.as_str(), problem.code), ("file", "missing_field"));
        assert!(problem.message.contains("asks for `name`"), "{}", problem.message);
    }
    assert_eq!(home.import("to,NAME\nb,B\n").total, 2);

    // What it says changes while the file arrives, to what the file was not looked at for.
    let changing = pieces("to,name\n").chain(stream::once(async {
        home.sql(sql!("UPDATE campaigns SET content = '{\"text\": \"{{code}}\"}' WHERE seq = 1"));
        Ok(b"c,C\n".to_vec())
    }));
    let error = home.try_import(&request(), changing).unwrap_err();
    assert_eq!(error, ImportError::Overtaken);
    assert_eq!(home.people(), ["a", "b"]);
    home.assert_clean();
}

#[test]
fn a_draft_may_be_edited_while_a_file_arrives_but_not_scheduled() {
    let home = Home::new();
    let edited = pieces("to\n").chain(stream::once(async {
        home.sql(sql!("UPDATE campaigns SET content = '{\"text\": \"{{code}}\"}' WHERE seq = 1"));
        Ok(b"a\n".to_vec())
    }));
    assert_eq!(home.try_import(&request(), edited).unwrap().total, 1);
    let scheduled = pieces("to\n").chain(stream::once(async {
        home.sql(sql!("UPDATE campaigns SET status = 'scheduled' WHERE seq = 1"));
        Ok(b"b\n".to_vec())
    }));
    let error = home.try_import(&request(), scheduled).unwrap_err();
    assert_eq!(error, ImportError::Overtaken);
    assert_eq!(home.people(), ["a"]);
}

#[test]
fn one_file_at_a_time() {
    let home = Home::new();
    let second = RefCell::new(None);
    let first = pieces("to\n").chain(stream::once(async {
        let error = run(&home, &home, &home, &request(), pieces(&file(0, 5))).await;
        second.replace(Some(error));
        Ok(b"first@example.org\n".to_vec())
    }));
    let answer = home.try_import(&request(), first).unwrap();
    assert_eq!(answer.total, 1);
    assert_eq!(second.take().unwrap(), Err(ImportError::Busy));
    assert_eq!(home.people(), ["first@example.org"]);
    home.import(&file(0, 5));
}

#[test]
fn an_import_that_died_holds_others_up_for_a_minute_and_leaves_no_trace() {
    let home = Home::new();
    let whole = file(0, 40_000);
    // The future is dropped while it waits for the rest: the invocation has ended.
    let pending = pieces(&whole).chain(stream::pending());
    let request = request();
    let mut import = Box::pin(run(&home, &home, &home, &request, pending));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(import.as_mut().poll(&mut context).is_pending());
    drop(import);
    let written = home.sql(sql!("SELECT count(*) AS pages FROM people"));
    assert!(written[0]["pages"].as_i64().unwrap() > 100);
    assert_eq!(home.people(), [""; 0]);

    let error = home.try_import(&request, pieces(&file(0, 5))).unwrap_err();
    assert_eq!(error, ImportError::Busy);
    home.now_ms.set(home.now_ms.get() + 60_000);
    home.import(&file(7, 9));
    assert_eq!(home.people(), addresses(7, 9));
    home.assert_clean();
}

#[test]
fn an_import_that_stood_still_too_long_gives_way() {
    let home = Home::new();
    let whole = file(0, 40_000);
    let (begin, end) = whole.split_at(900_000);
    let slow = pieces(begin)
        .chain(stream::once(async {
            home.now_ms.set(home.now_ms.get() + 61_000);
            let other = run(&home, &home, &home, &request(), pieces(&file(90_000, 90_300))).await;
            assert_eq!(other.unwrap().total, 300);
            Ok(Vec::new())
        }))
        .chain(pieces(end));
    let error = home.try_import(&request(), slow).unwrap_err();
    assert_eq!(error, ImportError::Overtaken);
    assert_eq!(home.people(), addresses(90_000, 90_300));
    assert_eq!(home.lists().len(), 1);
    home.assert_clean();
}

#[test]
fn an_import_that_is_slow_keeps_its_turn() {
    let home = Home::new();
    let whole = file(0, 2_000);
    let slow = pieces(&whole).map(|piece| {
        home.now_ms.set(home.now_ms.get() + 10_000);
        let other = home.try_import(&request(), pieces(&file(0, 5)));
        assert_eq!(other, Err(ImportError::Busy));
        piece
    });
    assert_eq!(home.try_import(&request(), slow).unwrap().total, 2_000);
    assert_eq!(home.people(), addresses(0, 2_000));
}

#[test]
fn a_page_that_arrives_after_its_import_lost_its_turn_is_not_written() {
    let home = Home::new();
    home.sql(sql!("UPDATE campaigns SET import_token = 'new' WHERE seq = 1"));
    let page = r#"[[0, 1, [{"to": "a"}]]]"#;
    let written = |token| {
        let write = people::write(1, token, page.to_owned());
        pollster::block_on(home.sqlite.run(write)).unwrap().changes
    };
    assert_eq!(written("old"), 0);
    assert_eq!(home.sql(sql!("SELECT * FROM people")).len(), 0);
    assert_eq!(written("new"), 1);
    assert_eq!(written("new"), 1, "the same page again");
    assert_eq!(home.sql(sql!("SELECT * FROM people")).len(), 1);
}

#[test]
fn whatever_the_database_does_people_are_in_once_or_not_at_all() {
    // Few people with long names: three statements, and little work for a debug build.
    let name = "x".repeat(2_000);
    let rows = (0..1_250).map(|number| format!("p{number}@example.org,{name}\n"));
    let whole = format!("to,name\n{}", rows.collect::<String>());
    let calm = Home::new();
    calm.import(&file(50_000, 50_100));
    let before = calm.calls.get();
    calm.import(&whole);
    let calls = calm.calls.get() - before;
    assert!(calls > 4, "the file is too small to be worth the test");

    // Once is got over, three times is not, and a hundred takes the clearing up with it.
    for times in [1, 3, 100] {
        for fault in [Fault::Before, Fault::After] {
            for call in 0..calls {
                let home = Home::new();
                home.import(&file(50_000, 50_100));
                home.fault.set(Some((home.calls.get() + call, times, fault)));
                let answer = home.try_import(&request(), pieces(&whole));
                home.fault.set(None);
                let what = format!("call {call}, {times} times, {fault:?}: {answer:?}");
                let in_now = home.people().len();
                match &answer {
                    Ok(answer) => assert_eq!((answer.total, in_now), (1_350, 1_350), "{what}"),
                    Err(ImportError::Store(_)) => {
                        assert!(times > 1, "{what}");
                        // The last transaction may have been done with nobody there to tell.
                        let told = call + 1 < calls || fault == Fault::Before;
                        assert!(in_now == 100 || !told && in_now == 1_350, "{what}");
                    }
                    Err(other) => panic!("{what}: {other}"),
                }
                // And the file can be sent again.
                home.now_ms.set(home.now_ms.get() + 60_000);
                let again = home.import(&whole);
                assert_eq!(again.total, 1_350, "{what}");
                assert_eq!(again.accepted + again.duplicates, 1_250, "{what}");
                assert_eq!(home.people().len(), 1_350, "{what}");
                home.assert_clean();
            }
        }
    }
}

#[test]
fn a_statement_writes_thousands_and_stays_within_what_d1_takes() {
    let home = Home::new();
    let wide = (0..20_000).map(|number| format!("p{number}@example.org,{}\n", "\u{1}".repeat(60)));
    let wide = wide.collect::<Vec<_>>().concat();
    home.import(&format!("to,name\n{wide}"));
    home.import(&file(20_000, 120_000));
    assert!(home.longest_param.get() < 1_400_000, "{}", home.longest_param.get());
    assert!(home.statements.get() < 50, "{}", home.statements.get());
    assert_eq!(home.people().len(), 120_000);
}

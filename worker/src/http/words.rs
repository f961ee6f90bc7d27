//! `/words`: what a team does not allow in its messages without a review.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use serde::Serialize;
use serde_json::{Value, json};
use tidegate::Problem;

use super::api::{About, Kept, NoContent, Repeat, Routes};
use super::asked::content as shapes;
use super::body::Document;
use super::caller::{Administrator, Viewer};
use super::fields::Fields;
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure};
use crate::content;
use crate::content::words::{ENTRIES_MOST, VALUE_MOST, same_as};
use crate::jobs::reviews::{self, Found};
use crate::model::WordKind;
use crate::ports::World;
use crate::store::Database;
use crate::store::audit::{self, Entry};
use crate::store::words::{self, NewWord, NoteRow, WordRow};

/// The longest note, in characters.
pub const NOTE_MOST: usize = 500;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("words", "What a team does not allow in its messages without a review.")
        .get(
            "/words",
            list::<W>,
            About::new("listWords", "List the words and links in the order they were put there")
                .filters::<shapes::WordFilter>(),
        )
        .post(
            "/words",
            add::<W>,
            About::new("createWord", "Put a word or a link on the list")
                .says("Where it is there already, it holds messages again if it was cleared.")
                .asks::<shapes::NewWord>()
                .conflicts(&["too_many_words"])
                .repeated(Repeat::Finds),
        )
        .post(
            "/words/test",
            test::<W>,
            About::new("testWords", "Say what of the list is in a text")
                .says("Nothing is kept, and nobody is told.")
                .asks::<shapes::TextTested>()
                .repeated(Repeat::Harmless),
        )
        .delete("/words/{id}", remove::<W>, About::new("deleteWord", "Take an entry off the list"))
}

/// An entry, as the API tells it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ForbiddenWord"))]
struct Word {
    id: String,
    kind: WordKind,
    value: String,
    note: Option<String>,
    created_at: i64,
    by: String,
    /// Since when it passes; none while it holds messages.
    cleared_at: Option<i64>,
    cleared_by: Option<String>,
}

impl From<WordRow> for Word {
    fn from(row: WordRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            value: row.value,
            note: row.note,
            created_at: row.created_ms,
            by: row.by_whom,
            cleared_at: row.cleared_ms,
            cleared_by: row.cleared_by,
        }
    }
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<Word>>, Failure> {
    let mut fields = Fields::of(&query);
    let kind = fields.optional("kind");
    let kind = kind.and_then(|value| fields.one_of("kind", value, &WordKind::NAMES));
    let page = Page::read(&mut fields, number);
    let page = fields.finish(page)?;
    let statement = words::page(key.team_id(), kind, page.after, page.with_next());
    let rows = app.db().run(statement).await?.all::<WordRow>()?;
    let rows = Listing::new(rows, &page, |row| row.seq.to_string());
    let items = rows.items.into_iter().map(Word::from).collect();
    Ok(Json(Listing { items, next_cursor: rows.next_cursor }))
}

/// Puts an entry on the list. One that is there is left as it is, and holds again if it was cleared.
#[worker::send]
async fn add<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    Document(document): Document,
) -> Result<Kept<Word>, Failure> {
    let asked = parse(&document)?;
    let id = format!("wrd_{}", app.world.token());
    let new = NewWord {
        id: &id,
        team_id: key.team_id(),
        kind: asked.kind,
        value: &asked.value,
        same_as: &asked.same_as,
        note: asked.note.as_deref(),
        by: &key.name,
        now_ms: app.now.millis(),
    };
    let after = json!({ "kind": asked.kind, "value": asked.value });
    let entry = Entry::new("word.create", &asked.value, after);
    let entry = audit::entry_if_changed(&key.caller(), &entry, app.now.millis());
    let answers = app.db().batch(vec![words::put(&new, ENTRIES_MOST), entry]).await?;
    let row = answers.into_iter().next().unwrap_or_default().first::<WordRow>()?;
    let Some(row) = row else {
        let detail = format!("the list has {ENTRIES_MOST} entries; take one off first");
        return Err(Failure::conflict("too_many_words", detail));
    };
    Ok(Kept { is_new: row.id == id, is_repeated: false, kept: row.into() })
}

/// What a message of a text would be held for.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "TestedText"))]
struct Tested {
    /// Whether a message that says this waits for a review.
    held: bool,
    /// What of the list is in it: each entry once for the text, and once for the subject.
    found: Vec<Held>,
}

/// An entry that is in a text.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "FoundInText"))]
struct Held {
    #[serde(flatten)]
    found: Found,
    /// Why it is on the list, as whoever put it there has said.
    note: Option<String>,
}

#[worker::send]
async fn test<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Document(document): Document,
) -> Result<Json<Tested>, Failure> {
    let (text, subject) = tested(&document)?;
    let list = words::listed(app.db().run(words::list_of(key.team_id())).await?)?;
    let list = reviews::read(list.as_deref())?;
    let found = reviews::in_texts(&list, &text, subject.as_deref());
    let notes = if found.is_empty() {
        Vec::new()
    } else {
        let ids: BTreeSet<&str> = found.iter().map(|found| found.id.as_str()).collect();
        app.db().run(words::notes(key.team_id(), &json!(ids))).await?.all::<NoteRow>()?
    };
    let notes: BTreeMap<String, String> = notes.into_iter().map(|row| (row.id, row.note)).collect();
    let held = |found: Found| Held { note: notes.get(&found.id).cloned(), found };
    let found: Vec<Held> = found.into_iter().map(held).collect();
    Ok(Json(Tested { held: !found.is_empty(), found }))
}

/// A text and its subject.
fn tested(document: &Value) -> Result<(String, Option<String>), Vec<Problem>> {
    let mut fields = Fields::of(document);
    let text = fields.required("text");
    let text = text.and_then(|value| fields.lines("text", value, content::TEXT_MAX));
    let subject = fields.optional("subject").filter(|value| !value.is_null());
    let subject = subject.and_then(|value| fields.lines("subject", value, content::SUBJECT_MAX));
    fields.finish(text.map(|text| (text, subject)))
}

#[worker::send]
async fn remove<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    Id(id): Id,
) -> Result<NoContent, Failure> {
    let entry = Entry::new("word.delete", &id, Value::Null);
    let entry = audit::entry_if_changed(&key.caller(), &entry, app.now.millis());
    let answers = app.db().batch(vec![words::remove(key.team_id(), &id), entry]).await?;
    if answers.first().is_none_or(|answer| answer.changes == 0) {
        return Err(Failure::not_found("no such entry"));
    }
    Ok(NoContent)
}

struct Asked {
    kind: WordKind,
    value: String,
    same_as: String,
    note: Option<String>,
}

fn parse(document: &Value) -> Result<Asked, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let kind = fields.required("kind");
    let kind = kind.and_then(|value| fields.one_of("kind", value, &WordKind::NAMES));
    let value = fields.required("value");
    let value = value.and_then(|value| fields.text("value", value, VALUE_MOST));
    let note = fields.optional("note").filter(|value| !value.is_null());
    let note = note.and_then(|value| fields.text("note", value, NOTE_MOST));
    let same = kind.zip(value.as_deref()).and_then(|(kind, value)| same_as(kind, value));
    if let (Some(kind), Some(_), None) = (kind, &value, &same) {
        let (code, message) = match kind {
            WordKind::Word => ("no_letters", "has no letter and no digit; write a word"),
            WordKind::Link => (
                "bad_link",
                "is no domain and no address; write `example.com` or `example.com/path`",
            ),
        };
        fields.refuse("value", code, message);
    }
    let asked = (|| Some(Asked { kind: kind?, value: value?, same_as: same?, note }))();
    fields.finish(asked)
}

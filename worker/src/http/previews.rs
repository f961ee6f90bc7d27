//! `/campaigns/{id}/render`, `problems` and `estimate`: what somebody will get, who cannot be written
//! to, and what it all takes.

use serde_json::{Map, Value, json};
use tidegate::Problem;

use super::api::{About, As, Repeat, Routes};
use super::asked::{Paged, content as asked};
use super::attachments::Attachment;
use super::body::OptionalDocument;
use super::caller::Viewer;
use super::campaigns::find;
use super::fields::{Fields, shown};
use super::params::{Id, Listing, Page, Query, number};
use super::{App, Failure, told};
use crate::content;
use crate::content::links::links;
use crate::content::segments::count;
use crate::content::words::Words;
use crate::import::{Rule, region};
use crate::jobs::estimates::{self, Wanted};
use crate::jobs::readiness::{self, PAGES_MOST};
use crate::jobs::reviews::Found;
use crate::jobs::wording::Wording;
use crate::model::{Channel, Content, Person};
use crate::ports::World;
use crate::store::attachments::AttachmentRow;
use crate::store::campaigns::CampaignRow;
use crate::store::handovers::PageRow;
use crate::store::messages::SCAN_MOST;
use crate::store::{Database, StoreError, attachments, people, words};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("campaigns")
        .post(
            "/campaigns/{id}/render",
            render::<W>,
            About::new("renderMessage", "Show the message of one person")
                .says("As it goes out, but for the person's way out, which opens nothing here.")
                .asks::<asked::RenderAsked>()
                .repeated(Repeat::Harmless),
        )
        .get(
            "/campaigns/{id}/problems",
            problems::<W>,
            About::new("listProblems", "List the people who cannot be written to")
                .says(
                    "A page looks at 50,000 people; it may be short, or empty, and the list go on.",
                )
                .filters::<Paged>(),
        )
        .get(
            "/campaigns/{id}/estimate",
            estimate::<W>,
            About::new(
                "estimateCampaign",
                "Tell the segments, the money and the rows it will take",
            ),
        )
}

/// Whose message is to be shown.
enum Whom {
    /// The campaign's person with this ordinal.
    Ordinal(i64),
    /// The campaign's person with this address.
    Address(String),
    /// Somebody with these fields.
    Fields(Map<String, Value>),
}

#[worker::send]
async fn render<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    OptionalDocument(document): OptionalDocument,
) -> Result<As<told::Rendered>, Failure> {
    let row = find(&app, key.team_id(), &id).await?;
    let content = content_of(&row)?;
    let whom = parse(&document, &row)?;
    let (ordinal, person) = chosen(&app, &row, whom).await?;
    let no_text = |why| {
        let message = format!("{why}; or choose somebody else");
        Failure::invalid(vec![Problem { path: "fields".into(), code: "no_text", message }])
    };
    let wording = Wording::of(&*app.world, row.seq, row.channel, &content, None).shown();
    // Somebody who is not on the lists is as the last who is: nobody's links are longer.
    let place = ordinal.unwrap_or((row.total - 1).max(0));
    let text = wording.text(&*app.world, place, &person.fields).map_err(no_text)?;
    let subject = wording.subject(&*app.world, place, &person.fields).map_err(no_text)?;
    let as_sent = wording.tracked(&*app.world, place, text.clone());
    let all = format!("{}\n{text}", subject.as_deref().unwrap_or_default());
    let list = words::listed(app.db().run(words::list_for(row.seq)).await?)?;
    let list = Words::parse(list.as_deref())
        .map_err(|error| StoreError::Failed(format!("a list of words: {error}")))?;
    let found: Vec<Found> =
        list.find(&all).into_iter().map(|hit| Found::at("message", hit)).collect();
    let ids = json!(content.attachments);
    let rows = app.db().run(attachments::with_ids(key.team_id(), &ids)).await?;
    let mut rows = rows.all::<AttachmentRow>()?;
    rows.sort_by_key(|row| content.attachments.iter().position(|id| *id == row.id));
    let carried: Vec<Attachment> = rows.into_iter().map(Attachment::from).collect();
    Ok(As::new(json!({
        "ordinal": ordinal,
        "to": (!person.to.is_empty()).then_some(&person.to),
        "channel": row.channel,
        "subject": subject,
        "segments": (row.channel == Channel::Sms).then(|| count(&as_sent)),
        "links": links(&text).into_iter().map(|link| link.text).collect::<Vec<_>>(),
        "text": as_sent,
        "attachments": carried,
        "not_allowed": found,
    })))
}

/// Those who cannot be written what the campaign says, in order. Up to 50,000 people are looked at;
/// a page may be short, or empty, and the list go on.
#[worker::send]
async fn problems<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Query(query): Query,
) -> Result<As<Listing<told::PersonAtFault>>, Failure> {
    let page = Page::of(&query, number)?;
    let row = find(&app, key.team_id(), &id).await?;
    let most = usize::try_from(page.limit).unwrap_or(usize::MAX);
    let bounds = (most, PAGES_MOST);
    let from = page.after.unwrap_or(0);
    let content = content_of(&row)?;
    let search = readiness::search(&*app.world, row.seq, row.total, &content, from, bounds).await?;
    let told = search.people.into_iter().map(|person| {
        json!({
            "ordinal": person.ordinal,
            "to": person.to,
            "fields": person.fields,
            "message": person.why,
        })
    });
    Ok(As::new(json!({
        "items": told.collect::<Vec<_>>(),
        "next_cursor": search.next.map(|next| next.to_string()),
    })))
}

#[worker::send]
async fn estimate<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<As<told::Estimate>, Failure> {
    let row = find(&app, key.team_id(), &id).await?;
    let content = content_of(&row)?;
    let wanted = Wanted {
        seq: row.seq,
        channel: row.channel,
        content: &content,
        total: row.total,
        team_id: &row.team_id,
        person_policy: row.person_policy.as_deref(),
        clock: row.clock.as_deref(),
    };
    Ok(As::new(estimates::estimate(&*app.world, &wanted).await?))
}

fn content_of(row: &CampaignRow) -> Result<Content, StoreError> {
    serde_json::from_str(&row.content)
        .map_err(|error| StoreError::Failed(format!("the content of `{}`: {error}", row.id)))
}

async fn chosen<W: World>(
    app: &App<W>,
    row: &CampaignRow,
    whom: Whom,
) -> Result<(Option<i64>, Person), Failure> {
    let page = match &whom {
        Whom::Fields(fields) => {
            return Ok((None, Person { to: String::new(), zone: None, fields: fields.clone() }));
        }
        Whom::Ordinal(ordinal) => people::pages(row.seq, *ordinal, row.total, 1),
        Whom::Address(address) => {
            let text = format!("\"to\":{}", Value::from(address.as_str()));
            people::page_with(row.seq, &text, 0, row.total.min(SCAN_MOST))
        }
    };
    let page = app.db().run(page).await?.first::<PageRow>()?;
    let mut found = None;
    if let Some(page) = page {
        let people: Vec<Person> = serde_json::from_str(&page.people)
            .map_err(|error| StoreError::Failed(error.to_string()))?;
        found = (page.first..).zip(people).find(|(ordinal, person)| match &whom {
            Whom::Ordinal(wanted) => ordinal == wanted,
            Whom::Address(address) => person.to == *address,
            Whom::Fields(_) => false,
        });
    }
    let (ordinal, person) = found.ok_or_else(|| {
        Failure::not_found(format!(
            "nobody of that kind is among the first {SCAN_MOST} people of the campaign; name \
             somebody by `ordinal`"
        ))
    })?;
    Ok((Some(ordinal), person))
}

/// One of `ordinal`, `to` and `fields`; the first person when none is given.
fn parse(document: &Value, row: &CampaignRow) -> Result<Whom, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let ordinal = fields.optional("ordinal");
    let to = fields.optional("to");
    let given = fields.optional("fields");
    let whom = match (ordinal, to, given) {
        (None, None, None) => Some(Whom::Ordinal(0)),
        (Some(value), None, None) => {
            fields.whole("ordinal", value, 0, i64::MAX >> 11).map(Whom::Ordinal)
        }
        (None, Some(value), None) => {
            let text = fields.text("to", value, content::SUBJECT_MAX);
            text.and_then(|text| {
                let country = row.region.as_deref().and_then(region);
                match Rule::of(row.channel, country).normal(&text) {
                    Ok(address) => Some(Whom::Address(address)),
                    Err(fault) => {
                        fields.refuse("to", fault.code, fault.message);
                        None
                    }
                }
            })
        }
        (None, None, Some(value)) => parse_given(&mut fields, value).map(Whom::Fields),
        _ => {
            fields.refuse("", "several", "name somebody in one way: `ordinal`, `to` or `fields`");
            None
        }
    };
    fields.finish(whom)
}

fn parse_given(fields: &mut Fields<'_>, value: &Value) -> Option<Map<String, Value>> {
    let Some(object) = value.as_object() else {
        fields.refuse("fields", "type", "is not an object; write `{\"name\": \"Ada\"}`");
        return None;
    };
    let mut given = Map::new();
    for (name, value) in object {
        if value.as_str().is_none_or(|text| text.chars().count() > content::TEXT_MAX) {
            let path = format!("fields.{}", shown(name));
            fields.refuse(
                &path,
                "type",
                format!("is not a text of at most {} characters", content::TEXT_MAX),
            );
            return None;
        }
        given.insert(content::field_name(name), value.clone());
    }
    Some(given)
}

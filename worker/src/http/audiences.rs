//! `/campaigns/{id}/recipients/selection` and `/count`: people chosen among the contacts.

use axum::Json;
use serde::Serialize;
use serde_json::Value;
use tidegate::Problem;

use super::api::{About, Repeat, Routes};
use super::asked::contacts as asked;
use super::body::Document;
use super::caller::{Campaigner, Viewer};
use super::campaigns::find;
use super::contacts::items;
use super::fields::{Fields, NAME_MOST};
use super::params::Id;
use super::{App, Failure};
use crate::contacts::{LABEL_MOST, LABELS_MOST};
use crate::import::ImportAnswer;
use crate::jobs::audience::{self, Count, Selection, Target};
use crate::jobs::commands;
use crate::ports::World;
use crate::store::campaigns::CampaignRow;

/// Contacts by hand, or left out by hand, of one selection.
const BY_HAND_MOST: usize = 10_000;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("campaigns")
        .post(
            "/campaigns/{id}/recipients/count",
            count::<W>,
            About::new("countSelection", "Count whom a selection would add")
                .says("It changes nothing.")
                .asks::<asked::SelectionAsked>()
                .repeated(Repeat::Harmless),
        )
        .post(
            "/campaigns/{id}/recipients/selection",
            take::<W>,
            About::new("takeSelection", "Put people of the contacts into a campaign")
                .says("They are copied: who changes later does not change in the campaign.")
                .asks::<asked::SelectionAsked>()
                .conflicts(&["closed", "busy", "overtaken"]),
        )
}

#[worker::send]
async fn count<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Json<Count>, Failure> {
    let selection = parse(&document)?;
    let campaign = find(&app, key.team_id(), &id).await?;
    let target = target(key.team_id(), &campaign);
    Ok(Json(audience::count(&*app.world, &target, &selection).await?))
}

#[worker::send]
async fn take<W: World + 'static>(
    Campaigner(key): Campaigner,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<Json<Taken>, Failure> {
    let selection = parse(&document)?;
    let campaign = find(&app, key.team_id(), &id).await?;
    let target = target(key.team_id(), &campaign);
    let answer = audience::take(&*app.world, &key.caller(), &target, &selection).await?;
    // The people are in, and go, whether or not their instants could be promised anew.
    if let Err(error) = commands::listed(&*app.world, &id, &key.caller(), app.world.now()).await {
        super::log(&format!("no promise for the list of `{id}`: {error:?}"));
    }
    let version = find(&app, key.team_id(), &id).await?.version;
    Ok(Json(Taken::of(answer, version)))
}

/// What became of a selection.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "SelectionTaken"))]
struct Taken {
    list_id: String,
    /// People who are in now.
    accepted: i64,
    /// Addresses that the campaign had already.
    duplicates: i64,
    /// People in the campaign, all lists together.
    total: i64,
    /// The campaign's version with it.
    version: i64,
}

impl Taken {
    fn of(answer: ImportAnswer, version: i64) -> Self {
        Self {
            list_id: answer.list_id,
            accepted: answer.accepted,
            duplicates: answer.duplicates,
            total: answer.total,
            version,
        }
    }
}

const fn target<'a>(team_id: &'a str, campaign: &CampaignRow) -> Target<'a> {
    Target { team_id, campaign_seq: campaign.seq, total: campaign.total, channel: campaign.channel }
}

fn parse(document: &Value) -> Result<Selection, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let all = fields.optional("all").and_then(|value| fields.truth("all", value));
    let accounts = texts(&mut fields, "accounts", LABELS_MOST, LABEL_MOST);
    let tags = texts(&mut fields, "tags", LABELS_MOST, LABEL_MOST);
    let known = [("any", false), ("all", true)];
    let every_label = fields.optional("match");
    let every_label = every_label.and_then(|value| fields.one_of("match", value, &known));
    let contacts = texts(&mut fields, "contacts", BY_HAND_MOST, NAME_MOST);
    let except = texts(&mut fields, "except", BY_HAND_MOST, NAME_MOST);
    let known = [("preferred", false), ("every", true)];
    let every_address = fields.optional("addresses");
    let every_address = every_address.and_then(|value| fields.one_of("addresses", value, &known));
    let all = all.unwrap_or(false);
    let is_labelled = !accounts.is_empty() || !tags.is_empty();
    if all && (is_labelled || !contacts.is_empty()) {
        let message = "is everybody, and others are named beside it; write one or the other";
        fields.refuse("all", "contradiction", message);
    }
    if !all && !is_labelled && contacts.is_empty() {
        let message =
            "says nobody; name `accounts`, `tags` or `contacts`, or write `\"all\": true`";
        fields.refuse("", "nobody", message);
    }
    fields.finish_if_sound(Selection {
        all,
        accounts,
        tags,
        every_label: every_label.unwrap_or(false),
        contacts,
        except: except.into_iter().collect(),
        every_address: every_address.unwrap_or(false),
    })
}

fn texts(fields: &mut Fields<'_>, name: &'static str, most: usize, long: usize) -> Vec<String> {
    let Some(value) = fields.optional(name) else { return Vec::new() };
    let items = items(fields, name, value, most);
    items.iter().filter_map(|(path, item)| fields.text(path, item, long)).collect()
}

//! `/senders/{id}/price`: what a sender's provider asks for its messages.

use serde_json::{Value, json};
use tidegate::Problem;

use super::api::{About, As, Repeat, Routes};
use super::asked::content as asked;
use super::body::Document;
use super::caller::{Administrator, Viewer};
use super::fields::Fields;
use super::params::Id;
use super::{App, Failure, told};
use crate::jobs::estimates::{amount, millionths};
use crate::model::Price;
use crate::ports::World;
use crate::store::audit::{self, Entry};
use crate::store::keys::Key;
use crate::store::prices::{self, PriceRow};
use crate::store::{Database, StoreError};

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("senders")
        .get(
            "/senders/{id}/price",
            show::<W>,
            About::new("getPrice", "Show what a sender's provider asks"),
        )
        .put(
            "/senders/{id}/price",
            set::<W>,
            About::new("setPrice", "Say what a sender's provider asks")
                .asks::<asked::PriceAsked>()
                .says("What was charged is told in the currency that the sender had first.")
                .conflicts(&["other_currency"])
                .repeated(Repeat::Harmless),
        )
        .delete(
            "/senders/{id}/price",
            forget::<W>,
            About::new("deletePrice", "Forget what a sender's provider asks")
                .repeated(Repeat::Harmless),
        )
}

#[worker::send]
async fn show<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Id(id): Id,
) -> Result<As<told::SenderPrice>, Failure> {
    Ok(As::new(find(&app, key.team_id(), &id).await?))
}

#[worker::send]
async fn set<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    Id(id): Id,
    Document(document): Document,
) -> Result<As<told::SenderPrice>, Failure> {
    let price = json!(parse(&document)?).to_string();
    keep(&app, &key, &id, Some(price)).await?;
    Ok(As::new(find(&app, key.team_id(), &id).await?))
}

#[worker::send]
async fn forget<W: World + 'static>(
    Administrator(key): Administrator,
    app: App<W>,
    Id(id): Id,
) -> Result<As<told::SenderPrice>, Failure> {
    keep(&app, &key, &id, None).await?;
    Ok(As::new(find(&app, key.team_id(), &id).await?))
}

/// Keeps a price, or forgets it.
async fn keep<W: World>(
    app: &App<W>,
    key: &Key,
    id: &str,
    price: Option<String>,
) -> Result<(), Failure> {
    let after = price.as_deref().map(serde_json::from_str::<Value>).transpose();
    let after = json!({ "price": after.unwrap_or_default() });
    let entry = Entry::new("sender.price", id, after);
    let statements = vec![
        prices::set(key.team_id(), id, price),
        audit::entry_if_changed(&key.caller(), &entry, app.now.millis()),
    ];
    let done = app.db().batch(statements).await?;
    if done.first().is_some_and(|answer| answer.changes == 0) {
        find(app, key.team_id(), id).await?;
        return Err(Failure::conflict(
            "other_currency",
            "what this sender was charged is told in the currency that it had first; make another \
             sender for another currency",
        ));
    }
    Ok(())
}

async fn find<W: World>(app: &App<W>, team_id: &str, id: &str) -> Result<Value, Failure> {
    let row = app.db().run(prices::of_sender(team_id, id)).await?.first::<PriceRow>()?;
    let row = row.ok_or_else(|| Failure::not_found("no such sender"))?;
    let price = row.price.as_deref().map(serde_json::from_str::<Price>).transpose();
    let price = price.map_err(|error| StoreError::Failed(format!("a price: {error}")))?;
    Ok(json!({ "price": price.as_ref().map(shown) }))
}

/// A price, as the API tells it: amounts are texts, because money is not a binary fraction.
fn shown(price: &Price) -> Value {
    json!({
        "currency": price.currency,
        "per_segment": amount(price.per_segment),
        "per_message": amount(price.per_message),
        "inbound": amount(price.inbound),
    })
}

fn parse(document: &Value) -> Result<Price, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let currency = fields.required("currency").and_then(|value| {
        let text = value.as_str().unwrap_or_default();
        let is_code = text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        if !is_code {
            let message = "is no currency; write three capital letters of ISO 4217, such as `EUR`";
            fields.refuse("currency", "bad_currency", message);
        }
        is_code.then(|| text.to_owned())
    });
    let mut read = |name| match fields.optional(name) {
        None => Some(0),
        Some(value) => {
            let number = value.as_str().and_then(millionths);
            if number.is_none() {
                let message =
                    "is no amount; write a text such as `0.0079`, with up to six decimals";
                fields.refuse(name, "bad_amount", message);
            }
            number
        }
    };
    let (per_segment, per_message) = (read("per_segment"), read("per_message"));
    let inbound = read("inbound");
    let price = (|| {
        Some(Price {
            currency: currency?,
            per_segment: per_segment?,
            per_message: per_message?,
            inbound: inbound?,
        })
    })();
    fields.finish(price)
}

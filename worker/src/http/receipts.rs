//! `/receipts/{token}`: where a provider reports what became of a message.
//!
//! The token in the address is the authorisation; see [`crate::callback`].

use serde_json::Value;
use tidegate::Problem;
use tidegate::status::MessageTrigger;

use super::api::{About, NoContent, Repeat, Routes};
use super::asked::people as asked;
use super::body::Document;
use super::fields::Fields;
use super::params::Id;
use super::{App, Failure};
use crate::callback::{Message, Signer};
use crate::jobs::receipts;
use crate::ports::World;
use crate::store::{Database, opt_outs};

/// The reasons by which providers say that a recipient has opted out with them: Twilio's 21610, and
/// words.
const OPTED_OUT: [&str; 4] = ["21610", "opted_out", "unsubscribed", "blocked_by_recipient"];
/// The longest reason, in characters.
const REASON_MOST: usize = 200;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("receipts", "Where a provider reports what became of a message.").post(
        "/receipts/{token}",
        receive::<W>,
        About::new("receiveReceipt", "Report what became of a message")
            .says(
                "The address comes with the message and is the authorisation. One that comes late \
                 or twice changes nothing.",
            )
            .asks::<asked::ReceiptAsked>()
            .repeated(Repeat::Harmless),
    )
}

#[worker::send]
async fn receive<W: World + 'static>(
    app: App<W>,
    Id(token): Id,
    Document(document): Document,
) -> Result<NoContent, Failure> {
    let signer = Signer::load(app.db(), &*app.world, "").await?;
    let message = signer
        .message(&token)
        .ok_or_else(|| Failure::not_found("this callback address was not given out here"))?;
    apply(&app, message, parse(&document)?).await?;
    Ok(NoContent)
}

/// What a receipt tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// The message arrived.
    Delivered,
    /// It did not.
    Failed,
    /// It arrived, and its recipient called it unwanted.
    Complained,
}

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// What became of the message.
    pub news: News,
    /// Why it did not arrive.
    pub reason: Option<String>,
}

impl Receipt {
    /// The word for it.
    pub const fn name(&self) -> &'static str {
        match self.news {
            News::Delivered => "delivered",
            News::Failed => "failed",
            News::Complained => "complained",
        }
    }

    /// Whether it says that its recipient wants nothing any more: where from, and in which words.
    fn opt_out(&self) -> Option<(&'static str, &'static str)> {
        match (self.news, self.reason.as_deref()) {
            (News::Complained, _) => Some(("complaint", "called a message unwanted")),
            (News::Failed, Some(reason)) if OPTED_OUT.contains(&reason) => {
                Some(("receipt", "the provider knows them as opted out"))
            }
            _ => None,
        }
    }
}

/// Reads `{status, reason?}`.
///
/// # Errors
/// Every problem at once.
pub fn parse(document: &Value) -> Result<Receipt, Vec<Problem>> {
    const NEWS: [(&str, News); 3] = [
        ("delivered", News::Delivered),
        ("failed", News::Failed),
        ("complained", News::Complained),
    ];
    let mut fields = Fields::of(document);
    let news = fields.required("status");
    let news = news.and_then(|value| fields.one_of("status", value, &NEWS));
    let reason = fields.optional("reason").filter(|value| !value.is_null());
    let reason = reason.and_then(|value| fields.text("reason", value, REASON_MOST));
    fields.finish(news.map(|news| Receipt { news, reason }))
}

/// Lets a message have its receipt. One that comes late or twice changes nothing.
///
/// # Errors
/// The database's; repeating it is safe.
pub async fn apply<W: World>(
    app: &App<W>,
    message: Message,
    receipt: Receipt,
) -> Result<(), Failure> {
    if let Some((source, reason)) = receipt.opt_out() {
        let place = (message.campaign_seq, message.ordinal);
        let now_ms = app.now.millis();
        let statements = opt_outs::insert_recipient(place, source, reason, now_ms);
        app.db().batch(statements).await?;
    }
    let failed = receipt.news == News::Failed;
    let news = receipts::News {
        campaign_seq: message.campaign_seq,
        ordinal: message.ordinal,
        trigger: if failed { MessageTrigger::Undeliverable } else { MessageTrigger::Delivered },
        at_ms: app.now.millis(),
        reason: receipt.reason.or_else(|| failed.then(|| "undeliverable".to_owned())),
    };
    Ok(receipts::apply(app.db(), &[news]).await?)
}

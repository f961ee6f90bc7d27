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
use crate::jobs::receipts::{self, News};
use crate::ports::World;

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

/// What a receipt says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Whether the message arrived.
    pub delivered: bool,
    /// Why it did not.
    pub reason: Option<String>,
}

impl Receipt {
    /// The word for it.
    pub const fn name(&self) -> &'static str {
        if self.delivered { "delivered" } else { "failed" }
    }
}

/// Reads `{status, reason?}`.
///
/// # Errors
/// Every problem at once.
pub fn parse(document: &Value) -> Result<Receipt, Vec<Problem>> {
    let mut fields = Fields::of(document);
    let delivered = fields.required("status");
    let delivered = delivered.and_then(|value| {
        fields.one_of("status", value, &[("delivered", true), ("failed", false)])
    });
    let reason = fields.optional("reason").filter(|value| !value.is_null());
    let reason = reason.and_then(|value| fields.text("reason", value, REASON_MOST));
    fields.finish(delivered.map(|delivered| Receipt { delivered, reason }))
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
    let news = News {
        campaign_seq: message.campaign_seq,
        ordinal: message.ordinal,
        trigger: if receipt.delivered {
            MessageTrigger::Delivered
        } else {
            MessageTrigger::Undeliverable
        },
        at_ms: app.now.millis(),
        reason: receipt.reason.or_else(|| (!receipt.delivered).then(|| "undeliverable".to_owned())),
    };
    Ok(receipts::apply(app.db(), &[news]).await?)
}

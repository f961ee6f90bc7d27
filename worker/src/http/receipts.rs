//! `/receipts/{token}`: where a provider reports what became of a message, and `/receipts` for one
//! that reports many at once.
//!
//! The token in the address is the authorisation; see [`crate::callback`].

use serde_json::Value;
use tidegate::status::MessageTrigger;
use tidegate::{Instant, Problem};

use super::api::{About, NoContent, Repeat, Routes};
use super::asked::people as asked;
use super::body::Document;
use super::fields::Fields;
use super::params::Id;
use super::{App, Failure};
use crate::callback::{Message, Signer};
use crate::jobs::{opt_outs, receipts};
use crate::ports::World;
use crate::reasons;
use crate::store::opt_outs::Leaves;

/// The longest reason, in characters.
const REASON_MOST: usize = 200;
/// The most receipts of one call: a transaction.
const RECEIPTS_MOST: usize = 1_000;
/// The longest callback address, in characters.
const CALLBACK_MOST: usize = 500;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("receipts", "Where a provider reports what became of a message.")
        .post(
            "/receipts/{token}",
            receive::<W>,
            About::new("receiveReceipt", "Report what became of a message")
                .says(
                    "The address comes with the message and is the authorisation. One that comes \
                     late or twice changes nothing.",
                )
                .asks::<asked::ReceiptAsked>()
                .repeated(Repeat::Harmless),
        )
        .post(
            "/receipts",
            receive_many::<W>,
            About::new("receiveReceipts", "Report what became of many messages")
                .says(
                    "The `callback_url` that came with each message is the authorisation. All are \
                     taken or, where one is at fault, none. Costs one row a message less than a call \
                     for each.",
                )
                .asks::<asked::ReceiptsAsked>()
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

#[worker::send]
async fn receive_many<W: World + 'static>(
    app: App<W>,
    Document(document): Document,
) -> Result<NoContent, Failure> {
    let signer = Signer::load(app.db(), &*app.world, "").await?;
    let whole = |code, message: String| vec![Problem { path: String::new(), code, message }];
    let Some(entries) = document.as_array() else {
        let message =
            "write a list such as `[{\"callback\": \"https://...\", \"status\": \"delivered\"}]`";
        return Err(Failure::invalid(whole("type", message.into())));
    };
    if entries.len() > RECEIPTS_MOST {
        let many = entries.len();
        let message = format!("there are {many} receipts; send {RECEIPTS_MOST} at most");
        return Err(Failure::invalid(whole("too_many", message)));
    }
    let mut news = Vec::with_capacity(entries.len());
    let mut problems = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        match parse_one_of_many(entry, &signer) {
            Ok(one) => news.push(one),
            Err(found) => problems.extend(found.into_iter().map(|problem| {
                let dot = if problem.path.is_empty() { "" } else { "." };
                Problem { path: format!("[{index}]{dot}{}", problem.path), ..problem }
            })),
        }
    }
    if !problems.is_empty() {
        return Err(Failure::invalid(problems));
    }
    apply_all(&app, news).await?;
    Ok(NoContent)
}

/// Reads `{callback, status, reason?}`.
fn parse_one_of_many(
    document: &Value,
    signer: &Signer,
) -> Result<(Message, Receipt), Vec<Problem>> {
    let mut fields = Fields::of(document);
    let callback = fields.required("callback");
    let callback = callback.and_then(|value| fields.text("callback", value, CALLBACK_MOST));
    let message = callback.and_then(|callback| {
        let token = callback.rsplit('/').next().unwrap_or_default();
        let message = signer.message(token);
        if message.is_none() {
            let unknown = "this address was not given out here; send a message's `callback_url`";
            fields.refuse("callback", "unknown", unknown);
        }
        message
    });
    let receipt = read(&mut fields);
    fields.finish(message.zip(receipt))
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
            (News::Failed, Some(reason))
                if reasons::known(reason).is_some_and(|known| known.code == "opted_out") =>
            {
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
    let mut fields = Fields::of(document);
    let receipt = read(&mut fields);
    fields.finish(receipt)
}

fn read(fields: &mut Fields<'_>) -> Option<Receipt> {
    const NEWS: [(&str, News); 3] = [
        ("delivered", News::Delivered),
        ("failed", News::Failed),
        ("complained", News::Complained),
    ];
    let news = fields.required("status");
    let news = news.and_then(|value| fields.one_of("status", value, &NEWS));
    let reason = fields.optional("reason").filter(|value| !value.is_null());
    let reason = reason.and_then(|value| fields.text("reason", value, REASON_MOST));
    news.map(|news| Receipt { news, reason })
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
    apply_all(app, vec![(message, receipt)]).await
}

/// Who wants nothing any more is put on the opt-outs first: should the rest fail, it comes again.
async fn apply_all<W: World>(app: &App<W>, news: Vec<(Message, Receipt)>) -> Result<(), Failure> {
    let leaves = |(message, receipt): &(Message, Receipt)| {
        let (source, reason) = receipt.opt_out()?;
        let Message { campaign_seq, ordinal } = *message;
        Some(Leaves { campaign_seq, ordinal, source, reason })
    };
    let left: Vec<Leaves> = news.iter().filter_map(leaves).collect();
    if !left.is_empty() {
        opt_outs::leave(app.db(), &left, app.now.millis()).await?;
    }
    let heard: Vec<receipts::News> =
        news.into_iter().map(|(message, receipt)| heard(message, receipt, app.now)).collect();
    Ok(receipts::apply(app.db(), &heard).await?)
}

fn heard(message: Message, receipt: Receipt, now: Instant) -> receipts::News {
    let failed = receipt.news == News::Failed;
    receipts::News {
        campaign_seq: message.campaign_seq,
        ordinal: message.ordinal,
        trigger: if failed { MessageTrigger::Undeliverable } else { MessageTrigger::Delivered },
        at_ms: now.millis(),
        reason: receipt.reason.or_else(|| failed.then(|| "undeliverable".to_owned())),
    }
}

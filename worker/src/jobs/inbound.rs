//! A message comes in: what it means is done in one transaction, and then it is answered where an
//! answer is due. Whatever is delivered twice happens once.

mod writer;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use tidegate::Instant;

use self::writer::Writer;
use super::recipient_index::Hasher;
use super::singles::{self, Wanted};
use super::state::parsed;
use super::{CommandError, erasures, opt_outs};
use crate::import::{Rule, region};
use crate::inbound::{self, Meaning};
use crate::model::{Caller, Content, Person, Price, Purpose};
use crate::ports::World;
use crate::store::inbound::{self as store, KeptRow, NewInbound, SenderRow};
use crate::store::recipient_index::{self, MessageRow};
use crate::store::{Database, StoreError};

/// A reply belongs to the last message that was sent to its writer within this time, ms.
const ANSWERS_WITHIN_MS: i64 = 30 * 86_400_000;
/// The beginning of a text that lists show, in characters.
const EXCERPT: usize = 120;
/// What of a text is kept as the reason of an opt-out, in characters.
const REASON: usize = 100;

/// What is answered to STOP unless the team says something else.
pub const STOP_ANSWER: &str =
    "{{ sender }}: you get no more messages from us. Reply START to get them again.";
/// What is answered to HELP unless the team says something else.
pub const HELP_ANSWER: &str =
    "{{ sender }}: reply STOP to get no more messages from us, START to get them again.";

/// A message as it came.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The provider's own id of it.
    pub provider_id: String,
    /// Who wrote it, as the provider writes addresses.
    pub from: String,
    /// What it says.
    pub text: String,
    /// The names of what was attached.
    pub attachments: Vec<String>,
    /// When it was written.
    pub written: Option<Instant>,
    /// What it cost, in millionths of the currency's unit.
    pub cost: Option<i64>,
}

/// Takes a message in.
///
/// # Errors
/// The database's; then the provider has to bring it again, which is safe.
pub async fn receive(
    world: &impl World,
    sender: &SenderRow,
    message: &Incoming,
    now: Instant,
) -> Result<KeptRow, StoreError> {
    let db = world.database();
    let rule = Rule::of(sender.channel, sender.region.as_deref().and_then(region));
    let writer = Writer::of(&message.from, sender.channel, rule);
    let meaning = inbound::meaning(&message.text, sender.channel);
    let (Writer { address, or }, answered) = answered(world, sender, writer, now).await?;
    let attachments = json!(message.attachments);
    let new = NewInbound {
        id: &inbound_id(&sender.id, &message.provider_id),
        sender,
        address: &address,
        or: or.as_deref(),
        pseudonym: &erasures::pseudonym(world, &sender.team_id, sender.channel.name(), &address),
        text: &message.text,
        excerpt: &excerpt(&message.text, EXCERPT),
        attachments: &attachments,
        received_ms: now.millis(),
        written_ms: message.written.map(Instant::millis),
        meaning: meaning.name(),
        ends: meaning.ends(),
        reason: &format!("replied `{}`", excerpt(&message.text, REASON)),
        answers: answered.map(|row| (row.campaign_seq, row.ordinal)),
        cost: message.cost.or_else(|| Some(price(sender)?.inbound)),
    };
    let mut statements = opt_outs::respell(world, &sender.team_id, sender.channel, &address);
    statements.extend(store::receive(&new));
    let mut answers = db.batch(statements).await?;
    let kept = answers.pop().unwrap_or_default().first::<KeptRow>()?;
    let kept = kept.ok_or_else(|| StoreError::Failed("an inbound message was not kept".into()))?;
    if let Some(what) = kept.answer.as_deref() {
        answer(world, sender, &kept, what, now).await?;
    }
    Ok(kept)
}

/// The id of a message: the same for the same sender and provider's id, and told by no other.
fn inbound_id(sender_id: &str, provider_id: &str) -> String {
    format!("inb_{}", named(&format!("{sender_id} {provider_id}")))
}

/// 26 characters that stand for a text.
fn named(text: &str) -> String {
    const DIGITS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let hash = Sha256::digest(text.as_bytes());
    let digits = hash.iter().filter_map(|byte| DIGITS.get(usize::from(byte & 31)));
    digits.take(26).map(|digit| char::from(*digit)).collect()
}

/// What the provider asks, where somebody said.
fn price(sender: &SenderRow) -> Option<Price> {
    parsed(sender.price.as_deref()?).ok()
}

/// The last message that the sender sent to the writer. Of two numbers that they may have, the one that it
/// went to is theirs.
async fn answered(
    world: &impl World,
    sender: &SenderRow,
    writer: Writer,
    now: Instant,
) -> Result<(Writer, Option<MessageRow>), StoreError> {
    let last = last_to(world, sender, &writer.address, now).await?;
    let Some(or) = &writer.or else { return Ok((writer, last)) };
    let last_or = last_to(world, sender, or, now).await?;
    if last_or.map(|row| row.sent_ms) > last.map(|row| row.sent_ms) {
        return Ok((writer.other(), last_or));
    }
    Ok((writer, last))
}

/// The last message that the sender sent to the address.
async fn last_to(
    world: &impl World,
    sender: &SenderRow,
    address: &str,
    now: Instant,
) -> Result<Option<MessageRow>, StoreError> {
    let db = world.database();
    let fingerprint = Hasher::load(db, world).await?.of(address);
    let asked = recipient_index::answered(
        (&sender.team_id, sender.seq),
        (sender.channel.name(), address),
        &fingerprint,
        now.millis() - ANSWERS_WITHIN_MS,
    );
    let mut last: Option<MessageRow> = None;
    for answer in db.batch(asked.into()).await? {
        let found = answer.first::<MessageRow>()?;
        last = [last, found].into_iter().flatten().max_by_key(|row| row.sent_ms);
    }
    Ok(last)
}

/// Answers, once: the answer's id is made of the message's, so that a second try is the same.
async fn answer(
    world: &impl World,
    sender: &SenderRow,
    kept: &KeptRow,
    what: &str,
    now: Instant,
) -> Result<(), StoreError> {
    let texts: Map<String, Value> = parsed(&sender.answers)?;
    let own = texts.get(what);
    if own.is_some_and(Value::is_null) {
        return Ok(()); // Its provider answers by itself.
    }
    let own = own.and_then(Value::as_str);
    let standard = if what == Meaning::Help.name() { HELP_ANSWER } else { STOP_ANSWER };
    let mut fields = Map::new();
    fields.insert("sender".to_owned(), json!(sender.name));
    let by = Caller { team_id: sender.team_id.clone(), ..Caller::named("answer") };
    let wanted = Wanted {
        sender_id: &sender.id,
        channel: sender.channel,
        id: &format!("sgl_{}", named(&format!("answer to {}", kept.id))),
        content: Content { text: own.unwrap_or(standard).to_owned(), ..Content::default() },
        person: Person { to: kept.address.clone(), zone: None, fields },
        purpose: Some(Purpose::Answer),
        by: &by,
    };
    match singles::send(world, &wanted, now).await {
        Err(CommandError::Store(error)) => Err(error),
        // The rules do not let it go within its time, or too much waits: then there is none.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The beginning of a text on one line.
#[must_use]
pub fn excerpt(text: &str, most: usize) -> String {
    let line: Vec<&str> = text.split_whitespace().collect();
    let line = line.join(" ");
    if line.chars().count() <= most {
        return line;
    }
    line.chars().take(most).chain(['…']).collect()
}

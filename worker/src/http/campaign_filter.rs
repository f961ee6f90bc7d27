//! What a list of campaigns, of messages, or a report may be narrowed by; and the words that a team
//! has for where a campaign stands.

use serde_json::{Map, Value, json};
use tidegate::lexicon::{self, Facts, Lexicon, SHIPPED};
use tidegate::status::{CampaignStatus, Machine, MessageStatus};
use tidegate::{Instant, Problem};

use super::App;
use super::fields::{Fields, NAME_MOST, shown};
use super::params::instant_of;
use super::progress::Progress;
use super::senders::CHANNELS;
use crate::batch;
use crate::model::Kind;
use crate::ports::World;
use crate::store::campaign_lists::Filter;
use crate::store::campaigns::CampaignRow;
use crate::store::teams::{self, TeamRow};
use crate::store::{Database, StoreError};

/// What every team has that chose none.
const CANONICAL: &str = "canonical";

/// The words of a lexicon, as a filter.
pub struct Words(&'static Lexicon);

impl Words {
    /// Those of a team.
    ///
    /// # Errors
    /// The database's.
    pub async fn of_team<W: World>(app: &App<W>, team_id: &str) -> Result<Self, StoreError> {
        let team = app.db().run(teams::by_id(team_id)).await?.first::<TeamRow>()?;
        let named = team.and_then(|team| team.lexicon).and_then(|id| Lexicon::shipped(&id));
        named
            .or_else(|| Lexicon::shipped(CANONICAL))
            .map(Self)
            .ok_or_else(|| StoreError::Failed("no lexicon is shipped".into()))
    }

    /// Those of the lexicon that a query names in `lexicon`, if it names one.
    pub fn read(self, fields: &mut Fields<'_>) -> Self {
        let Some(id) = fields.optional("lexicon").and_then(Value::as_str) else { return self };
        if let Some(named) = Lexicon::shipped(id) {
            return Self(named);
        }
        let known: Vec<_> = SHIPPED.iter().map(|id| format!("`{id}`")).collect();
        let message = format!("`{}` is no lexicon; write {}", shown(id), known.join(" or "));
        fields.refuse("lexicon", "unknown_lexicon", message);
        self
    }

    /// Reads `status`: a canonical one, or a word, or a group of words.
    pub fn status(&self, fields: &mut Fields<'_>) -> Option<Wanted> {
        let text = fields.optional("status")?.as_str()?.to_owned();
        if let Some(status) = CampaignStatus::named(&text) {
            return Some(Wanted { statuses: vec![status.name()], word: None });
        }
        if let Some(matching) = lexicon::matching(self.0, Machine::Campaign, &text) {
            let word = Word { lexicon: self.0, word: text };
            return Some(Wanted { statuses: matching.statuses, word: Some(word) });
        }
        self.refuse(fields, &text, Machine::Campaign);
        None
    }

    /// The same of messages. A word means every status that it is said of, and is refused where another
    /// word is said of some in the same status: only their campaigns tell which.
    pub fn message_statuses(&self, fields: &mut Fields<'_>) -> Option<Vec<MessageStatus>> {
        let text = fields.optional("status")?.as_str()?.to_owned();
        if let Some(status) = MessageStatus::named(&text) {
            return Some(vec![status]);
        }
        let Some(meant) = lexicon::matching(self.0, Machine::Message, &text) else {
            self.refuse(fields, &text, Machine::Message);
            return None;
        };
        let words = lexicon::words(self.0, Machine::Message);
        let other = words
            .iter()
            .filter(|label| label.word != text && label.group != text)
            .find_map(|label| {
                let said = lexicon::matching(self.0, Machine::Message, &label.word)?;
                let both = said.statuses.into_iter().find(|known| meant.statuses.contains(known));
                both.map(|status| (status, &label.word))
            });
        if let Some((status, word)) = other {
            let message = format!(
                "a message that is `{status}` can be `{}` or `{word}`, by where its campaign stands; \
                 write `{status}`, or ask `/campaigns` for those that are `{}`",
                shown(&text),
                shown(&text)
            );
            fields.refuse("status", "ambiguous", message);
            return None;
        }
        Some(meant.statuses.into_iter().filter_map(MessageStatus::named).collect())
    }

    fn refuse(&self, fields: &mut Fields<'_>, text: &str, machine: Machine) {
        let mut known: Vec<&str> = match machine {
            Machine::Campaign => CampaignStatus::ALL.iter().map(|status| status.name()).collect(),
            Machine::Message => MessageStatus::ALL.iter().map(|status| status.name()).collect(),
        };
        for label in lexicon::words(self.0, machine) {
            if !known.contains(&label.word.as_str()) {
                known.push(&label.word);
            }
        }
        let known: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
        let message = format!("`{}` is not known; write {}", shown(text), known.join(" or "));
        fields.refuse("status", "unknown_value", message);
    }
}

/// Which campaigns are wanted by where they stand.
pub struct Wanted {
    /// The statuses of which at least some are.
    pub statuses: Vec<&'static str>,
    /// Which of them exactly; none: all.
    pub word: Option<Word>,
}

/// A word for campaigns.
pub struct Word {
    lexicon: &'static Lexicon,
    word: String,
}

impl Word {
    /// Whether it is said of a campaign.
    ///
    /// # Errors
    /// When the engine does not know the campaign's status.
    pub fn is_said_of(
        &self,
        row: &CampaignRow,
        progress: &Progress,
        waiting: Option<&Value>,
        held_for_review: bool,
    ) -> Result<bool, StoreError> {
        let facts = facts(row, progress, waiting, held_for_review)
            .map_err(|problems| StoreError::Failed(format!("`{}`: {problems:?}", row.id)))?;
        let label = lexicon::label(self.lexicon, &facts);
        Ok(label.word == self.word || label.group == self.word)
    }
}

/// What is true of a campaign.
fn facts(
    row: &CampaignRow,
    progress: &Progress,
    waiting: Option<&Value>,
    held_for_review: bool,
) -> Result<Facts, Vec<Problem>> {
    let mut document = json!({
        "status": row.status,
        "total": progress.total,
        "sent": progress.sent,
        "delivered": progress.delivered,
        "failed": progress.failed,
        "skipped": progress.skipped + progress.cancelled,
        "unknown": progress.unknown,
        "held_for_review": held_for_review,
        "started": row.started_ms.is_some(),
    });
    let plain = Facts::parse(&document)?;
    let because = waiting.and_then(|waiting| waiting.pointer("/because/0"));
    let Some((because, object)) = because.zip(document.as_object_mut()) else { return Ok(plain) };
    let take = |object: &mut Map<String, Value>, name: &str, from: &str| {
        object.insert(name.to_owned(), because.get(from).cloned().unwrap_or_default());
    };
    take(object, "waiting", "code");
    take(object, "waiting_layer", "layer");
    // What is no gate's (a provider that asked for time) has no word of its own.
    Ok(Facts::parse(&document).unwrap_or(plain))
}

/// Reads what every list of campaigns may be narrowed by, statuses aside.
pub fn read(fields: &mut Fields<'_>, kind: Option<Kind>) -> Filter {
    let mut text = |name: &'static str| {
        let value = fields.optional(name)?;
        fields.text(name, value, NAME_MOST)
    };
    let (sender_id, user_id) = (text("sender_id"), text("user_id"));
    let (name, file_name, batch_id) = (text("text"), text("file_name"), text("batch_id"));
    let channel = fields.optional("channel");
    let channel = channel.and_then(|value| fields.one_of("channel", value, &CHANNELS));
    let given = fields.optional("kind");
    let given = given.map(|value| fields.one_of("kind", value, &Kind::NAMES));
    let (from_ms, until_ms) = period(fields);
    Filter {
        statuses: None,
        sender_id,
        channel,
        user_id,
        text: name,
        file_name,
        from_ms,
        until_ms,
        // A batch is one send-out, of whatever kind.
        kind: if batch_id.is_some() { None } else { given.flatten().or(kind) },
        ids: batch_id.map(|id| batch::campaigns(&id)),
    }
}

/// Reads `from` and `to`: instants of which the first comes first.
pub fn period(fields: &mut Fields<'_>) -> (Option<i64>, Option<i64>) {
    let (from, to) = (instant_of(fields, "from"), instant_of(fields, "to"));
    if from.zip(to).is_some_and(|(from, to)| from >= to) {
        fields.refuse("to", "empty", "is not after `from`; write a later instant");
    }
    (from.map(Instant::millis), to.map(Instant::millis))
}

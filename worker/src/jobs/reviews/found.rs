//! What of a team's list is in a text, in a campaign, and in what it asks of its people.

use serde::{Deserialize, Serialize};

use crate::content;
use crate::content::words::{Hit, Kind, Words};
use crate::jobs::state::parsed;
use crate::model::Content;
use crate::store::reviews::{self, FieldsRow};
use crate::store::{Database, StoreError, words};

/// Things that one review tells, at most: each entry once for each place.
const FOUND_MOST: usize = 100;

/// What was found, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Found {
    /// The id of the entry.
    pub id: String,
    /// What it is.
    pub kind: Kind,
    /// The word or the link.
    pub value: String,
    /// `text`, `subject`, `fields.<name>`, or `message`: the text as one person gets it.
    #[serde(rename = "where")]
    pub place: String,
    /// What stands around it.
    pub excerpt: String,
    /// For how many people, where it is about people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<i64>,
}

impl Found {
    /// A hit at a place.
    #[must_use]
    pub fn at(place: &str, hit: Hit<'_>) -> Self {
        Self {
            id: hit.entry.id.clone(),
            kind: hit.entry.kind,
            value: hit.entry.value.clone(),
            place: place.to_owned(),
            excerpt: hit.excerpt,
            people: None,
        }
    }
}

/// What is not allowed in a text and its subject, as they are written.
#[must_use]
pub fn in_texts(words: &Words, text: &str, subject: Option<&str>) -> Vec<Found> {
    let text = content::literals(text);
    let subject = subject.map(content::literals).unwrap_or_default();
    let places = [("text", text), ("subject", subject)];
    let found = places
        .iter()
        .flat_map(|(place, text)| words.find(text).into_iter().map(|hit| Found::at(place, hit)));
    found.collect()
}

/// What is not allowed in a campaign that says `content`: in its texts, and in the fields that it
/// asks for, by what is known of its lists.
pub(in crate::jobs) async fn look(
    db: &impl Database,
    campaign_seq: i64,
    content: &str,
) -> Result<Vec<Found>, StoreError> {
    let list = words::listed(db.run(words::list_for(campaign_seq)).await?)?;
    let words = read(list.as_deref())?;
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let content: Content = parsed(content)?;
    let mut found = in_texts(&words, &content.text, content.subject.as_deref());
    let asked = content::asked(&content);
    for list in db.run(reviews::fields(campaign_seq)).await?.all::<FieldsRow>()? {
        let known: Vec<Found> = list.found.as_deref().map_or(Ok(Vec::new()), parsed)?;
        let is_asked = |found: &Found| {
            found.place.strip_prefix("fields.").is_some_and(|name| asked.iter().any(|a| a == name))
        };
        found.extend(known.into_iter().filter(|found| words.has(&found.id) && is_asked(found)));
    }
    found.truncate(FOUND_MOST);
    Ok(found)
}

/// The list of a team, ready to be looked for.
///
/// # Errors
/// [`StoreError::Failed`] when it is no such list.
pub fn read(list: Option<&str>) -> Result<Words, StoreError> {
    Words::parse(list).map_err(|error| StoreError::Failed(format!("a list of words: {error}")))
}

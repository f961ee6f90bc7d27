//! Whether everybody on a campaign's lists can be written what it says.
//!
//! A list knows how many of its people have nothing in a column, so most campaigns are found ready
//! by looking at their lists alone. Where that is not enough, because of a condition in the text or
//! a list that nobody counted, people are looked at: who lacks a field that their text asks for, or is
//! left with no text, is written to in vain.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tidegate::Problem;

use super::CommandError;
use super::state::parsed;
use crate::content;
use crate::model::{Content, Person};
use crate::ports::{Renderer, World};
use crate::store::commands::CampaignRow;
use crate::store::handovers::PageRow;
use crate::store::reviews::FieldsRow;
use crate::store::{Database, StoreError, people, reviews};

/// Pages of people that one query brings: 20,000 people.
const PAGES: i64 = 200;
/// Pages that one listing of people looks at, at most: 50,000 people, a second of a Worker's time.
pub const PAGES_MOST: i64 = 500;
/// People who are named in a refusal.
const NAMED: usize = 5;

/// Somebody who cannot be written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AtFault {
    /// Which of the campaign's people.
    pub ordinal: i64,
    /// Their address.
    pub to: String,
    /// The fields that they lack, of those that the text asks for; none where nothing is
    /// left of the text.
    pub fields: Vec<String>,
    /// Why there is no message for them.
    pub why: String,
}

/// What a search for them found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// Those at fault, in order.
    pub people: Vec<AtFault>,
    /// The ordinal to go on from; none at the end.
    pub next: Option<i64>,
}

/// Looks for people who cannot be written what `content` says, from ordinal `from` on, until `most`
/// are found or `pages` pages were looked at.
///
/// # Errors
/// The database's.
pub async fn search<W: World>(
    world: &W,
    campaign_seq: i64,
    total: i64,
    content: &Content,
    from: i64,
    (most, pages): (usize, i64),
) -> Result<Search, StoreError> {
    let looked_for = LookedFor::of(content);
    let mut search = Search::default();
    if is_ready(content::sure(content, &BTreeSet::new())) {
        return Ok(search);
    }
    let mut next = from;
    let mut left = pages;
    while next < total && left > 0 {
        let query = people::pages(campaign_seq, next, total, left.min(PAGES));
        let rows = world.database().run(query).await?.all::<PageRow>()?;
        if rows.is_empty() {
            break;
        }
        for row in rows {
            left -= 1;
            for (ordinal, person) in (row.first..).zip(parsed::<Vec<Person>>(&row.people)?) {
                if ordinal < next {
                    continue;
                }
                next = ordinal + 1;
                search.people.extend(looked_for.at_fault(world, ordinal, &person));
                if search.people.len() == most {
                    search.next = (next < total).then_some(next);
                    return Ok(search);
                }
            }
        }
    }
    search.next = (next < total).then_some(next);
    Ok(search)
}

const fn is_ready(sure: content::Sure) -> bool {
    sure.filled && sure.says
}

/// What a person needs.
struct LookedFor<'a> {
    content: &'a Content,
    asked: Vec<String>,
    /// Whether whoever lacks nothing has a message.
    is_enough: bool,
}

impl<'a> LookedFor<'a> {
    fn of(content: &'a Content) -> Self {
        let asked = content::asked(content);
        let all = asked.iter().cloned().collect();
        let sure = content::sure(content, &all);
        let is_enough = sure.says && (sure.filled || content::is_unconditional(content));
        Self { content, asked, is_enough }
    }

    fn at_fault(&self, texts: &impl Renderer, ordinal: i64, person: &Person) -> Option<AtFault> {
        let has = |field: &String| {
            let value = person.fields.get(field).and_then(Value::as_str);
            value.is_some_and(|text| !text.trim().is_empty())
        };
        let lacks: Vec<String> = self.asked.iter().filter(|field| !has(field)).cloned().collect();
        if lacks.is_empty() && self.is_enough {
            return None;
        }
        let why = content::fault(self.content, texts, &person.fields)?;
        Some(AtFault { ordinal, to: person.to.clone(), fields: lacks, why })
    }
}

/// Refuses what somebody on the campaign's lists could not be written.
///
/// # Errors
/// [`CommandError::Invalid`] with each field that a list does not have, or that is empty for
/// somebody: how many, and the first of them.
pub(super) async fn check<W: World>(
    world: &W,
    row: &CampaignRow,
    content: &str,
) -> Result<(), CommandError> {
    let content: Content = parsed(content)?;
    let lists = world.database().run(reviews::fields(row.seq)).await?.all::<FieldsRow>()?;
    check_columns(&content, &lists)?;
    let sure = content::sure(&content, &filled(&content, &lists)?);
    if is_ready(sure) {
        return Ok(());
    }
    let needed = content::lacking(&content, &[]);
    let empty = empty(&needed, &lists)?.filter(|_| content::is_unconditional(&content));
    if let Some(counts) = &empty {
        if counts.values().any(|count| *count > 0) {
            return name_some(world, row, &content, Some(counts)).await;
        }
        if sure.says {
            return Ok(());
        }
    }
    name_some(world, row, &content, None).await
}

/// The fields that a content asks for and everybody on the lists has.
fn filled(content: &Content, lists: &[FieldsRow]) -> Result<BTreeSet<String>, StoreError> {
    let mut filled: BTreeSet<String> = content::asked(content).into_iter().collect();
    for list in lists {
        let counts = list.empty.as_deref().map(parsed::<BTreeMap<String, i64>>).transpose()?;
        filled.retain(|field| counts.as_ref().is_some_and(|of| of.get(field) == Some(&0)));
    }
    Ok(filled)
}

fn check_columns(content: &Content, lists: &[FieldsRow]) -> Result<(), CommandError> {
    let mut problems = Vec::new();
    for list in lists {
        let columns: Vec<String> = parsed(&list.columns)?;
        for field in content::lacking(content, &columns) {
            problems.push(Problem {
                path: "content.text".to_owned(),
                code: "missing_field",
                message: format!(
                    "`{field}` is not a column of the list; its columns are {}: correct the text \
                     or give the field a default",
                    columns.join(", "),
                ),
            });
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(CommandError::Invalid(problems)) }
}

/// How many people have nothing in each of the fields; none where a list was not counted.
fn empty(
    needed: &[String],
    lists: &[FieldsRow],
) -> Result<Option<BTreeMap<String, i64>>, StoreError> {
    let mut empty: BTreeMap<String, i64> = needed.iter().map(|field| (field.clone(), 0)).collect();
    for list in lists {
        let Some(counts) = &list.empty else { return Ok(None) };
        let counts: BTreeMap<String, i64> = parsed(counts)?;
        for (field, count) in &mut empty {
            *count += counts.get(field).copied().unwrap_or(0);
        }
    }
    Ok(Some(empty))
}

/// Refuses with the first people at fault. Without counts everybody is looked at, which takes a
/// second for 50,000 people.
async fn name_some<W: World>(
    world: &W,
    row: &CampaignRow,
    content: &Content,
    counted: Option<&BTreeMap<String, i64>>,
) -> Result<(), CommandError> {
    let pages = if counted.is_some() { PAGES_MOST } else { i64::MAX };
    let search = search(world, row.seq, row.total, content, 0, (NAMED, pages)).await?;
    if search.people.is_empty() && counted.is_none() {
        return Ok(());
    }
    let first: Vec<&str> = search.people.iter().map(|person| person.to.as_str()).collect();
    let first = if first.is_empty() { "none of the first".to_owned() } else { first.join(", ") };
    let all = format!(
        "the first are {first}; `/api/v1/campaigns/{}/problems` names all: complete the list, or \
         say in the text what to write instead, as in `{{{{ name | default(\"there\") }}}}`",
        row.id
    );
    let problem = |message| Problem { path: "content.text".into(), code: "empty_field", message };
    let problems = if let Some(counts) = counted {
        let empty = counts.iter().filter(|(_, count)| **count > 0);
        let told = |(field, count): (&String, &i64)| {
            problem(format!("`{field}` is empty for {count} of {} people; {all}", row.total))
        };
        empty.map(told).collect()
    } else {
        let why = search.people.first().map_or("", |person| person.why.as_str());
        vec![problem(format!("some people cannot be written to ({why}); {all}"))]
    };
    Err(CommandError::Invalid(problems))
}

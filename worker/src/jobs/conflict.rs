//! Two people, one campaign: what the second is told, and what the audit log is told of both.

use serde_json::{Map, Value, json};

use super::commands::Asked;
use super::state::{campaign_row, parsed};
use super::{Changed, CommandError, Standing};
use crate::store::commands::{self as store, CampaignRow, Change, VersionRow};
use crate::store::{Database, StoreError};

/// The campaign, if it is what the caller looked at.
pub(super) async fn looked_at(
    db: &impl Database,
    id: &str,
    asked: &Asked,
) -> Result<CampaignRow, CommandError> {
    let row = campaign_row(db, &asked.by.team_id, id).await?;
    match asked.version {
        Some(version) if version != row.version => Err(changed(db, version, &row).await?),
        _ => Ok(row),
    }
}

/// The refusal for somebody who looked at `version`: what has changed since.
pub(super) async fn changed(
    db: &impl Database,
    version: i64,
    is: &CampaignRow,
) -> Result<CommandError, StoreError> {
    let was = db.run(store::version(is.seq, version)).await?.first::<VersionRow>()?;
    let changed = was.map(|was| differences(&was, is)).transpose()?.unwrap_or_default();
    let fields: Vec<_> = changed.iter().map(|change| format!("`{}`", change.field)).collect();
    let what = match fields.as_slice() {
        [] => String::new(),
        fields => format!(", with another {}", fields.join(", ")),
    };
    Ok(CommandError::Conflict {
        code: "changed_meanwhile",
        detail: format!(
            "the campaign is not at version {version} any more: it is `{}` now, at version \
             {}{what}; look at it and decide again",
            is.status, is.version,
        ),
        legal: Vec::new(),
        standing: Some(Box::new(standing(is, changed))),
    })
}

/// What a campaign is, and what changed about it.
pub(super) fn standing(is: &CampaignRow, changed: Vec<Changed>) -> Standing {
    Standing { version: is.version, status: Some(is.status.clone()), changed }
}

fn differences(was: &VersionRow, is: &CampaignRow) -> Result<Vec<Changed>, StoreError> {
    // What a version from before it was kept does not say has not changed.
    let kept = |was: &Option<String>, is: &str| parsed(was.as_deref().unwrap_or(is));
    let pairs: [(&'static str, Value, Value); 8] = [
        ("name", json!(was.name), json!(is.name)),
        ("content", parsed(&was.content)?, parsed(&is.content)?),
        ("policy", parsed(&was.policy)?, parsed(&is.policy)?),
        (
            "recipient_policy",
            kept(&was.recipient_policy, &is.recipient_policy)?,
            parsed(&is.recipient_policy)?,
        ),
        ("lateness", kept(&was.lateness, &is.lateness)?, parsed(&is.lateness)?),
        ("status", json!(was.status), json!(is.status)),
        ("starts_at", json!(was.starts_ms), json!(is.starts_ms)),
        ("people", json!(was.total), json!(is.total)),
    ];
    let differing = pairs.into_iter().filter(|(_, was, is)| was != is);
    Ok(differing.map(|(field, was, is)| Changed { field, was, is }).collect())
}

/// What a command makes different about a campaign, before and after. What was written for one person is
/// not told: it would be there for good.
pub(super) fn difference(row: &CampaignRow, change: &Change) -> Result<(Value, Value), StoreError> {
    let document = |text: &Option<String>| text.as_deref().map(parsed::<Value>).transpose();
    let mut pairs = vec![("version", json!(row.version), Some(json!(row.version + 1)))];
    pairs.push(("status", json!(row.status), change.status.map(|status| json!(status))));
    pairs.push(("starts_at", json!(row.starts_ms), change.starts_ms.map(|at| json!(at))));
    if row.is_personal == 0 {
        pairs.push(("name", json!(row.name), change.name.as_ref().map(|name| json!(name))));
        pairs.push(("content", parsed(&row.content)?, document(&change.content)?));
    }
    pairs.push(("policy", parsed(&row.policy)?, document(&change.policy)?));
    let (mut before, mut after) = (Map::new(), Map::new());
    for (field, was, is) in pairs {
        if let Some(is) = is.filter(|is| *is != was) {
            before.insert(field.to_owned(), was);
            after.insert(field.to_owned(), is);
        }
    }
    if let Some(lateness) = document(&change.lateness)? {
        after.insert("lateness".to_owned(), lateness);
    }
    Ok((Value::Object(before), Value::Object(after)))
}

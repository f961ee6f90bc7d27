//! What a campaign or a message is to say, and what becomes of it when it is late, as it is asked.

use serde_json::{Value, json};
use tidegate::Problem;

use super::fields::Fields;
use super::seen::{check_tracking, parse_tracking};
use super::{App, Failure};
use crate::content;
use crate::content::attachments::COUNT_MOST;
use crate::jobs::attachments;
use crate::model::{Channel, Content, Lateness};
use crate::ports::World;
use crate::store::StoreError;
use crate::store::keys::Key;

/// The shortest time after which a message expires, in ms: shorter than a tick, a slow queue alone
/// would leave people out.
const LATENESS_LEAST_MS: i64 = 60_000;

/// `{"then": "roll_over"}`, or `{"then": "expire", "after": "2h"}`.
pub fn parse_lateness<'a>(fields: &mut Fields<'a>, value: &'a Value) -> Option<Lateness> {
    const THEN: [(&str, bool); 2] = [("roll_over", false), ("expire", true)];
    fields.object("lateness", value, |inner| {
        let then = inner.required("then")?;
        if !inner.one_of("then", then, &THEN)? {
            return Some(Lateness::RollOver);
        }
        let after = inner.required("after")?;
        let lateness = Lateness::Expire { after: after.as_str().unwrap_or_default().to_owned() };
        if lateness.after_ms().is_none_or(|after_ms| after_ms < LATENESS_LEAST_MS) {
            let message =
                format!("`{after}` is no duration from `1m` to `366d`; write one such as `2h`");
            inner.refuse("after", "bad_duration", message);
            return None;
        }
        Some(lateness)
    })
}

/// The content as the document that is kept.
pub fn parse_content<'a>(fields: &mut Fields<'a>, value: &'a Value) -> Option<String> {
    let content = fields.object("content", value, |inner| {
        let text = inner.required("text");
        let text = text.and_then(|value| {
            if !value.is_string() {
                inner.refuse("text", "type", "is not a text; write what people are to read");
            }
            value.as_str()
        });
        let subject = match inner.optional("subject").filter(|value| !value.is_null()) {
            None => Some(None),
            Some(value) => inner.text("subject", value, content::SUBJECT_MAX).map(Some),
        };
        let attachments = match inner.optional("attachments") {
            None => Some(Vec::new()),
            Some(value) => parse_attachments(inner, value),
        };
        let tracking = match inner.optional("tracking") {
            None => Some(None),
            Some(value) => parse_tracking(inner, value).map(Some),
        };
        Some(Content {
            text: text?.to_owned(),
            subject: subject?,
            attachments: attachments?,
            tracking: tracking?,
        })
    })?;
    let mut problems = content::check(&content.text).err().unwrap_or_default();
    if let Some(Err(found)) = content.subject.as_deref().map(content::check) {
        let of_subject = |problem| Problem { path: "content.subject".into(), ..problem };
        problems.extend(found.into_iter().map(of_subject));
    }
    if problems.is_empty() {
        return Some(json!(content).to_string());
    }
    fields.refuse_as_they_are(problems);
    None
}

/// The ids of what is attached, each once.
fn parse_attachments(fields: &mut Fields<'_>, value: &Value) -> Option<Vec<String>> {
    let ids: Option<Vec<String>> = value
        .as_array()
        .and_then(|list| list.iter().map(|id| id.as_str().map(str::to_owned)).collect());
    let Some(ids) = ids else {
        fields.refuse("attachments", "type", "is not a list of ids; write `[\"att_...\"]`");
        return None;
    };
    if ids.len() > COUNT_MOST {
        let message = format!("has {} attachments; {COUNT_MOST} are the most", ids.len());
        fields.refuse("attachments", "too_many", message);
        return None;
    }
    for (index, id) in ids.iter().enumerate() {
        if ids.iter().take(index).any(|other| other == id) {
            let message = "is attached already; attach it once";
            fields.refuse(&format!("attachments[{index}]"), "repeated", message);
            return None;
        }
    }
    Some(ids)
}

/// Refuses what the channel of a campaign does not take. That something is tracked is no fault where it
/// was before: a team's defaults have it so for all channels, and a campaign is saved as it was read.
///
/// # Errors
/// 422 for each attachment that it does not take, or the database's.
pub async fn check_carried<W: World>(
    app: &App<W>,
    key: &Key,
    channel: Channel,
    (before, content): (Option<&str>, &str),
) -> Result<(), Failure> {
    let read = |content: &str| {
        serde_json::from_str::<Content>(content)
            .map_err(|error| StoreError::Failed(format!("a content: {error}")))
    };
    let (before, content) = (before.map(read).transpose()?, read(content)?);
    if before.is_none_or(|before| before.tracking != content.tracking) {
        check_tracking(app, channel, &content)?;
    }
    attachments::of_content(app.db(), key.team_id(), channel, &content).await?;
    Ok(())
}

//! What a message of a slice says, to whom and until when; or why there is none to send.

use std::collections::BTreeSet;

use serde::Deserialize;
use tidegate::status::MessageTrigger;

use super::{Slice, as_i64};
use crate::content::{segments, unsubscribe};
use crate::dispatch::hand_over::{OTHER_PROVIDER, Position};
use crate::dispatch::settlement::Settled;
use crate::jobs::opt_outs::is_any;
use crate::jobs::wording::Wording;
use crate::model::{Attached, Channel, Outgoing, Purpose};
use crate::ports::World;

/// An attachment, as far as its message tells of it.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Carried {
    id: String,
    seq: i64,
    file_name: String,
    media_type: String,
    bytes: i64,
}

impl<W: World> Slice<'_, W> {
    /// The message of a position, or what is recorded where there is none to send.
    pub(super) fn outgoing(
        &self,
        position: Position,
        opted_out: &BTreeSet<String>,
    ) -> Result<Outgoing, Box<Settled>> {
        let skip = |reason| Box::new(Settled::without_post(position, MessageTrigger::Skip, reason));
        let refuse =
            |reason| Box::new(Settled::without_post(position, MessageTrigger::Refused, reason));
        if position.doubts >= OTHER_PROVIDER {
            return Err(skip("other_provider"));
        }
        let person = self.people.get(&position.ordinal).ok_or_else(|| refuse("no_recipient"))?;
        if person.to.is_empty() {
            return Err(skip("erased"));
        }
        // No campaign says nothing: what it said was about somebody who was erased meanwhile.
        if self.content.text.is_empty() {
            return Err(skip("erased"));
        }
        // Who says STOP is told that it was heard.
        let is_barred = self.row.purpose != Some(Purpose::Answer)
            && is_any(opted_out, self.channel, &person.to);
        if is_barred {
            return Err(skip("opted_out"));
        }
        let no_text = |why| {
            let mut settled = refuse("no_text");
            settled.detail = Some(why);
            settled
        };
        let (wording, ordinal) = (self.wording(), position.ordinal);
        let text = wording.text(self.world, ordinal, &person.fields).map_err(no_text)?;
        let subject = wording.subject(self.world, ordinal, &person.fields).map_err(no_text)?;
        let texts = [Some(&text), subject.as_ref()];
        let found = texts.into_iter().flatten().find_map(|text| self.words.find(text).pop());
        if let Some(hit) = found {
            // Its campaign has ended and cannot be held any more.
            let mut settled = skip("not_allowed");
            settled.detail = Some(format!("`{}` is on the team's list", hit.entry.value));
            return Err(settled);
        }
        let attachments = self.attachments().ok_or_else(|| refuse("no_attachment"))?;
        let unsubscribe_url = self.world.unsubscribe_url(self.row.campaign_seq, ordinal);
        Ok(Outgoing {
            id: format!("{}-{}", self.row.campaign_id, position.ordinal),
            to: person.to.clone(),
            channel: self.channel,
            text: wording.tracked(self.world, ordinal, text),
            subject,
            attachments,
            campaign_id: self.row.campaign_id.clone(),
            sender_id: self.row.sender_id.clone(),
            sender_name: self.row.sender_name.clone(),
            callback_url: self.world.url(self.row.campaign_seq, ordinal),
            open_url: wording.open_url(self.world, ordinal),
            headers: unsubscribe::headers(self.channel, &unsubscribe_url),
            expires_at: self.expires_at(position),
        })
    }

    /// How the messages of the slice are worded.
    pub(super) fn wording(&self) -> Wording<'_> {
        let (seq, purpose) = (self.row.campaign_seq, self.row.purpose);
        Wording::of(self.world, seq, self.channel, &self.content, purpose)
    }

    /// What the message carries, in order; none where something of it is gone.
    fn attachments(&self) -> Option<Vec<Attached>> {
        let attached = self.content.attachments.iter().map(|id| {
            let file = self.carried.iter().find(|carried| carried.id == *id)?;
            Some(Attached {
                url: self.world.file_url(self.row.campaign_seq, file.seq),
                file_name: file.file_name.clone(),
                media_type: file.media_type.clone(),
                bytes: file.bytes,
            })
        });
        attached.collect()
    }

    /// When the rules, or the campaign's own time for late ones, forbid the message to go. One that
    /// the provider may have already is not late: it was handed over in time.
    pub(super) fn expires_at(&self, position: Position) -> Option<i64> {
        let late = self.row.expires_ms.filter(|_| position.doubts == 0);
        [self.row.open_until_ms, late].into_iter().flatten().min()
    }
}

/// What the message is charged as: a text message by its segments, any other as one.
pub(super) fn segments(message: &Outgoing) -> i64 {
    match message.channel {
        Channel::Sms => as_i64(segments::count(&message.text).segments),
        _ => 1,
    }
}

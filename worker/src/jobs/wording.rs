//! What one message says, exactly as it goes out: the fields filled in, the way out for its recipient,
//! and the links that are tracked in place of its own.
//!
//! It follows from the campaign and the message's ordinal alone. So a message that is handed over a
//! second time says the same as the first, and what is shown and estimated is what goes.

use serde_json::{Map, Value};

use crate::content::{self, unsubscribe};
use crate::model::{Channel, Content, Purpose};
use crate::ports::{Callbacks, Renderer};
use crate::tracking::{OPENED, Tracking, links};

/// How the messages of a campaign are worded.
#[derive(Clone, Copy, Debug)]
pub struct Wording<'a> {
    campaign_seq: i64,
    content: &'a Content,
    tracking: Tracking,
    is_shown: bool,
}

impl<'a> Wording<'a> {
    /// That of a campaign. Nothing is tracked where nobody said at which address the deployment is
    /// reached.
    #[must_use]
    pub fn of(
        world: &impl Callbacks,
        campaign_seq: i64,
        channel: Channel,
        content: &'a Content,
        purpose: Option<Purpose>,
    ) -> Self {
        let is_reached = world.mark_url(0, 0, OPENED).is_some();
        let tracking = Tracking::of(channel, content.tracking, purpose);
        let tracking = if is_reached { tracking } else { Tracking::default() };
        Self { campaign_seq, content, tracking, is_shown: false }
    }

    /// The same for others to look at: as long, with a way out that opens nothing.
    #[must_use]
    pub const fn shown(self) -> Self {
        Self { is_shown: true, ..self }
    }

    /// What of it is tracked.
    #[must_use]
    pub const fn tracking(&self) -> Tracking {
        self.tracking
    }

    /// What the message says, with its own links.
    ///
    /// # Errors
    /// A sentence that names the field that is missing, or says that nothing is left of the text.
    pub fn text<W: Renderer + Callbacks>(
        &self,
        world: &W,
        ordinal: i64,
        fields: &Map<String, Value>,
    ) -> Result<String, String> {
        let text = self.fill_in(world, ordinal, fields, &self.content.text)?;
        content::said(self.content, text)
    }

    /// What it is about: one line, whatever stands in a field.
    ///
    /// # Errors
    /// A sentence that names the field that is missing.
    pub fn subject<W: Renderer + Callbacks>(
        &self,
        world: &W,
        ordinal: i64,
        fields: &Map<String, Value>,
    ) -> Result<Option<String>, String> {
        let subject = self.content.subject.as_deref();
        let subject = subject.map(|text| self.fill_in(world, ordinal, fields, text)).transpose()?;
        Ok(subject.map(|subject| subject.replace(char::is_control, " ")))
    }

    fn fill_in<W: Renderer + Callbacks>(
        &self,
        world: &W,
        ordinal: i64,
        fields: &Map<String, Value>,
        text: &str,
    ) -> Result<String, String> {
        let way_out = self.way_out(world, ordinal);
        world.render(text, &unsubscribe::with_link(text, fields, &way_out))
    }

    fn way_out(&self, world: &impl Callbacks, ordinal: i64) -> String {
        let url = world.unsubscribe_url(self.campaign_seq, ordinal);
        if self.is_shown { unsubscribe::blank(&url) } else { url }
    }

    /// Such a text with the links that are tracked. The way out is never one of them: it has to work
    /// whatever becomes of the rest.
    #[must_use]
    pub fn tracked(&self, world: &impl Callbacks, ordinal: i64, text: String) -> String {
        if !self.tracking.clicks {
            return text;
        }
        let way_out = self.way_out(world, ordinal);
        links::replace(&text, |number, link| {
            if link.starts_with(&way_out) {
                return None;
            }
            world.mark_url(self.campaign_seq, ordinal, number)
        })
    }

    /// The image by which it is seen to be opened, where that is tracked.
    #[must_use]
    pub fn open_url(&self, world: &impl Callbacks, ordinal: i64) -> Option<String> {
        let url = self.tracking.opens.then(|| world.mark_url(self.campaign_seq, ordinal, OPENED));
        url.flatten()
    }
}

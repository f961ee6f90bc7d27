//! What is seen to before a slice's first group: what a crash left in doubt, and what a team does not
//! allow.

use tidegate::status::MessageTrigger;

use super::{AT_ONCE_MS, Slice};
use crate::dispatch::settlement::{DOUBTS_MOST, Settled};
use crate::jobs::reviews::{self, Found};
use crate::ports::World;
use crate::store::StoreError;

impl<W: World> Slice<'_, W> {
    /// A claim without outcomes: someone died between the two. Where the provider deduplicates,
    /// the messages are released again, for an instant at which the rules allow it; elsewhere
    /// nobody can tell, and that is what is recorded.
    pub(super) async fn resolve_doubt(&mut self) -> Result<(), StoreError> {
        let doubtful = self.span(self.settled, self.claimed).to_vec();
        if doubtful.is_empty() {
            return Ok(());
        }
        self.settled = self.claimed;
        let deduplicates = self.provider.deduplicates();
        let now = self.world.now().millis();
        for mut position in doubtful {
            if self.persons.never_began(&position, now) {
                self.pending.returned.push(position);
                continue;
            }
            position.doubts += 1;
            if deduplicates && position.unanswered() < DOUBTS_MOST {
                self.pending.doubtful.push(position);
            } else {
                let trigger = MessageTrigger::Unclear;
                self.pending.settled.push(Settled::without_post(position, trigger, "interrupted"));
            }
        }
        if deduplicates || !self.pending.returned.is_empty() {
            self.pending.back_off_ms = Some(AT_ONCE_MS);
            return Ok(()); // What comes back is written with the end of the slice.
        }
        self.write(Vec::new()).await.map(|_| ())
    }

    /// Looks at every message of the slice as it is going to be sent. Where one says what the team
    /// does not allow, the campaign is held and everything that is left comes back.
    pub(super) async fn hold_what_is_not_allowed(&mut self) -> Result<(), StoreError> {
        if self.words.is_empty() || self.pending.back_off_ms.is_some() {
            return Ok(());
        }
        let mut found: Vec<Found> = Vec::new();
        let wording = self.wording();
        for position in self.span(self.settled, self.row.count) {
            let ordinal = position.ordinal;
            let Some(person) = self.people.get(&ordinal) else { continue };
            let text = wording.text(self.world, ordinal, &person.fields).ok();
            let subject = wording.subject(self.world, ordinal, &person.fields).ok().flatten();
            for text in [text, subject].into_iter().flatten() {
                for hit in self.words.find(&text) {
                    match found.iter_mut().find(|found| found.id == hit.entry.id) {
                        Some(known) => known.people = known.people.map(|people| people + 1),
                        None => found.push(Found { people: Some(1), ..Found::at("message", hit) }),
                    }
                }
            }
        }
        if !found.is_empty()
            && reviews::hold_under_way(self.world, &self.row.team_id, &self.row.campaign_id, &found)
                .await?
        {
            self.pending.back_off_ms = Some(AT_ONCE_MS);
        }
        Ok(())
    }
}

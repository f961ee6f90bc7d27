//! What came of a group, and the end of a slice, in transactions that can be repeated.

use serde_json::json;
use tidegate::status::{self, CampaignFacts, CampaignStatus, CampaignTrigger, MessageStatus};

use super::{Ended, Slice, as_i64};
use crate::dispatch::hand_over::{self, Position};
use crate::dispatch::look_up::FIRST_LOOK_MS;
use crate::dispatch::settlement::{self, SILENT_BACKOFF_MS, SILENT_GROUPS, Settled};
use crate::jobs::receipts::{self, News};
use crate::model::Outcome;
use crate::ports::World;
use crate::store::handovers::{self, SliceRow};
use crate::store::outcomes::{self as store, Finish, SilentRow};
use crate::store::{Answer, Database, Statement, StoreError};

/// How often a write is tried whose outcome is not known.
const WRITE_TRIES: i64 = 4;
/// How long is waited before the second try, in ms; before the third twice as long.
const TRY_AGAIN_MS: i64 = 100;
/// How far back slices count among those that were not answered, in ms.
const SILENT_SLICES_MS: i64 = 3_600_000;

impl<W: World> Slice<'_, W> {
    pub(super) fn note(&mut self, messages: usize, outcomes: Vec<(Position, i64, Outcome)>) {
        let is_posted = !outcomes.is_empty();
        let mut settlement = settlement::settle(outcomes, self.provider.deduplicates());
        if is_posted {
            self.silent = settlement.after_silent(self.silent);
            self.was_answered |= settlement.silent.is_none();
            self.pending.silent.clone_from(&settlement.silent);
        }
        settlement.put_doubtful_off(self.world.now().millis());
        let segments = std::mem::take(&mut self.segments);
        for settled in &mut settlement.settled {
            if settled.status == MessageStatus::Sent {
                settled.segments = segments.get(&settled.ordinal).copied().unwrap_or(0);
                let price = self.price.as_ref();
                settled.cost = price.map_or(0, |price| price.of(self.channel, settled.segments));
            }
        }
        self.pending.settled.extend(settlement.settled);
        self.pending.returned.extend(settlement.returned);
        self.pending.doubtful.extend(settlement.doubtful);
        self.pending.put_off.extend(settlement.put_off);
        let longest = self.pending.back_off_ms.max(settlement.back_off_ms);
        self.pending.back_off_ms = longest;
        self.pending.said = settlement.said.or(self.pending.said.take());
        self.settled += as_i64(messages);
    }

    /// Writes the pending outcomes and `more`, in one transaction. Answers for `more` alone.
    pub(super) async fn write(&mut self, more: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        let news = std::mem::take(&mut self.pending.settled);
        let put_off = std::mem::take(&mut self.pending.put_off);
        let from = self.row.settled;
        let to = self.settled;
        let mut statements = Vec::new();
        let mut before = 0;
        if to > from {
            let outcomes = json!(news);
            let campaign = self.row.campaign_seq;
            let backlog = hand_over::put_off(campaign, &put_off);
            if let Some(due_ms) = backlog.iter().map(|entry| entry.due_ms).min() {
                let entries = json!(backlog);
                statements.extend(store::put_back(self.key, &self.token, from, &entries, due_ms));
            }
            before = statements.len();
            statements.extend(store::settle(
                self.key,
                &self.token,
                campaign,
                (from, to),
                &outcomes,
            ));
            let is_unknown = |settled: &Settled| settled.status == MessageStatus::Unknown;
            if self.provider.looks_up() && news.iter().any(is_unknown) {
                let due = self.world.now().millis() + FIRST_LOOK_MS;
                let token = &self.token;
                statements.push(store::look_up(self.key, token, campaign, to, &outcomes, due));
            }
        }
        let own = statements.len();
        statements.extend(more);
        if statements.is_empty() {
            return Ok(Vec::new());
        }
        let mut answers = self.try_to_write(statements).await?;
        if own > 0 && answers.get(before).is_some_and(|answer| answer.changes == 0) {
            self.report_late(&news).await?;
        }
        self.row.settled = to;
        Ok(answers.split_off(own))
    }

    /// Every statement here can be repeated, so an error that may have come after the commit is
    /// answered by trying again.
    async fn try_to_write(&self, statements: Vec<Statement>) -> Result<Vec<Answer>, StoreError> {
        let mut tries = 1;
        loop {
            match self.world.database().batch(statements.clone()).await {
                Err(StoreError::Failed(_)) if tries < WRITE_TRIES => {
                    self.world.sleep(self.world.now().plus(tries * TRY_AGAIN_MS)).await;
                    tries += 1;
                }
                other => return other,
            }
        }
    }

    /// The lease was lost before the outcomes were recorded: they are news like any receipt.
    async fn report_late(&self, settled: &[Settled]) -> Result<(), StoreError> {
        let row = self.world.database().run(handovers::load(self.key)).await?;
        let still_ours = row.first::<SliceRow>()?.is_some_and(|row| {
            row.lease_token.as_deref() == Some(self.token.as_str()) && row.settled >= self.settled
        });
        if still_ours {
            return Ok(()); // The first try was committed and its answer lost.
        }
        let news: Vec<News> =
            settled.iter().filter_map(|settled| News::of(self.row.campaign_seq, settled)).collect();
        receipts::apply(self.world.database(), &news).await
    }

    /// Where nothing of the slice was answered, nor of those before it: what is known of that. One
    /// that has a message or two would tell nothing by itself.
    async fn long_silent(&mut self) -> Result<Option<String>, StoreError> {
        let Some(detail) = self.pending.silent.take() else { return Ok(None) };
        // Those that were not answered before may be at fault themselves.
        let is_first = self.positions.iter().any(|position| position.doubts == 0);
        if self.was_answered || !is_first {
            return Ok(None);
        }
        let most = SILENT_GROUPS - self.silent;
        let since_ms = self.world.now().millis() - SILENT_SLICES_MS;
        let before = self.world.database().run(store::silent_slices(self.key, since_ms, most));
        let before = before.await?.first::<SilentRow>()?.map_or(0, |row| row.silent);
        Ok((before >= most).then_some(detail))
    }

    pub(super) async fn finish(mut self, mut due_ms: i64) -> Result<Ended, StoreError> {
        let mut said = self.pending.said.take();
        if said.is_none() {
            said = self.long_silent().await?;
            if said.is_some() {
                due_ms = due_ms.max(self.world.now().millis() + SILENT_BACKOFF_MS);
            }
        }
        let now = self.world.now().millis();
        let mut returned = std::mem::take(&mut self.pending.returned);
        returned.extend_from_slice(self.span(self.settled, self.row.count));
        let mut backlog = hand_over::backlog(self.row.campaign_seq, &returned, due_ms);
        let doubtful = hand_over::backlog(self.row.campaign_seq, &self.pending.doubtful, due_ms);
        backlog.extend(doubtful.into_iter().map(|entry| entry.in_doubt(now)));
        let backlog = json!(backlog);
        let facts = CampaignFacts { started: true, lead_ms: None };
        let exhausted =
            status::campaign(CampaignStatus::InProgress, CampaignTrigger::Exhaust, &facts)
                .map_or("completed", CampaignStatus::name);
        let token = self.token.clone();
        let end = store::finish(&Finish {
            key: self.key,
            token: &token,
            campaign_seq: self.row.campaign_seq,
            settled: self.settled,
            backlog: &backlog,
            due_ms,
            behind: self.behind,
            hold: said.as_deref().map(|said| (due_ms, said)),
            exhausted,
            now_ms: now,
        });
        self.write(end).await?;
        Ok(Ended::Done)
    }
}

//! `GET /messages`: the messages of all campaigns of a team, those of the newest campaign first, in
//! the order of its people.
//!
//! A page looks at a bounded number of campaigns and of messages, and can be shorter than asked for, or
//! empty: the list ends where `next_cursor` is null.

use axum::Json;
use serde::Serialize;
use tidegate::status::MessageStatus;

use super::api::{About, Routes};
use super::asked::campaigns as asked;
use super::caller::Viewer;
use super::campaign_filter::{self, Words};
use super::campaign_lists::{self, Found};
use super::fields::Fields;
use super::message_pages::{self, Message, Stretch};
use super::params::{Listing, Page, Query};
use super::{App, Failure};
use crate::batch;
use crate::model::{Channel, Kind};
use crate::ports::World;
use crate::store::Database;
use crate::store::StoreError;
use crate::store::campaign_lists::{Filter, Order, Place};
use crate::store::campaigns::CampaignRow;
use crate::store::messages::SCAN_MOST;

/// Campaigns that one page looks into, at most.
const CAMPAIGNS_MOST: i64 = 200;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::more("campaigns").get(
        "/messages",
        list::<W>,
        About::new("listAllMessages", "List the messages of all campaigns")
            .says(
                "Those of the newest campaign first, messages to one person among them. A page \
                 looks into 200 campaigns and at 1,000,000 messages at most, so it can be shorter \
                 than asked for, or empty: the list ends where `next_cursor` is null.",
            )
            .filters::<asked::AnyMessageFilter>(),
    )
}

/// A message, and what it is a message of.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct AnyMessage {
    #[serde(flatten)]
    message: Message,
    /// What was let go with it.
    batch_id: Option<String>,
    campaign_id: String,
    campaign_name: String,
    kind: Kind,
    channel: Channel,
    sender_id: String,
    /// Who let it go: a user's id.
    by_user: Option<String>,
}

impl AnyMessage {
    fn of(message: Message, campaign: &CampaignRow) -> Self {
        Self {
            message,
            batch_id: batch_of(campaign),
            campaign_id: campaign.id.clone(),
            campaign_name: campaign.name.clone(),
            kind: campaign.kind,
            channel: campaign.channel,
            sender_id: campaign.sender_id.clone(),
            by_user: campaign.by_user.clone(),
        }
    }
}

/// The batch of a campaign that was let go.
pub(super) fn batch_of(campaign: &CampaignRow) -> Option<String> {
    (campaign.status != "draft").then(|| batch::of(&campaign.id))
}

/// Where a list of messages goes on: at an ordinal of a campaign, and then below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub seq: i64,
    pub ordinal: i64,
}

impl Spot {
    pub(super) const TOP: Self = Self { seq: Place::TOP.seq - 1, ordinal: 0 };

    pub(super) fn read(text: &str) -> Option<Self> {
        let (seq, ordinal) = text.split_once('-')?;
        let number = |text: &str| text.parse().ok().filter(|number| *number >= 0);
        Some(Self { seq: number(seq)?, ordinal: number(ordinal)? })
    }

    pub(super) fn cursor(self) -> String {
        format!("{}-{}", self.seq, self.ordinal)
    }
}

/// Campaigns, and the stretch of each that is to be looked at.
pub(super) struct Stretches {
    pub campaigns: Vec<CampaignRow>,
    /// From and until, of each.
    pub ordinals: Vec<(i64, i64)>,
    /// What comes behind them; none where that was all.
    pub next: Option<Spot>,
}

impl Stretches {
    /// Up to [`CAMPAIGNS_MOST`] campaigns of a filter from a spot on, with `most` people together.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn find(
        db: &impl Database,
        team_id: &str,
        filter: &Filter,
        from: Spot,
        most: i64,
    ) -> Result<Self, StoreError> {
        let below = Place { seq: from.seq.saturating_add(1), ..Place::TOP };
        let narrowed = (filter, Order::Newest);
        let Found { places, next } =
            campaign_lists::find(db, team_id, narrowed, below, CAMPAIGNS_MOST).await?;
        let mut campaigns = campaign_lists::rows(db, team_id, &places).await?;
        // What is below a place begins with the campaign before it.
        let mut next = next.map(|next| Spot { seq: next.seq - 1, ordinal: 0 });
        let mut ordinals = Vec::with_capacity(campaigns.len());
        let mut left = most;
        for campaign in &campaigns {
            let first = if campaign.seq == from.seq { from.ordinal } else { 0 };
            let until = campaign.total.min(first.saturating_add(left)).max(first);
            ordinals.push((first, until));
            left -= until - first;
            if until < campaign.total {
                next = Some(Spot { seq: campaign.seq, ordinal: until });
                break;
            }
        }
        campaigns.truncate(ordinals.len());
        Ok(Self { campaigns, ordinals, next })
    }

    /// The stretches from one of them on.
    pub(super) fn from(&self, place: usize, ordinal: i64) -> Vec<Stretch<'_>> {
        let all = self.campaigns.iter().zip(&self.ordinals).enumerate().skip(place);
        all.map(|(at, (campaign, (from, until)))| {
            let from = if at == place { ordinal.max(*from) } else { *from };
            Stretch { campaign, from, until: *until }
        })
        .collect()
    }
}

#[worker::send]
async fn list<W: World + 'static>(
    Viewer(key): Viewer,
    app: App<W>,
    Query(query): Query,
) -> Result<Json<Listing<AnyMessage>>, Failure> {
    let words = Words::of_team(&app, key.team_id()).await?;
    let mut fields = Fields::of(&query);
    let (filter, statuses) = narrowed(words, &mut fields);
    let page = Page::read(&mut fields, Spot::read);
    let page = fields.finish(page)?;
    let from = page.after.unwrap_or(Spot::TOP);
    let found = Stretches::find(app.db(), key.team_id(), &filter, from, SCAN_MOST).await?;
    let stretches = found.from(0, 0);
    // Enough for a page of messages to one person.
    let pages = page.limit.saturating_add(1);
    let filter = message_pages::Filter::of(statuses.as_deref());
    let part = message_pages::read(app.db(), &stretches, filter, page.limit, pages).await?;
    let spot = |(place, ordinal): (usize, i64)| {
        let campaign = found.campaigns.get(place)?;
        Some(Spot { seq: campaign.seq, ordinal })
    };
    let next = part.next.map_or(found.next, spot);
    let message = |(place, message): (usize, Message)| {
        found.campaigns.get(place).map(|campaign| AnyMessage::of(message, campaign))
    };
    Ok(Json(Listing {
        items: part.items.into_iter().filter_map(message).collect(),
        next_cursor: next.map(Spot::cursor),
    }))
}

/// Which messages of which campaigns are meant.
pub(super) fn narrowed(
    words: Words,
    fields: &mut Fields<'_>,
) -> (Filter, Option<Vec<MessageStatus>>) {
    let words = words.read(fields);
    let statuses = words.message_statuses(fields);
    (campaign_filter::read(fields, None), statuses)
}

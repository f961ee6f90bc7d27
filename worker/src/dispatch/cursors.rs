//! How far each campaign has come with a tick, and what waits to go again.

use std::collections::BTreeSet;

use tidegate::status::CampaignStatus;

use super::commit::{BacklogOf, Cursor, ZoneCursor};
use super::rules::Campaign;
use super::supply::Backlog;
use super::tick::{Lane, of_each};

/// The cursors that moved.
pub(super) fn cursors(campaigns: &[Campaign], lanes: &[Lane]) -> Vec<Cursor> {
    let of = |(campaign, lanes): (&Campaign, &[Lane])| Cursor {
        campaign_seq: campaign.seq,
        cursor: lanes.iter().map(|lane| lane.supply.cursor()).sum(),
        joined_at: campaign.joined_at,
    };
    let moved = |cursor: &Cursor| {
        let before = campaigns.iter().find(|campaign| campaign.seq == cursor.campaign_seq);
        before.is_none_or(|before| {
            (before.cursor(), before.joined_at) != (cursor.cursor, cursor.joined_at)
        })
    };
    of_each(lanes).map(of).filter(moved).collect()
}

/// Those of zones that did.
pub(super) fn zone_cursors(campaigns: &[Campaign], lanes: &[Lane]) -> Vec<ZoneCursor> {
    let in_zones = lanes.iter().filter_map(|lane| {
        let before = campaigns.iter().find(|campaign| campaign.seq == lane.campaign.seq)?;
        let part = before.parts.iter().find(|part| part.zones == lane.zones)?;
        let moved = before.is_in_zones() && part.cursor != lane.supply.cursor();
        moved.then(|| ZoneCursor {
            campaign_seq: before.seq,
            time_zone: lane.zones.name(),
            cursor: lane.supply.cursor(),
        })
    });
    in_zones.collect()
}

/// The backlogs of all campaigns that had one.
pub(super) fn backlogs(
    campaigns: &[Campaign],
    lanes: &[Lane],
    over: &BTreeSet<i64>,
) -> Vec<BacklogOf> {
    let with_backlog = campaigns.iter().filter(|campaign| campaign.backlog().next().is_some());
    let of = |campaign: &Campaign| {
        let lanes = of_each(lanes).find(|(of, _)| of.seq == campaign.seq);
        let has: Option<Vec<Backlog>> = match lanes {
            Some(_) if over.contains(&campaign.seq) => None,
            Some((_, lanes)) => Some(lanes.iter().flat_map(|lane| lane.supply.rest()).collect()),
            // Paused: they wait. Anything else that is not active has ended: they are dropped.
            None if campaign.status == CampaignStatus::Paused => {
                Some(campaign.backlog().cloned().collect())
            }
            None => None,
        };
        BacklogOf {
            campaign_seq: campaign.seq,
            had: campaign.backlog().map(|entry| entry.first).collect(),
            is_dropped: has.is_none(),
            // Their places have just been given back, once.
            has: has.into_iter().flatten().map(Backlog::uncharged).collect(),
        }
    };
    // What stays as it is is not written again each minute.
    let is_new = |of: &BacklogOf| {
        let had = campaigns.iter().find(|campaign| campaign.seq == of.campaign_seq);
        let mut had: Vec<&Backlog> = had.into_iter().flat_map(Campaign::backlog).collect();
        had.sort_by_key(|entry| entry.first);
        let mut has: Vec<&Backlog> = of.has.iter().collect();
        has.sort_by_key(|entry| entry.first);
        of.is_dropped || had != has
    };
    with_backlog.map(of).filter(is_new).collect()
}

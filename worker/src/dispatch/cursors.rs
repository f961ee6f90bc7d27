//! How far each campaign has come with a tick, and what waits to go again.

use std::collections::{BTreeMap, BTreeSet};

use tidegate::Instant;
use tidegate::status::CampaignStatus;

use super::commit::{BacklogOf, Cursor, ZoneCursor};
use super::late::{self, LATE_MOST, LeftOut};
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

/// What changes in the backlogs. Where nothing of a campaign is ever released again, its messages in
/// doubt are left out, and what surely did not go is dropped.
pub(super) fn backlogs(
    campaigns: &[Campaign],
    lanes: &[Lane],
    over: &BTreeSet<i64>,
    left_out: &mut Vec<LeftOut>,
    now: Instant,
) -> Vec<BacklogOf> {
    let with_backlog = campaigns.iter().filter(|campaign| campaign.backlog().next().is_some());
    let of = |campaign: &Campaign| {
        let lanes = of_each(lanes).find(|(of, _)| of.seq == campaign.seq);
        let rest = |lanes: &[Lane]| lanes.iter().flat_map(|lane| lane.supply.rest()).collect();
        match lanes {
            Some((_, lanes)) if !over.contains(&campaign.seq) => changes(campaign, rest(lanes)),
            // Paused: they wait. Anything else that is not active has ended.
            None if campaign.status == CampaignStatus::Paused => {
                changes(campaign, campaign.backlog().cloned().collect())
            }
            _ => {
                let room = LATE_MOST.saturating_sub(left_out.len());
                let (given_up, mut stays) = late::in_doubt(campaign, now.millis(), room);
                left_out.extend(given_up);
                let goes_on = !stays.is_empty();
                // One that does not end yet has everybody until it does: its rules may change.
                if let Some((_, lanes)) = lanes.filter(|_| goes_on) {
                    let rest: Vec<Backlog> = rest(lanes);
                    stays.extend(rest.into_iter().filter(|entry| entry.doubts == 0));
                }
                BacklogOf { goes_on, ..changes(campaign, stays) }
            }
        }
    };
    with_backlog.map(of).filter(|of| of.goes_on || of.is_any()).collect()
}

/// What of a campaign's backlog becomes another: a hundred thousand people who wait until tomorrow
/// are not written anew each minute because one of them goes.
fn changes(campaign: &Campaign, has: Vec<Backlog>) -> BacklogOf {
    let had: BTreeMap<i64, &Backlog> =
        campaign.backlog().map(|entry| (entry.first, entry)).collect();
    // Their places have just been given back, once.
    let has: BTreeMap<i64, Backlog> =
        has.into_iter().map(|entry| (entry.first, entry.uncharged())).collect();
    let is_gone = |(first, entry): &(&i64, &&Backlog)| has.get(first) != Some(**entry);
    let gone = had.iter().filter(is_gone).map(|(first, _)| *first).collect();
    let is_new = |entry: &Backlog| had.get(&entry.first) != Some(&entry);
    BacklogOf {
        campaign_seq: campaign.seq,
        had: gone,
        has: has.into_values().filter(is_new).collect(),
        goes_on: false,
    }
}

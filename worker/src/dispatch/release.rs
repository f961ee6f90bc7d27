//! Turns planned runs into slices: who of a campaign goes at which of its instants.

use tidegate::{Instant, Layer};

use super::charges::{self, Charge};
use super::commit::{Item, Slice};
use super::late::{self, LeftOut};
use super::ledger::Ledger;
use super::slices::Slices;
use super::tick::Lane;

/// Turns planned runs into slices, taking messages from the supplies and charging the ledger.
pub(super) fn release(
    lanes: &mut [Lane],
    block_every_ms: i64,
    shared: &[Layer],
    ledger: &mut Ledger,
    left_out: &mut Vec<LeftOut>,
) -> Vec<Slice> {
    let mut done: Vec<Slice> = Vec::new();
    for Lane { campaign, runs, layers, supply, .. } in lanes {
        let mut open = Slices::every(block_every_ms);
        for run in runs {
            let charge = Charge {
                start: run.start.millis(),
                count: i64::try_from(run.count).unwrap_or(0),
                every: run.every,
                campaign: campaign.seq,
                origin: campaign.origin(),
            };
            let changed = charges::charge(&mut ledger.charges, charge);
            ledger.changed.insert(changed);
            let mut at = 0;
            while at < charge.count {
                let start = charge.start + at * charge.every;
                let (slice, room) = open.next(start, charge.every, || Slice {
                    campaign_seq: campaign.seq,
                    edition: campaign.edition,
                    items: Vec::new(),
                    count: 0,
                    start_ms: start,
                    open_until_ms: if campaign.any_hour {
                        None
                    } else {
                        open_until(shared, layers, start)
                    },
                    expires_ms: None,
                });
                // Where messages expire, each has a promise of its own.
                let most = if campaign.expires_after_ms.is_some() { 1 } else { charge.count - at };
                let Some(span) = supply.take(room.min(most)) else {
                    break; // The engine never plans more than the supply holds.
                };
                at += span.count;
                let deadline = late::deadline(campaign, span.first).filter(|_| span.doubts == 0);
                if deadline.is_some_and(|deadline| start >= deadline) {
                    left_out.push(late::expired(campaign, span.first));
                    let gone = Charge { start, count: 1, every: 0, ..charge };
                    ledger.changed.extend(charges::give_back(&mut ledger.charges, &gone));
                    continue;
                }
                slice.add(Item {
                    first: span.first,
                    count: span.count,
                    start,
                    every: charge.every,
                    doubts: span.doubts,
                });
                let soonest = [slice.expires_ms, deadline];
                slice.expires_ms = soonest.into_iter().flatten().min();
            }
        }
        done.extend(open.finish());
    }
    done.sort_by_key(|slice| slice.start_ms);
    done
}

/// Until when every rule that goes by time alone stays open.
fn open_until(shared: &[Layer], own: &[Layer], at: i64) -> Option<i64> {
    let layers = shared.iter().chain(own);
    tidegate::open_until(layers, Instant::from_millis(at)).map(Instant::millis)
}

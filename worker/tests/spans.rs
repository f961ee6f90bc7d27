//! Which campaigns were on their way in a period: those that a search of all would find, in its order, page by page.

#![expect(clippy::unwrap_used, reason = "what cannot be here means that the test is wrong")]

use tidegate_worker::model::Kind;
use tidegate_worker::store::LAST_MS;
use tidegate_worker::store::period::{self, CAMPAIGNS_A_STEP, LONG_MS, Period};
use tidegate_world::Rng;
use tidegate_world::counted::Counted;

const TEAM: &str = "team_main";
const DAY_MS: u64 = 86_400_000;

/// When a campaign ended (or [`LAST_MS`]), its number, and when it started.
type Span = (i64, i64, Option<i64>);

fn found(db: &Counted, period: Period) -> Vec<i64> {
    let mut all = Vec::new();
    let mut below = (LAST_MS, LAST_MS);
    loop {
        let (ids, _) = db.rows(&period::spans(TEAM, Kind::Broadcast, period, below));
        let ids: Vec<i64> = ids.iter().map(|id| id.parse().unwrap()).collect();
        all.extend(&ids);
        let Some(last) = ids.get(usize::try_from(CAMPAIGNS_A_STEP).unwrap() - 1) else {
            return all;
        };
        let end = format!("SELECT coalesce(ended_ms, {LAST_MS}) FROM campaigns WHERE seq = {last}");
        below = (db.number(&end), *last);
    }
}

#[test]
fn a_period_has_each_campaign_that_was_on_its_way_in_it_however_long_that_took() {
    let rng = Rng::new(7);
    let db = Counted::new();
    db.run(&format!(
        "INSERT INTO senders (seq, id, team_id, name, channel, provider, policy, created_ms)
         VALUES (1, 'snd_1', '{TEAM}', 'Shop', 'sms', '{{}}', '{{}}', 0)"
    ));
    let mut spans: Vec<Span> = Vec::new();
    for seq in 1..=4_000 {
        // Times of whole minutes, so that many fall on the same.
        let minute = |ms: i64| ms / 60_000 * 60_000;
        let start = (!rng.once_in(20)).then(|| minute(rng.ms(DAY_MS)));
        let long = *rng.pick(&[0, 600_000, LONG_MS, LONG_MS + 60_000, 20_000_000]);
        let end = start.filter(|_| !rng.once_in(3)).map(|start| start + minute(long));
        let text = |ms: Option<i64>| ms.map_or("NULL".to_owned(), |ms| ms.to_string());
        db.run(&format!(
            "INSERT INTO campaigns (seq, id, team_id, sender_seq, kind, name, content, status,
               created_ms, started_ms, ended_ms, total)
             VALUES ({seq}, '{seq}', '{TEAM}', 1, 'broadcast', '', '{{}}', 'in_progress', 0, {}, {}, 0)",
            text(start),
            text(end),
        ));
        spans.push((end.unwrap_or(LAST_MS), seq, start));
    }
    spans.sort_unstable_by(|one, other| other.cmp(one));
    let mut counts = Vec::new();
    for _ in 0..40 {
        let from_ms = rng.ms(DAY_MS) / 60_000 * 60_000;
        let long = *rng.pick(&[60_000, LONG_MS, 20_000_000, LAST_MS - from_ms]);
        let period = Period { from_ms, until_ms: from_ms + long };
        let wanted: Vec<i64> = spans
            .iter()
            .filter(|(end, _, start)| {
                *end >= from_ms && start.is_some_and(|start| start < period.until_ms)
            })
            .map(|(_, seq, _)| *seq)
            .collect();
        assert_eq!(found(&db, period), wanted, "{period:?}");
        counts.push(wanted.len());
    }
    assert!(counts.iter().any(|count| *count > 2_000), "more than two pages: {counts:?}");
}

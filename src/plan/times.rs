//! Every instant of a plan.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Plan;
use crate::history::Run;

/// Every planned instant in milliseconds since 1970, in sending order. The array has the size of
/// the plan's messages, eight bytes each.
#[must_use]
pub fn plan_times(plan: &Plan) -> Vec<f64> {
    let mut times = Vec::with_capacity(usize::try_from(plan.planned).unwrap_or(0));
    // Runs whose turn has come. The runs of one lane never overlap, those of several may.
    let mut open: BinaryHeap<Reverse<Run>> = BinaryHeap::new();
    let mut next = plan.runs.iter().map(|planned| planned.run).peekable();
    loop {
        let first = open.peek().map(|Reverse(run)| run.start);
        let started = next.next_if(|run| first.is_none_or(|first| run.start <= first));
        if let Some(run) = started {
            open.push(Reverse(run));
            continue;
        }
        let Some(Reverse(run)) = open.pop() else { return times };
        let other = open.peek().map(|Reverse(other)| other.start);
        let other = [other, next.peek().map(|run| run.start)].into_iter().flatten().min();
        let alone = other.map_or(run.count, |other| run.count_until(other)).max(1);
        let (piece, rest) = run.split(alone);
        if let Some(piece) = piece {
            times.extend(instants(&piece));
        }
        open.extend(rest.map(Reverse));
    }
}

fn instants(run: &Run) -> impl Iterator<Item = f64> {
    let (mut next, every) = (run.start.millis(), run.every);
    (0..usize::try_from(run.count).unwrap_or(usize::MAX)).map(move |_| {
        let at = next;
        next += every;
        #[expect(clippy::cast_precision_loss, reason = "covered instants are within 53 bits")]
        let at = at as f64;
        at
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::Origin;
    use crate::plan::PlannedRun;
    use crate::time::Instant;

    #[test]
    fn interleaving_lanes_come_out_in_sending_order() {
        let run = |lane, start, count, every| PlannedRun {
            lane,
            run: Run { start: Instant::from_millis(start), count, every, origin: Origin::Queued },
        };
        let plan = Plan {
            planned: 9,
            runs: vec![run(0, 0, 4, 20), run(1, 10, 3, 20), run(0, 60, 1, 0), run(0, 61, 1, 0)],
            ..Plan::default()
        };
        let expected = [0., 10., 20., 30., 40., 50., 60., 60., 61.];
        assert_eq!(plan_times(&plan), expected);
    }
}

//! The smallest step that is enough.

use super::ONE_BY_ONE;

/// The smallest of `count` steps that suffices: it does, and the one before it does not. The
/// step 0, which is no step at all, does not either.
///
/// `is_orderly` says that with a step every later one suffices too. Then the answer is the
/// smallest of all, and none where there is none. Otherwise it is the smallest of all among the
/// first [`ONE_BY_ONE`], beyond them one that is enough where the one before it is not.
///
/// With up to 2^30 steps it asks at most 65 times.
pub(super) fn smallest<E>(
    count: u64,
    is_orderly: bool,
    mut suffices: impl FnMut(u64) -> Result<bool, E>,
) -> Result<Option<u64>, E> {
    if count == 0 || (is_orderly && !suffices(count)?) {
        return Ok(None);
    }
    let mut too_small = 0;
    let mut enough = loop {
        let next = if too_small < ONE_BY_ONE { too_small + 1 } else { too_small * 2 };
        let next = next.min(count);
        if suffices(next)? {
            break next;
        }
        if next == count {
            return Ok(None);
        }
        too_small = next;
    };
    while enough - too_small > 1 {
        let middle = too_small.midpoint(enough);
        if suffices(middle)? {
            enough = middle;
        } else {
            too_small = middle;
        }
    }
    Ok(Some(enough))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found, and how often it was asked.
    fn found(count: u64, is_orderly: bool, suffices: impl Fn(u64) -> bool) -> (Option<u64>, u32) {
        let mut asked = 0;
        let found = smallest::<()>(count, is_orderly, |step| {
            assert!((1..=count).contains(&step), "{step}");
            asked += 1;
            Ok(suffices(step))
        });
        (found.unwrap(), asked)
    }

    #[test]
    fn the_smallest_is_found_wherever_it_is() {
        for count in 0..70 {
            for smallest in 1..75 {
                let expected = (smallest <= count).then_some(smallest);
                assert_eq!(found(count, true, |step| step >= smallest).0, expected);
                assert_eq!(found(count, false, |step| step >= smallest).0, expected);
            }
        }
    }

    #[test]
    fn few_questions_are_asked_whatever_the_answer() {
        const COUNT: u64 = 1 << 30;
        let edges = (0..=30).flat_map(|bits| [(1 << bits) - 1, 1 << bits, (1 << bits) + 1]);
        let most = edges.map(|smallest: u64| found(COUNT, true, |step| step >= smallest).1).max();
        assert_eq!(most, Some(65));
        assert_eq!(found(COUNT, true, |_| false), (None, 1));
    }

    #[test]
    fn without_order_the_first_steps_are_each_tried() {
        for smallest in 1..=ONE_BY_ONE {
            assert_eq!(found(1_000, false, |step| step == smallest).0, Some(smallest));
        }
        let (step, _) = found(1_000, false, |step| step == 600 || step > 900);
        assert!(matches!(step, Some(600 | 901)));
    }
}

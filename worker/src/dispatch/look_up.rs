//! When a provider is asked what became of a message about which nobody can tell.

/// The first time, in ms after it became unknown: long after its POST has ended, and time for the
/// provider to take in what reached it.
pub const FIRST_LOOK_MS: i64 = 60_000;
/// The pauses before the look-ups after that, in ms. After the last nobody is asked any more.
const LATER_LOOKS_MS: [i64; 3] = [300_000, 1_800_000, 7_200_000];

/// How long after look-up number `look`, counted from 1, the next one comes, in ms; none after the
/// last.
#[must_use]
pub fn rest_ms(look: i64) -> Option<i64> {
    let index = usize::try_from(look - 1).ok()?;
    LATER_LOOKS_MS.get(index).copied()
}

/// Whether there is a look-up number `look`, counted from 1.
#[must_use]
pub fn is_worth(look: i64) -> bool {
    look == 1 || rest_ms(look - 1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_asked_four_times_and_less_and_less_often() {
        let rests: Vec<_> = (1..).map_while(rest_ms).collect();
        assert_eq!(rests, [300_000, 1_800_000, 7_200_000]);
        assert_eq!((1..9).filter(|look| is_worth(*look)).count(), 4);
    }
}

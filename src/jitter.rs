//! The draws that make gaps uneven, the same in a preview and at dispatch.

/// What the message with that ordinal draws in a lane with that seed: any number, the same
/// everywhere. A policy with a jitter of `J` milliseconds adds `draw % (J + 1)` to the gap before
/// the message.
///
/// The ordinal is the message's place in its lane, counted from 0. The history does not count:
/// whoever plans a lane in parts says with [`Lane::first_ordinal`](crate::Lane) how many went
/// before. The draw is the ordinal's number in the sequence of `SplitMix64` that starts at the
/// seed (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
///
/// ```
/// assert_eq!(tidegate::draw(0, 0), 0xe220_a839_7b1d_cdaf);
/// assert_eq!(tidegate::draw(0, 1), 0x6e78_9e6a_a1b9_65f4);
/// ```
#[must_use]
pub const fn draw(seed: u64, ordinal: u64) -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    let state = seed.wrapping_add(STEP.wrapping_mul(ordinal.wrapping_add(1)));
    let state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}

// Randomness from a seed, for what has to be drawn again as it was.

/** Answers `{ next, between, chance, pick }`, all drawn from one stream that `seed` begins. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  /** mulberry32: a number in [0, 1). */
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    /** A whole number from `low` to `high`. */
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    chance: (share) => next() < share,
    /** One of `[[thing, weight]]`. */
    pick(weighted) {
      let left = next() * weighted.reduce((sum, [, weight]) => sum + weight, 0);
      return (weighted.find(([, weight]) => (left -= weight) < 0) ?? weighted.at(-1))[0];
    },
  };
}

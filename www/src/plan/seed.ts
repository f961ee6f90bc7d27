/**
 * The seed of a campaign's jitter, from its id: the same the dispatcher draws with (FNV-1a of
 * 64 bits, its upper 53), so that a varied gap is previewed to the millisecond.
 */
export function jitterSeed(id: string): number {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(id)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return Number(hash >> 11n);
}

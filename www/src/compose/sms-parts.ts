/** How many parts a text message is sent and charged as (3GPP TS 23.038). */

/** The basic table; each letter takes one of 160 places. */
const BASIC =
  "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/** The extension table; each takes two. */
const EXTENDED = "\f^{}\\[~]|€";

export interface Parts {
  parts: number;
  /** Places taken, in the alphabet that is used. */
  places: number;
  /** Places until another part is needed. */
  room: number;
  /** The letters that force the wide alphabet, where half as many fit. */
  wide: string[];
}

export function smsParts(text: string): Parts {
  const letters = [...text];
  const wide = [...new Set(letters.filter((letter) => !BASIC.includes(letter) && !EXTENDED.includes(letter)))];
  const sizes = wide.length
    ? letters.map((letter) => letter.length)
    : letters.map((letter) => (EXTENDED.includes(letter) ? 2 : 1));
  const places = sizes.reduce((sum, size) => sum + size, 0);
  const [single, joined] = wide.length ? [70, 67] : [160, 153];
  if (places <= single) return { parts: places === 0 ? 0 : 1, places, room: single - places, wide };
  const [parts, used] = joinedParts(sizes, joined);
  return { parts, places, room: joined - used, wide };
}

/** A letter of two places is never cut in half: it moves to the next part whole. */
function joinedParts(sizes: number[], joined: number): [parts: number, used: number] {
  let [parts, used] = [1, 0];
  for (const size of sizes) {
    if (used + size > joined) [parts, used] = [parts + 1, 0];
    used += size;
  }
  return [parts, used];
}

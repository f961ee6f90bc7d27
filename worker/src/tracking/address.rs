//! The addresses that a recipient's programme opens: `<origin>/l/<token>` in place of a link, and
//! `<origin>/o/<token>` for the image in a mail.
//!
//! A token is short, because it may travel in a text message: three small numbers and ten bytes of
//! HMAC-SHA256 (RFC 2104, section 5, asks for at least that many), in URL-safe base 64.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::Mac;

use super::OPENED;
use crate::callback::Signer;

/// Bytes of the signature in a token.
const SIGNATURE_BYTES: usize = 10;
/// What the signature is for, so that no other token of this deployment can be taken for one.
const PURPOSE: &[u8] = b"mark\0";
/// Characters of the longest token.
const TOKEN_MOST: usize = 56;

/// What a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The message's ordinal in it.
    pub ordinal: i64,
    /// Which link of its text, from 1; [`OPENED`] for the image.
    pub link: i64,
}

/// The address of a place.
#[must_use]
pub fn url(signer: &Signer, place: Place) -> String {
    let kind = if place.link == OPENED { 'o' } else { 'l' };
    format!("{}/{kind}/{}", signer.origin(), token(signer, place))
}

/// The token of a place.
#[must_use]
pub fn token(signer: &Signer, place: Place) -> String {
    let mut bytes = Vec::with_capacity(TOKEN_MOST);
    for number in [place.campaign_seq, place.ordinal, place.link] {
        write(&mut bytes, number.unsigned_abs());
    }
    let signature = signer.signed(PURPOSE, &bytes).finalize().into_bytes();
    bytes.extend(signature.iter().take(SIGNATURE_BYTES));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place that a token stands for; none when this deployment did not make it.
#[must_use]
pub fn place(signer: &Signer, token: &str) -> Option<Place> {
    if token.len() > TOKEN_MOST {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (payload, signature) = bytes.split_at_checked(bytes.len().checked_sub(SIGNATURE_BYTES)?)?;
    // Takes the same time wherever the first wrong byte is.
    signer.signed(PURPOSE, payload).verify_truncated_left(signature).ok()?;
    let mut rest = payload.iter();
    let mut number = || read(&mut rest);
    let place = Place { campaign_seq: number()?, ordinal: number()?, link: number()? };
    rest.next().is_none().then_some(place)
}

/// The ordinals below `total` by how long their tokens are: `(first, count)`, the shortest first.
pub fn alike(total: i64) -> impl Iterator<Item = (i64, i64)> {
    let ends = (1..=9).map(|bytes| 1_i64 << (7 * bytes).min(62));
    let begins = std::iter::once(0).chain(ends.clone());
    let spans = begins.zip(ends).map(move |(first, end)| (first, end.min(total) - first));
    spans.take_while(|(_, count)| *count > 0)
}

/// Seven bits a byte, the lowest first; the high bit says that more follow.
fn write(bytes: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = u8::try_from(number & 0x7f).unwrap_or(0);
        number >>= 7;
        if number == 0 {
            return bytes.push(low);
        }
        bytes.push(low | 0x80);
    }
}

fn read<'a>(bytes: &mut impl Iterator<Item = &'a u8>) -> Option<i64> {
    let mut number = 0_u64;
    for shift in (0..63).step_by(7) {
        let byte = bytes.next()?;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return i64::try_from(number).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer() -> Signer {
        Signer::new("secret", "https://t.example/")
    }

    #[test]
    fn a_token_gives_its_place_back() {
        let signer = signer();
        for (campaign_seq, ordinal, link) in
            [(0, 0, 0), (7, 999_999, 3), (1, 127, 128), (i64::MAX, i64::MAX, i64::MAX)]
        {
            let place = Place { campaign_seq, ordinal, link };
            assert_eq!(super::place(&signer, &token(&signer, place)), Some(place));
        }
    }

    #[test]
    fn the_address_of_an_ordinary_link_is_short() {
        let at = |link| url(&signer(), Place { campaign_seq: 4_000, ordinal: 900_000, link });
        let link = at(2);
        let token = link.strip_prefix("https://t.example/l/").unwrap();
        assert_eq!(token.len(), 22);
        assert!(at(OPENED).starts_with("https://t.example/o/"));
    }

    #[test]
    fn ordinals_are_parted_where_their_tokens_grow() {
        let spans: Vec<_> = alike(3_000_000).collect();
        assert_eq!(spans, [(0, 128), (128, 16_256), (16_384, 2_080_768), (2_097_152, 902_848)]);
        assert_eq!(alike(128).collect::<Vec<_>>(), [(0, 128)]);
        assert_eq!(alike(0).count(), 0);
        let bytes = |ordinal| {
            let token = token(&signer(), Place { campaign_seq: 7, ordinal, link: 1 });
            URL_SAFE_NO_PAD.decode(token).unwrap().len()
        };
        for (first, count) in spans {
            assert_eq!(bytes(first), bytes(first + count - 1));
            assert!(first == 0 || bytes(first - 1) < bytes(first));
        }
    }

    #[test]
    fn no_other_text_is_a_token() {
        let signer = signer();
        let token = token(&signer, Place { campaign_seq: 7, ordinal: 300, link: 1 });
        assert_eq!(place(&Signer::new("other", ""), &token), None);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(place(&signer, &changed), None, "{changed}");
        }
        // A callback's token is signed for something else.
        let callback = signer.token(crate::callback::Message { campaign_seq: 7, ordinal: 300 });
        for garbage in ["", "A", &token[1..], &format!("{token}A"), &callback, &"A".repeat(60)] {
            assert_eq!(place(&signer, garbage), None, "{garbage}");
        }
    }
}

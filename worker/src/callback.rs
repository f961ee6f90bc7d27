//! The addresses that are handed out to whoever has no key.
//!
//! - `<origin>/api/v1/receipts/<token>`, one a message: where its provider reports on it.
//! - `<origin>/api/v1/inbound/<token>`, one a sender: where its provider brings what people write.
//! - `<origin>/api/v1/unsubscribes/<token>`, one a mail: where its recipient has enough.
//! - `<origin>/l/<token>` and `<origin>/o/<token>`, one a link and one a mail: where its recipient's
//!   programme goes ([`crate::tracking::address`]).
//! - `<origin>/api/v1/files/<token>`, one an attachment and campaign: where a provider fetches it.
//!
//! The token is what the address is about, signed with HMAC-SHA256 under a key that the deployment
//! makes for itself. Each kind is signed for its own purpose, so nobody can make one, or turn one into
//! another.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ports::{Callbacks, Entropy, Pseudonyms};
use crate::store::{Database, StoreError, secrets};
use crate::tracking::address::{self, Place};

/// Bytes of the signature that a token carries: half of it, as RFC 2104 (section 5) allows.
const SIGNATURE_BYTES: usize = 16;

/// The name of the signing key among the secrets.
const KEY_NAME: &str = "callback_key";
/// What the tokens of messages, senders and mails are signed for. Receipts came first, without.
const FOR_RECEIPTS: &[u8] = b"";
const FOR_INBOUND: &[u8] = b"inbound\0";
const FOR_FILES: &[u8] = b"file ";
const FOR_UNSUBSCRIBES: &[u8] = b"unsubscribe\0";
/// No campaign has a number so high: the database counts exactly below it. `inbound` with a sender, read as
/// a campaign with an ordinal, which is signed alike because receipts have no word of their own, does.
const CAMPAIGNS_END: i64 = 1 << 53;

/// Makes and reads tokens.
#[derive(Clone)]
pub struct Signer {
    key: Hmac<Sha256>,
    origin: String,
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Signer({})", self.origin)
    }
}

/// What a token stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// The campaign's number.
    pub campaign_seq: i64,
    /// The message's ordinal in it.
    pub ordinal: i64,
}

impl Signer {
    /// Signs with the deployment's key, which is made on first need.
    ///
    /// # Errors
    /// The database's.
    pub async fn load(
        db: &impl Database,
        entropy: &impl Entropy,
        origin: &str,
    ) -> Result<Self, StoreError> {
        Ok(Self::new(&secret(db, entropy, KEY_NAME).await?, origin))
    }

    /// Signs with `key`, for callbacks to `origin` (`https://tidegate.example.com`).
    #[must_use]
    pub fn new(key: &str, origin: &str) -> Self {
        let key = Hmac::new_from_slice(key.as_bytes());
        Self {
            // HMAC takes keys of every length; an empty one stands in for the impossible case.
            key: key.unwrap_or_else(|_| Hmac::new(&hmac::digest::Key::<Hmac<Sha256>>::default())),
            origin: origin.trim_end_matches('/').to_owned(),
        }
    }

    /// The token under which a message's receipts come.
    #[must_use]
    pub fn token(&self, message: Message) -> String {
        self.sign(FOR_RECEIPTS, &payload(message))
    }

    /// The message that a token stands for; none when this key did not sign it.
    #[must_use]
    pub fn message(&self, token: &str) -> Option<Message> {
        let message = read(self.verified::<16>(FOR_RECEIPTS, token)?)?;
        (message.campaign_seq < CAMPAIGNS_END).then_some(message)
    }

    /// The token under which a sender's inbound messages come.
    #[must_use]
    pub fn inbound_token(&self, sender_seq: i64) -> String {
        self.sign(FOR_INBOUND, &sender_seq.to_be_bytes())
    }

    /// The sender's number that such a token stands for.
    #[must_use]
    pub fn inbound_sender(&self, token: &str) -> Option<i64> {
        self.verified::<8>(FOR_INBOUND, token).map(i64::from_be_bytes)
    }

    /// The mail that an unsubscribe token stands for.
    #[must_use]
    pub fn unsubscribed(&self, token: &str) -> Option<Message> {
        read(self.verified::<16>(FOR_UNSUBSCRIBES, token)?)
    }

    fn sign(&self, purpose: &[u8], payload: &[u8]) -> String {
        let signature = self.signed(purpose, payload).finalize().into_bytes();
        let half = signature.iter().take(SIGNATURE_BYTES);
        let bytes: Vec<u8> = payload.iter().chain(half).copied().collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The payload of a token that this key signed for that purpose.
    fn verified<const N: usize>(&self, purpose: &[u8], token: &str) -> Option<[u8; N]> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (payload, signature) = bytes.split_first_chunk::<N>()?;
        if signature.len() != SIGNATURE_BYTES {
            return None;
        }
        // Takes the same time wherever the first wrong byte is.
        self.signed(purpose, payload).verify_truncated_left(signature).ok()?;
        Some(*payload)
    }

    /// Where this deployment is reached.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The token of what a campaign carries: the same in each of its messages, however often one is
    /// handed over.
    #[must_use]
    pub fn file_token(&self, campaign_seq: i64, attachment_seq: i64) -> String {
        let payload = payload(Message { campaign_seq, ordinal: attachment_seq });
        self.sign(FOR_FILES, &payload)
    }

    /// The campaign and the attachment that a token stands for; none when this key did not sign it.
    #[must_use]
    pub fn file(&self, token: &str) -> Option<(i64, i64)> {
        let Message { campaign_seq, ordinal } = read(self.verified::<16>(FOR_FILES, token)?)?;
        Some((campaign_seq, ordinal))
    }

    /// `payload` signed for one purpose; for another the signature is another.
    pub(crate) fn signed(&self, purpose: &[u8], payload: &[u8]) -> Hmac<Sha256> {
        self.key.clone().chain_update(purpose).chain_update(payload)
    }
}

impl Pseudonyms for Signer {
    /// HMAC-SHA-256 under a key of its own, derived from the deployment's, so that a token and a
    /// pseudonym have nothing in common.
    fn pseudonym(&self, text: &str) -> String {
        let derived = self.key.clone().chain_update("tidegate pseudonyms").finalize().into_bytes();
        let key: Hmac<Sha256> = Hmac::new_from_slice(&derived).unwrap_or_else(|_| self.key.clone());
        URL_SAFE_NO_PAD.encode(key.chain_update(text).finalize().into_bytes())
    }
}

/// A secret of the deployment, which is made on first need.
///
/// # Errors
/// The database's.
pub async fn secret(
    db: &impl Database,
    entropy: &impl Entropy,
    name: &'static str,
) -> Result<String, StoreError> {
    if let Some(known) = secrets::found(db.run(secrets::by_name(name)).await?)? {
        return Ok(known);
    }
    // Two tokens are 260 random bits. Whoever comes second finds the secret of the first.
    let fresh = format!("{}{}", entropy.token(), entropy.token());
    let mut answers = db.batch(secrets::keep(name, &fresh)).await?;
    let kept = answers.pop().map(secrets::found).transpose()?.flatten();
    kept.ok_or_else(|| StoreError::Failed(format!("the secret `{name}` was not kept")))
}

impl Callbacks for Signer {
    fn url(&self, campaign_seq: i64, ordinal: i64) -> String {
        let token = self.token(Message { campaign_seq, ordinal });
        format!("{}/api/v1/receipts/{token}", self.origin)
    }

    fn inbound_url(&self, sender_seq: i64) -> String {
        format!("{}/api/v1/inbound/{}", self.origin, self.inbound_token(sender_seq))
    }

    fn unsubscribe_url(&self, campaign_seq: i64, ordinal: i64) -> String {
        let payload = payload(Message { campaign_seq, ordinal });
        format!("{}/api/v1/unsubscribes/{}", self.origin, self.sign(FOR_UNSUBSCRIBES, &payload))
    }

    fn mark_url(&self, campaign_seq: i64, ordinal: i64, link: i64) -> Option<String> {
        let place = Place { campaign_seq, ordinal, link };
        (!self.origin.is_empty()).then(|| address::url(self, place))
    }

    fn file_url(&self, campaign_seq: i64, attachment_seq: i64) -> String {
        let token = self.file_token(campaign_seq, attachment_seq);
        format!("{}/api/v1/files/{token}", self.origin)
    }
}

fn read(payload: [u8; 16]) -> Option<Message> {
    let (campaign, ordinal) = payload.split_first_chunk::<8>()?;
    Some(Message {
        campaign_seq: i64::from_be_bytes(*campaign),
        ordinal: i64::from_be_bytes(ordinal.try_into().ok()?),
    })
}

fn payload(message: Message) -> [u8; 16] {
    let both = i128::from(message.campaign_seq) << 64 | i128::from(message.ordinal.cast_unsigned());
    both.to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MESSAGE: Message = Message { campaign_seq: 7, ordinal: 999_999 };

    #[test]
    fn a_token_gives_its_message_back() {
        let signer = Signer::new("secret", "https://tidegate.example.com/");
        for (campaign_seq, ordinal) in [(7, 999_999), (0, 0), (CAMPAIGNS_END - 1, i64::MAX)] {
            let message = Message { campaign_seq, ordinal };
            let token = signer.token(message);
            assert_eq!(token.len(), 43);
            assert_eq!(signer.message(&token), Some(message));
        }
        let url = signer.url(7, 999_999);
        let token = url.strip_prefix("https://tidegate.example.com/api/v1/receipts/");
        assert_eq!(token.and_then(|token| signer.message(token)), Some(MESSAGE));
    }

    #[test]
    fn a_token_is_good_for_its_own_purpose_alone() {
        let signer = Signer::new("secret", "");
        let url = signer.unsubscribe_url(7, 999_999);
        let mail = url.strip_prefix("/api/v1/unsubscribes/").unwrap();
        assert_eq!(signer.unsubscribed(mail), Some(MESSAGE));
        assert_eq!((signer.message(mail), signer.inbound_sender(mail)), (None, None));
        let receipt = signer.token(MESSAGE);
        assert_eq!((signer.unsubscribed(&receipt), signer.inbound_sender(&receipt)), (None, None));
        let inbound = signer.inbound_token(7);
        assert_eq!(signer.inbound_sender(&inbound), Some(7));
        assert_eq!((signer.message(&inbound), signer.unsubscribed(&inbound)), (None, None));
        let bytes = URL_SAFE_NO_PAD.decode(&inbound).unwrap();
        let made_up = URL_SAFE_NO_PAD.encode([FOR_INBOUND, &bytes].concat());
        assert_eq!(signer.message(&made_up), None, "the word and the sender, with their signature");
        assert_eq!(Signer::new("other", "").inbound_sender(&inbound), None);
    }

    #[test]
    fn a_file_is_found_by_its_token_and_by_no_other() {
        let signer = Signer::new("secret", "https://tidegate.example.com/");
        let token = signer.file_token(7, 9);
        assert_eq!(signer.file(&token), Some((7, 9)));
        assert_eq!(Signer::new("other", "").file(&token), None);
        // Neither stands in for the other, though both name two numbers.
        assert_eq!(signer.message(&token), None);
        assert_eq!(signer.file(&signer.token(Message { campaign_seq: 7, ordinal: 9 })), None);
        for garbage in ["", "A", &token[1..], &format!("{token}A")] {
            assert_eq!(signer.file(garbage), None, "{garbage}");
        }
    }

    #[test]
    fn no_other_text_is_a_token() {
        let signer = Signer::new("secret", "");
        let token = signer.token(MESSAGE);
        assert_eq!(Signer::new("other", "").message(&token), None);
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(signer.message(&changed), None, "{changed}");
        }
        for garbage in ["", "A", &token[1..], &token[..42], &format!("{token}A"), "é", "="] {
            assert_eq!(signer.message(garbage), None, "{garbage}");
        }
    }
}

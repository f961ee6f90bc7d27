//! The addresses at which providers report on messages, and fetch what is attached to them.
//!
//! Each message has its own: `<origin>/api/v1/receipts/<token>`. The token is the campaign's
//! number and the message's ordinal, signed with HMAC-SHA256 under a key that the deployment
//! makes for itself; nobody can make one, or turn one into another. That of a file is made in the
//! same way from the attachment's number and the instant at which it ends, and is no token of a
//! message: what is signed begins with another word.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ports::{Callbacks, Entropy, Pseudonyms};
use crate::store::{Database, StoreError, secrets};

/// Bytes of the signature that a token carries: half of it, as RFC 2104 (section 5) allows.
const SIGNATURE_BYTES: usize = 16;

/// The name of the signing key among the secrets.
const KEY_NAME: &str = "callback_key";

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
        let known = secrets::found(db.run(secrets::by_name(KEY_NAME)).await?)?;
        let key = if let Some(key) = known {
            key
        } else {
            // Two tokens are 260 random bits. Whoever comes second finds the key of the first.
            let fresh = format!("{}{}", entropy.token(), entropy.token());
            let mut answers = db.batch(secrets::keep(KEY_NAME, &fresh)).await?;
            let kept = answers.pop().map(secrets::found).transpose()?.flatten();
            kept.ok_or_else(|| StoreError::Failed("the signing key was not kept".into()))?
        };
        Ok(Self::new(&key, origin))
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

    /// The token of a message.
    #[must_use]
    pub fn token(&self, message: Message) -> String {
        let payload = payload(message);
        let signature = self.signed(&payload).finalize().into_bytes();
        let half = signature.iter().take(SIGNATURE_BYTES);
        let bytes: Vec<u8> = payload.iter().chain(half).copied().collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The message that a token stands for; none when this key did not sign it.
    #[must_use]
    pub fn message(&self, token: &str) -> Option<Message> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (payload, signature) = bytes.split_first_chunk::<16>()?;
        if signature.len() != SIGNATURE_BYTES {
            return None;
        }
        // Takes the same time wherever the first wrong byte is.
        self.signed(payload).verify_truncated_left(signature).ok()?;
        let (campaign, ordinal) = payload.split_first_chunk::<8>()?;
        Some(Message {
            campaign_seq: i64::from_be_bytes(*campaign),
            ordinal: i64::from_be_bytes(ordinal.try_into().ok()?),
        })
    }

    /// Where this deployment is reached.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Signs `payload` for one purpose; for another the signature is another.
    #[must_use]
    pub fn signature(&self, purpose: &str, payload: &[u8]) -> [u8; 32] {
        self.for_purpose(purpose, payload).finalize().into_bytes().into()
    }

    /// Whether `signature` is the beginning of [`Signer::signature`]. Takes the same time wherever
    /// the first wrong byte is.
    #[must_use]
    pub fn is_signature(&self, purpose: &str, payload: &[u8], signature: &[u8]) -> bool {
        self.for_purpose(purpose, payload).verify_truncated_left(signature).is_ok()
    }

    fn for_purpose(&self, purpose: &str, payload: &[u8]) -> Hmac<Sha256> {
        self.key.clone().chain_update(purpose).chain_update([0]).chain_update(payload)
    }

    /// The token of an attachment, good until `until_ms`.
    #[must_use]
    pub fn file_token(&self, attachment_seq: i64, until_ms: i64) -> String {
        let payload = payload(Message { campaign_seq: attachment_seq, ordinal: until_ms });
        let signature = self.signed_file(&payload).finalize().into_bytes();
        let half = signature.iter().take(SIGNATURE_BYTES);
        let bytes: Vec<u8> = payload.iter().chain(half).copied().collect();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The attachment that a token stands for; none when this key did not sign it, or its time is
    /// over.
    #[must_use]
    pub fn file(&self, token: &str, now_ms: i64) -> Option<i64> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (payload, signature) = bytes.split_first_chunk::<16>()?;
        if signature.len() != SIGNATURE_BYTES {
            return None;
        }
        self.signed_file(payload).verify_truncated_left(signature).ok()?;
        let (attachment, until) = payload.split_first_chunk::<8>()?;
        let until_ms = i64::from_be_bytes(until.try_into().ok()?);
        (now_ms < until_ms).then(|| i64::from_be_bytes(*attachment))
    }

    fn signed(&self, payload: &[u8]) -> Hmac<Sha256> {
        self.key.clone().chain_update(payload)
    }

    fn signed_file(&self, payload: &[u8]) -> Hmac<Sha256> {
        self.key.clone().chain_update(b"file ").chain_update(payload)
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

impl Callbacks for Signer {
    fn url(&self, campaign_seq: i64, ordinal: i64) -> String {
        let token = self.token(Message { campaign_seq, ordinal });
        format!("{}/api/v1/receipts/{token}", self.origin)
    }

    fn file_url(&self, attachment_seq: i64, until_ms: i64) -> String {
        let token = self.file_token(attachment_seq, until_ms);
        format!("{}/api/v1/files/{token}", self.origin)
    }
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
        for (campaign_seq, ordinal) in [(7, 999_999), (0, 0), (i64::MAX, i64::MAX)] {
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
    fn a_file_is_found_by_its_token_until_it_ends_and_by_no_other() {
        let signer = Signer::new("secret", "https://tidegate.example.com/");
        let token = signer.file_token(7, 1_000);
        assert_eq!(signer.file(&token, 999), Some(7));
        assert_eq!(signer.file(&token, 1_000), None);
        assert_eq!(Signer::new("other", "").file(&token, 1), None);
        // Neither stands in for the other, though both name two numbers.
        assert_eq!(signer.message(&token), None);
        let message = signer.token(Message { campaign_seq: 7, ordinal: i64::MAX });
        assert_eq!(signer.file(&message, 1), None);
        for garbage in ["", "A", &token[1..], &format!("{token}A")] {
            assert_eq!(signer.file(garbage, 1), None, "{garbage}");
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

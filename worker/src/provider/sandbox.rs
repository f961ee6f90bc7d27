//! The sandbox: a message lands in the inbox of this deployment and nothing leaves it.

use super::Inbox;
use crate::model::{Fate, Found, Outcome, Outgoing};

/// Puts a message into the inbox.
pub async fn hand_over(inbox: &impl Inbox, message: &Outgoing) -> Outcome {
    match inbox.put(message).await {
        Ok(()) => Outcome::Taken { reference: None },
        // It may be there all the same. The sandbox deduplicates, so it will be put again.
        Err(detail) => Outcome::Unclear { detail },
    }
}

/// Looks whether a message is in the inbox, and what receipt was made for it.
pub async fn look_up(inbox: &impl Inbox, id: &str) -> Found {
    match inbox.find(id).await {
        Ok(None) => Found::NotTaken,
        Ok(Some(kept)) => Found::Taken(match kept.receipt.as_deref() {
            Some("delivered") => Fate::Delivered,
            Some("failed") => Fate::Failed { reason: None },
            _ => Fate::Accepted,
        }),
        Err(detail) => Found::Unclear { detail },
    }
}

#[cfg(test)]
mod tests {
    use super::super::Kept;
    use super::*;
    use crate::model::Channel;

    struct Box(Result<(), String>);

    struct Holding(Result<Option<Kept>, String>);

    impl Inbox for Box {
        async fn put(&self, _: &Outgoing) -> Result<(), String> {
            self.0.clone()
        }

        async fn find(&self, _: &str) -> Result<Option<Kept>, String> {
            Ok(None)
        }
    }

    impl Inbox for Holding {
        async fn put(&self, _: &Outgoing) -> Result<(), String> {
            Ok(())
        }

        async fn find(&self, _: &str) -> Result<Option<Kept>, String> {
            self.0.clone()
        }
    }

    #[test]
    fn a_message_that_is_not_in_the_inbox_was_not_taken() {
        let kept = |receipt: Option<&str>| Ok(Some(Kept { receipt: receipt.map(str::to_owned) }));
        let look_up = |answer| pollster::block_on(super::look_up(&Holding(answer), "c-1"));
        assert_eq!(look_up(Ok(None)), Found::NotTaken);
        assert_eq!(look_up(kept(None)), Found::Taken(Fate::Accepted));
        assert_eq!(look_up(kept(Some("delivered"))), Found::Taken(Fate::Delivered));
        let failed = Fate::Failed { reason: None };
        assert_eq!(look_up(kept(Some("failed"))), Found::Taken(failed));
        let detail = "the database failed".to_owned();
        assert_eq!(look_up(Err(detail.clone())), Found::Unclear { detail });
    }

    #[test]
    fn an_inbox_that_fails_leaves_it_open_whether_it_has_the_message() {
        let message = Outgoing {
            id: "c-1".into(),
            to: "+33612345678".into(),
            channel: Channel::Sms,
            text: "Hi".into(),
            subject: None,
            attachments: Vec::new(),
            campaign_id: "c".into(),
            sender_id: "s".into(),
            sender_name: "Shop".into(),
            callback_url: "http://localhost/receipts/1".into(),
            open_url: None,
            headers: std::collections::BTreeMap::new(),
            expires_at: None,
        };
        let put = |answer| pollster::block_on(hand_over(&Box(answer), &message));
        assert_eq!(put(Ok(())), Outcome::Taken { reference: None });
        let detail = "the database failed".to_owned();
        assert_eq!(put(Err(detail.clone())), Outcome::Unclear { detail });
    }
}

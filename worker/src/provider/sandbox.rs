//! The sandbox: a message lands in the inbox of this deployment and nothing leaves it.

use super::Inbox;
use crate::model::{Outcome, Outgoing};

/// Puts a message into the inbox.
pub async fn hand_over(inbox: &impl Inbox, message: &Outgoing) -> Outcome {
    match inbox.put(message).await {
        Ok(()) => Outcome::Taken { reference: None },
        // It may be there all the same. The sandbox deduplicates, so it will be put again.
        Err(detail) => Outcome::Unclear { detail },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Channel;

    struct Box(Result<(), String>);

    impl Inbox for Box {
        async fn put(&self, _: &Outgoing) -> Result<(), String> {
            self.0.clone()
        }
    }

    #[test]
    fn an_inbox_that_fails_leaves_it_open_whether_it_has_the_message() {
        let message = Outgoing {
            id: "c-1".into(),
            to: "+33612345678".into(),
            channel: Channel::Sms,
            text: "Hi".into(),
            campaign_id: "c".into(),
            sender_id: "s".into(),
            sender_name: "Shop".into(),
            callback_url: "http://localhost/receipts/1".into(),
            expires_at: None,
        };
        let put = |answer| pollster::block_on(hand_over(&Box(answer), &message));
        assert_eq!(put(Ok(())), Outcome::Taken { reference: None });
        let detail = "the database failed".to_owned();
        assert_eq!(put(Err(detail.clone())), Outcome::Unclear { detail });
    }
}

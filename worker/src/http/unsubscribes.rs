//! `/unsubscribes/{token}`: the way out that a message carries (RFC 8058).
//!
//! A GET shows a page with a button and changes nothing, because mail scanners follow every link. The
//! POST that the button, or the mailbox's own, sends ends all messages to the recipient. The token in
//! the address is the authorisation; see [`crate::callback`].

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;

use super::api::{About, Html, Repeat, Routes};
use super::body::Form;
use super::params::Id;
use super::{App, Failure};
use crate::callback::{Message, Signer};
use crate::jobs::opt_outs;
use crate::ports::World;
use crate::store::opt_outs::Leaves;

/// The routes.
pub fn routes<W: World + 'static>() -> Routes<W> {
    Routes::of("unsubscribes", "The way out that a message carries (RFC 8058).")
        .get(
            "/unsubscribes/{token}",
            show::<W>,
            About::new("showUnsubscribe", "Show a button; change nothing"),
        )
        .post(
            "/unsubscribes/{token}",
            unsubscribe::<W>,
            About::new("unsubscribe", "End all messages to the recipient of a message")
                .says("The form says `List-Unsubscribe=One-Click`. Twice is once.")
                .takes("application/x-www-form-urlencoded")
                .repeated(Repeat::Harmless),
        )
}

#[worker::send]
async fn show<W: World + 'static>(app: App<W>, Id(token): Id) -> Result<Html, Failure> {
    message(&app, &token).await?;
    Ok(page(
        "Unsubscribe",
        "<h1>No more messages?</h1>\
         <form method=\"post\">\
         <input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\">\
         <button>Unsubscribe</button></form>",
    ))
}

#[worker::send]
async fn unsubscribe<W: World + 'static>(
    app: App<W>,
    Id(token): Id,
    form: Form,
) -> Result<Html, Failure> {
    let message = message(&app, &token).await?;
    // RFC 8058, section 3.1: the pair that says that this is no accident.
    if form.value("List-Unsubscribe") != Some("One-Click") {
        return Err(Failure::malformed(
            "the form does not say `List-Unsubscribe=One-Click`; send that, and nothing else",
        ));
    }
    let Message { campaign_seq, ordinal } = message;
    let (source, reason) = ("one_click", "followed the link in a message");
    let leaves = Leaves { campaign_seq, ordinal, source, reason };
    opt_outs::leave(app.db(), &[leaves], app.now.millis()).await?;
    Ok(page("Unsubscribed", "<h1>Done</h1><p>You get no more messages from us.</p>"))
}

async fn message<W: World>(app: &App<W>, token: &str) -> Result<Message, Failure> {
    let signer = Signer::load(app.db(), &*app.world, "").await?;
    let nowhere = || Failure::not_found("this link was not given out here");
    signer.unsubscribed(token).ok_or_else(nowhere)
}

/// A page without anything that could run: its title and its body, both ours.
fn page(title: &str, body: &str) -> Html {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"robots\" content=\"noindex\"><title>{title}</title>{body}</html>"
    );
    let mut response = (StatusCode::OK, page).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let policy = "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    Html(response)
}

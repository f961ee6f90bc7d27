//! `/l/{token}` and `/o/{token}`: what recipients' programmes open. The token is the authorisation;
//! see [`crate::tracking`].

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::params::Id;
use super::{App, Failure, log};
use crate::callback::Signer;
use crate::jobs::marks;
use crate::ports::World;
use crate::tracking::OPENED;
use crate::tracking::address::{self, Place};
use crate::tracking::machine::Visit;

/// A transparent image of one pixel, in GIF.
const PIXEL: [u8; 43] = [
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0x21, 0xf9, 4, 1,
    0, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b,
];

/// Leads on to where a link of a message goes.
#[worker::send]
pub async fn follow<W: World + 'static>(
    app: App<W>,
    Id(token): Id,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let place = place(&app, &token).await?.filter(|place| place.link != OPENED);
    let place = place.ok_or_else(nowhere)?;
    let visit = (method == Method::GET).then(|| visit(&headers));
    let target = marks::followed(&*app.world, place, visit).await?.ok_or_else(nowhere)?;
    // What a header cannot carry was no address to begin with.
    let target = HeaderValue::from_str(&ascii(&target)).map_err(|_| nowhere())?;
    Ok((StatusCode::FOUND, [(header::LOCATION, target)]).into_response())
}

/// Gives the image by which an opening is seen.
#[worker::send]
pub async fn open<W: World + 'static>(
    app: App<W>,
    Id(token): Id,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let place = place(&app, &token).await?.filter(|place| place.link == OPENED);
    let place = place.ok_or_else(nowhere)?;
    if method == Method::GET
        && let Err(error) = marks::opened(&*app.world, place, visit(&headers)).await
    {
        // The reader gets their image all the same.
        log(&format!("an opening is not noted: {error}"));
    }
    Ok(([(header::CONTENT_TYPE, "image/gif")], PIXEL).into_response())
}

async fn place<W: World>(app: &App<W>, token: &str) -> Result<Option<Place>, Failure> {
    let signer = Signer::load(app.db(), &*app.world, "").await?;
    Ok(address::place(&signer, token))
}

fn nowhere() -> Failure {
    Failure::not_found("this link was not given out here, or leads nowhere any more")
}

fn visit(headers: &HeaderMap) -> Visit<'_> {
    let of = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    Visit {
        user_agent: of("user-agent"),
        purposes: [of("sec-purpose"), of("purpose"), of("x-purpose"), of("x-moz")],
        after_ms: None,
    }
}

/// An address as a header carries it: what is not ASCII in percent (RFC 3986, 2.1).
fn ascii(url: &str) -> String {
    url::Url::parse(url).map_or_else(|_| url.to_owned(), Into::into)
}

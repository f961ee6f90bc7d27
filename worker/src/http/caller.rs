//! Who calls: the key in `Authorization: Bearer <key>`, the team in `Tidegate-Team: <id>`, and the
//! role that the key has there.
//!
//! A handler takes a [`Viewer`], an [`Operator`], a [`Campaigner`], a [`Steerer`] or an
//! [`Administrator`], and is not run for anybody below.

use std::future::Future;

use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use worker::send::SendFuture;

use super::fields::shown;
use super::{App, Failure};
use crate::ports::World;
use crate::store::keys::{self, Key, KeyRow, Role};
use crate::store::{Database, campaigns};

/// The header that names the team, for a user in several.
const TEAM_HEADER: &str = "tidegate-team";

/// Reads everything.
pub struct Viewer(pub Key);
/// Writes to people one by one, and acts on campaigns where the team leaves those to operators.
pub struct Operator(pub Key);
/// Makes campaigns and puts people into them: of the least role that the team leaves campaigns to.
pub struct Campaigner(pub Key);
/// Changes a campaign and has it go or wait: as a [`Campaigner`], and where it goes to one person
/// alone, as a timed message of a conversation does, any operator.
pub struct Steerer(pub Key);
/// Sets up senders and members and takes people off the opt-outs too.
pub struct Administrator(pub Key);
/// Owns the deployment: makes teams and users.
pub struct Owner(pub Key);

macro_rules! callers {
    ($($caller:ident = |$parts:ident, $app:ident| $key:expr;)*) => {$(
        impl<W: World + 'static> FromRequestParts<App<W>> for $caller {
            type Rejection = Failure;

            fn from_request_parts(
                $parts: &mut Parts,
                $app: &App<W>,
            ) -> impl Future<Output = Result<Self, Failure>> + Send {
                SendFuture::new(async { Ok(Self($key)) })
            }
        }
    )*};
}

callers! {
    Viewer = |parts, app| admit(parts, app, Role::Viewer).await?;
    Operator = |parts, app| admit(parts, app, Role::Operator).await?;
    Campaigner = |parts, app| {
        let key = admit(parts, app, Role::Operator).await?;
        steers(app, &key, None).await?;
        key
    };
    Steerer = |parts, app| {
        let key = admit(parts, app, Role::Operator).await?;
        let params = parts.extract::<RawPathParams>().await.ok();
        let mut params = params.iter().flatten();
        steers(app, &key, params.find(|(name, _)| *name == "id").map(|(_, id)| id)).await?;
        key
    };
    Administrator = |parts, app| admit(parts, app, Role::Administrator).await?;
    Owner = |parts, app| {
        let key = admit(parts, app, Role::Administrator).await?;
        if !key.is_owner {
            let detail = "this takes a key of an owner of the deployment, without a role or a team \
                          of its own";
            return Err(Failure::forbidden(detail));
        }
        key
    };
}

/// Whether the key may change the campaign with this id and have it go or wait; without one, any
/// campaign.
///
/// # Errors
/// 403, or the database's.
pub async fn steers<W: World>(app: &App<W>, key: &Key, id: Option<&str>) -> Result<(), Failure> {
    if key.role >= key.campaigns_for() {
        return Ok(());
    }
    if let Some(id) = id {
        let row = app.db().run(campaigns::to_one_person(key.team_id(), id)).await?;
        if !row.rows.is_empty() {
            return Ok(());
        }
    }
    Err(Failure::forbidden(format!(
        "the team leaves campaigns to its administrators, and the key of `{}` is of the role {}",
        key.name,
        key.role.name(),
    )))
}

/// How often a key's last use is noted, in ms: a row written once an hour costs nothing.
const NOTED_EVERY_MS: i64 = 3_600_000;

async fn admit<W: World>(parts: &Parts, app: &App<W>, least: Role) -> Result<Key, Failure> {
    let key = bearer(&parts.headers)?;
    let team = team(&parts.headers);
    // Found by its hash: how long the search takes tells nothing about any key.
    let now_ms = app.now.millis();
    let row = app.db().run(keys::by_hash(&hash(key), team)).await?.first::<KeyRow>()?;
    let row = row.filter(|row| row.is_good(now_ms)).ok_or_else(|| {
        Failure::unauthenticated("this key is not known, was revoked, or has run out")
    })?;
    if row.last_used_ms.is_none_or(|last| now_ms - last >= NOTED_EVERY_MS) {
        app.db().run(keys::note_use(&row.id, now_ms)).await?;
    }
    let key = row.in_team().ok_or_else(|| match team {
        // The same whether there is such a team or not.
        Some(team) => Failure::forbidden(format!(
            "the key does not open the team `{}`; `/api/v1/me` lists those that it opens",
            shown(team)
        )),
        None => Failure::forbidden("the key's user is in no team; an administrator can add them"),
    })?;
    if key.role < least {
        return Err(Failure::forbidden(format!(
            "the key of `{}` is of the role {} in this team; this takes {}",
            key.name,
            key.role.name(),
            least.name()
        )));
    }
    Ok(key)
}

/// The team that a request names. What cannot be an id is the name of no team.
fn team(headers: &HeaderMap) -> Option<&str> {
    headers.get(TEAM_HEADER).map(|header| header.to_str().unwrap_or_default().trim())
}

/// The key that a request carries (RFC 6750, section 2.1; the scheme's case does not matter).
fn bearer(headers: &HeaderMap) -> Result<&str, Failure> {
    let header = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(|| Failure::unauthenticated("send `Authorization: Bearer <key>`"))?;
    header
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
        .map(|(_, key)| key.trim())
        .filter(|key| !key.is_empty())
        .ok_or_else(|| {
            Failure::unauthenticated("the header is not of the form `Bearer <key>`; send that")
        })
}

/// What the database keeps of a key: its SHA-256 in hex.
pub fn hash(key: &str) -> String {
    Sha256::digest(key).iter().fold(String::new(), |mut hex, byte| {
        for half in [byte >> 4, byte & 15] {
            hex.extend(char::from_digit(u32::from(half), 16));
        }
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha_256_in_hex() {
        // FIPS 180-4's example.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash("abc"), expected);
    }

    #[test]
    fn only_a_bearer_key_is_read() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            bearer(&headers).ok().map(str::to_owned)
        };
        assert_eq!(read("Bearer k"), Some("k".into()));
        assert_eq!(read("bearer  k "), Some("k".into()));
        for garbage in ["", "k", "Bearer", "Bearer ", "Basic k", "Bearer\tk"] {
            assert_eq!(read(garbage), None, "{garbage}");
        }
        assert!(bearer(&HeaderMap::new()).is_err());
    }
}

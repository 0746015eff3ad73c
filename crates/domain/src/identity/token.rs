use std::collections::BTreeSet;
use std::time::Duration;

use super::{Action, Actor, ApiToken, Scope, SecretDigest, authorise};
use crate::shared::{Error, Page, PageRequest, Result, Timestamp, TokenId, Violations, line};
use crate::{ReadTx, WriteTx};

/// What a new token should be.
#[derive(Debug, Clone)]
pub struct NewToken {
    /// One line of 1 to 100 characters; unique among the user's tokens.
    pub name: String,
    /// At least one.
    pub scopes: BTreeSet<Scope>,
    /// 1 to 366.
    pub days: u32,
}

/// Makes a token for the actor under the digest of its secret.
///
/// # Errors
/// Those of [`authorise`] ([`crate::Code::SessionNeeded`] for a token: a token must not breed others),
/// [`crate::Code::Invalid`], [`crate::Code::Duplicate`] when the name is taken.
pub fn create_token(
    tx: &mut dyn WriteTx,
    actor: &Actor,
    new: &NewToken,
    id: TokenId,
    digest: SecretDigest,
    now: Timestamp,
) -> Result<ApiToken> {
    authorise(actor, Action::ChangeAccount)?;
    let mut faults = Violations::new();
    let name = faults.take("/name", line(&new.name, 100));
    if new.scopes.is_empty() {
        faults.push("/scopes", "required", "A token needs at least one scope.");
    }
    if !(1..=366).contains(&new.days) {
        faults.push("/days", "range", "A token lasts 1 to 366 days.");
    }
    faults.check()?;
    let token = ApiToken {
        id,
        user: actor.user,
        name: name.unwrap_or_default(),
        scopes: new.scopes.clone(),
        digest,
        created_at: now,
        expires_at: now.plus(Duration::from_secs(u64::from(new.days) * 86_400)),
        last_used: None,
    };
    tx.tokens_mut().insert(&token)?;
    Ok(token)
}

/// The actor's tokens.
///
/// # Errors
/// Those of [`authorise`].
pub fn list_tokens(tx: &mut dyn ReadTx, actor: &Actor, page: &PageRequest) -> Result<Page<ApiToken>> {
    authorise(actor, Action::ReadAccount)?;
    tx.tokens().page(actor.user, page)
}

/// One of the actor's tokens.
///
/// # Errors
/// Those of [`authorise`]; [`crate::Code::NotFound`] when there is none or it is somebody else's.
pub fn token(tx: &mut dyn ReadTx, actor: &Actor, id: TokenId) -> Result<ApiToken> {
    authorise(actor, Action::ReadAccount)?;
    tx.tokens().get(id)?.filter(|token| token.user == actor.user).ok_or_else(|| Error::not_found("token", id))
}

/// Revokes one of the actor's tokens.
///
/// # Errors
/// Those of [`authorise`]; [`crate::Code::NotFound`] when there is none or it is somebody else's.
pub fn revoke_token(tx: &mut dyn WriteTx, actor: &Actor, id: TokenId) -> Result<()> {
    authorise(actor, Action::ChangeAccount)?;
    token(tx.as_read(), actor, id)?;
    tx.tokens_mut().delete(id)
}

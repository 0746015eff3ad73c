use std::ops::{Bound, Deref, DerefMut};

use cairn_domain::identity::{
    ApiToken, Email, PasswordHash, Role, SecretDigest, Session, SessionReader, SessionWriter, ThrottleWriter,
    TokenReader, TokenWriter, User, UserReader, UserSort, UserWriter,
};
use cairn_domain::shared::{Page, PageRequest, SessionId, Timestamp, TokenId, UserId, refuse_nul};
use cairn_domain::{Code, Error, Result};

use crate::state::{State, Tx};

fn check_user(state: &State, user: &User) -> Result<()> {
    refuse_nul(&user.name)?;
    match state.emails.get(user.email.key()) {
        Some(id) if *id != user.id => {
            Err(Error::new(Code::EmailTaken, format!("There is an account with the address `{}`.", user.email)))
        }
        _ => Ok(()),
    }
}

impl<S: Deref<Target = State>> UserReader for Tx<S> {
    fn get(&mut self, id: UserId) -> Result<Option<User>> {
        Ok(self.state().users.get(&id).cloned())
    }

    fn by_email(&mut self, email: &Email) -> Result<Option<User>> {
        let state = self.state();
        Ok(state.emails.get(email.key()).and_then(|id| state.users.get(id)).cloned())
    }

    fn page(&mut self, sort: UserSort, page: &PageRequest) -> Result<Page<User>> {
        let state = self.state();
        Ok(match sort {
            UserSort::Created => {
                Page::of_ordered(state.users.values(), page, |user| user.id.to_string()).map(Clone::clone)
            }
            UserSort::Email => {
                let from = page.after().map_or(Bound::Unbounded, |key| Bound::Excluded(key.to_owned()));
                let users = state.emails.range((from, Bound::Unbounded)).filter_map(|(_, id)| state.users.get(id));
                let items = users.take(page.limit() + 1).cloned().collect();
                Page::of(items, page, |user: &User| user.email.key().to_owned())
            }
        })
    }

    fn password_hash(&mut self, id: UserId) -> Result<Option<PasswordHash>> {
        Ok(self.state().passwords.get(&id).cloned())
    }

    fn count_admins(&mut self) -> Result<u64> {
        Ok(self.state().users.values().filter(|user| user.is(Role::Admin)).count() as u64)
    }
}

impl<S: DerefMut<Target = State>> UserWriter for Tx<S> {
    fn insert(&mut self, user: &User) -> Result<()> {
        let state = self.state_mut();
        if state.users.contains(&user.id) {
            return Err(Error::internal(format!("there is a user {} already", user.id)));
        }
        check_user(state, user)?;
        state.emails.put(user.email.key().to_owned(), user.id);
        state.users.put(user.id, user.clone());
        Ok(())
    }

    fn update(&mut self, user: &User) -> Result<()> {
        let state = self.state_mut();
        let stored = state.users.get(&user.id).filter(|stored| stored.version + 1 == user.version);
        let Some(key) = stored.map(|stored| stored.email.key().to_owned()) else {
            return Err(Error::new(Code::Stale, "The user was changed by somebody else."));
        };
        check_user(state, user)?;
        state.emails.remove(&key);
        state.emails.put(user.email.key().to_owned(), user.id);
        state.users.put(user.id, user.clone());
        Ok(())
    }

    fn set_password_hash(&mut self, id: UserId, hash: &PasswordHash, _now: Timestamp) -> Result<()> {
        refuse_nul(hash.expose())?;
        self.state().require_user(id)?;
        self.state_mut().passwords.put(id, hash.clone());
        Ok(())
    }
}

impl<S: Deref<Target = State>> SessionReader for Tx<S> {
    fn by_digest(&mut self, digest: &SecretDigest) -> Result<Option<(Session, User)>> {
        let state = self.state();
        let session = state.session_digests.get(digest).and_then(|id| state.sessions.get(id));
        Ok(session.and_then(|session| Some((session.clone(), state.users.get(&session.user)?.clone()))))
    }
}

impl<S: DerefMut<Target = State>> SessionWriter for Tx<S> {
    fn insert(&mut self, session: &Session) -> Result<()> {
        refuse_nul(session.digest.as_str())?;
        let state = self.state_mut();
        state.require_user(session.user)?;
        if state.sessions.contains(&session.id) || state.session_digests.contains(&session.digest) {
            return Err(Error::internal(format!("there is a session {} already", session.id)));
        }
        state.session_digests.put(session.digest.clone(), session.id);
        state.sessions_of.put((session.user, session.id), ());
        state.sessions.put(session.id, session.clone());
        Ok(())
    }

    fn delete(&mut self, id: SessionId) -> Result<()> {
        let state = self.state_mut();
        if let Some(session) = state.sessions.remove(&id) {
            state.session_digests.remove(&session.digest);
            state.sessions_of.remove(&(session.user, id));
        }
        Ok(())
    }

    fn delete_of_user(&mut self, user: UserId, but: Option<SessionId>) -> Result<()> {
        let (first, last) = (SessionId::new(uuid(0)), SessionId::new(uuid(u128::MAX)));
        let ids = self.state().sessions_of.range((user, first)..=(user, last)).map(|((_, id), ())| *id);
        for id in ids.filter(|id| Some(*id) != but).collect::<Vec<_>>() {
            SessionWriter::delete(self, id)?;
        }
        Ok(())
    }

    fn delete_expired(&mut self, now: Timestamp) -> Result<u64> {
        let ended = self.state().sessions.values().filter(|session| session.expires_at < now);
        let ids: Vec<_> = ended.map(|session| session.id).collect();
        for id in &ids {
            SessionWriter::delete(self, *id)?;
        }
        Ok(ids.len() as u64)
    }
}

fn uuid(bits: u128) -> cairn_domain::shared::Uuid {
    cairn_domain::shared::Uuid::from_u128(bits)
}

impl<S: Deref<Target = State>> TokenReader for Tx<S> {
    fn get(&mut self, id: TokenId) -> Result<Option<ApiToken>> {
        Ok(self.state().tokens.get(&id).cloned())
    }

    fn by_digest(&mut self, digest: &SecretDigest) -> Result<Option<(ApiToken, User)>> {
        let state = self.state();
        let token = state.token_digests.get(digest).and_then(|id| state.tokens.get(id));
        Ok(token.and_then(|token| Some((token.clone(), state.users.get(&token.user)?.clone()))))
    }

    fn page(&mut self, user: UserId, page: &PageRequest) -> Result<Page<ApiToken>> {
        let state = self.state();
        let (first, last) = (TokenId::new(uuid(0)), TokenId::new(uuid(u128::MAX)));
        let ids = state.tokens_of.range((user, first)..=(user, last)).map(|((_, id), ())| id);
        let tokens = ids.filter_map(|id| state.tokens.get(id));
        Ok(Page::of_ordered(tokens, page, |token| token.id.to_string()).map(Clone::clone))
    }
}

impl<S: DerefMut<Target = State>> TokenWriter for Tx<S> {
    fn insert(&mut self, token: &ApiToken) -> Result<()> {
        refuse_nul(&token.name)?;
        refuse_nul(token.digest.as_str())?;
        let state = self.state_mut();
        state.require_user(token.user)?;
        let name = (token.user, token.name.clone());
        if state.token_names.contains(&name) {
            return Err(Error::new(Code::Duplicate, format!("You have a token named `{}` already.", token.name)));
        }
        if state.tokens.contains(&token.id) || state.token_digests.contains(&token.digest) {
            return Err(Error::internal(format!("there is a token {} already", token.id)));
        }
        state.token_names.put(name, token.id);
        state.token_digests.put(token.digest.clone(), token.id);
        state.tokens_of.put((token.user, token.id), ());
        state.tokens.put(token.id, token.clone());
        Ok(())
    }

    fn delete(&mut self, id: TokenId) -> Result<()> {
        let state = self.state_mut();
        if let Some(token) = state.tokens.remove(&id) {
            state.token_names.remove(&(token.user, token.name));
            state.token_digests.remove(&token.digest);
            state.tokens_of.remove(&(token.user, id));
        }
        Ok(())
    }

    fn touch(&mut self, uses: &[(TokenId, Timestamp)]) -> Result<()> {
        let state = self.state_mut();
        for (id, at) in uses {
            let stored = state.tokens.get(id).filter(|token| token.last_used < Some(*at)).cloned();
            if let Some(token) = stored {
                state.tokens.put(*id, ApiToken { last_used: Some(*at), ..token });
            }
        }
        Ok(())
    }
}

impl<S: DerefMut<Target = State>> ThrottleWriter for Tx<S> {
    fn get(&mut self, key: &str) -> Result<Option<Timestamp>> {
        Ok(self.state().throttles.get(key).copied())
    }

    fn put(&mut self, key: &str, state: Timestamp) -> Result<()> {
        refuse_nul(key)?;
        self.state_mut().throttles.put(key.to_owned(), state);
        Ok(())
    }

    fn purge(&mut self, now: Timestamp) -> Result<u64> {
        Ok(self.state_mut().throttles.remove_where(|_, state| *state < now))
    }
}

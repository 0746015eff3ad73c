//! Who acts: users, sessions, API tokens, and what each may do.

mod account;
mod actor;
mod credential;
mod ports;
mod sign_in;
mod throttle;
mod token;
mod user;

pub use account::{
    NewUser, UserPatch, change_password, create_user, first_admin, list_users, update_user, user, verify_own_password,
};
pub use actor::{Action, Actor, Via, authorise};
pub use credential::{ApiToken, Password, PasswordHash, Scope, SecretDigest, Session};
pub use ports::{
    PasswordHasher, SecretMaker, SessionReader, SessionWriter, ThrottleWriter, TokenReader, TokenWriter, UserReader,
    UserSort, UserWriter,
};
pub use sign_in::{
    Challenge, SESSION_LIFETIME, SIGN_IN_LIMIT, actor_of_session, actor_of_token, begin_sign_in, finish_sign_in,
    sign_out,
};
pub use throttle::{Allowance, Quota};
pub use token::{NewToken, create_token, list_tokens, revoke_token, token};
pub use user::{Email, Role, User, UserState};

use std::collections::BTreeSet;

use super::{Role, Scope, User};
use crate::shared::{Code, Error, Result, SessionId, TokenId, UserId};

/// Who makes a request, once the credential has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user.
    pub user: UserId,
    /// The user's roles.
    pub roles: BTreeSet<Role>,
    /// The credential.
    pub via: Via,
}

/// Through which credential an actor acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// A session: everything that the roles allow.
    Session(SessionId),
    /// An API token: what both roles and scopes allow.
    Token(TokenId, BTreeSet<Scope>),
    /// The operator on the server's machine, with the database in hand.
    Operator,
}

impl Actor {
    /// An actor for a user.
    #[must_use]
    pub fn new(user: &User, via: Via) -> Self {
        Self { user: user.id, roles: user.roles.clone(), via }
    }
}

/// What can be done. Each action names the roles of which one is needed and the scope that a token needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read one's own account.
    ReadAccount,
    /// Change one's own name or password, make and revoke tokens: never by token.
    ChangeAccount,
    /// Read one's own enrolments, progress and attempts.
    ReadLearning,
    /// Enrol, complete lessons, take quizzes and drills, hand in work.
    Learn,
    /// Read other learners' enrolments and progress.
    ReadLearners,
    /// Open a lesson to a learner, whatever it needs, and take that back.
    WaivePrerequisites,
    /// Review learners' work at capstones, and write about it.
    ReviewWork,
    /// Plan a release, export a pack, read sources.
    ReadContent,
    /// Apply and roll back releases.
    PublishContent,
    /// Read other users.
    ReadUsers,
    /// Create and change users.
    ManageUsers,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 11] = [
        Self::ReadAccount,
        Self::ChangeAccount,
        Self::ReadLearning,
        Self::Learn,
        Self::ReadLearners,
        Self::WaivePrerequisites,
        Self::ReviewWork,
        Self::ReadContent,
        Self::PublishContent,
        Self::ReadUsers,
        Self::ManageUsers,
    ];

    /// The roles of which one is needed.
    #[must_use]
    pub const fn roles(self) -> &'static [Role] {
        match self {
            Self::ReadAccount | Self::ChangeAccount | Self::ReadLearning | Self::Learn => &[Role::Learner],
            Self::ReadLearners | Self::WaivePrerequisites | Self::ReviewWork => &[Role::Instructor, Role::Admin],
            Self::ReadContent | Self::PublishContent => &[Role::Author, Role::Admin],
            Self::ReadUsers | Self::ManageUsers => &[Role::Admin],
        }
    }

    /// The scope that a token needs; `None` when no token may do it.
    #[must_use]
    pub const fn scope(self) -> Option<Scope> {
        match self {
            Self::ReadAccount => Some(Scope::AccountRead),
            Self::ChangeAccount => None,
            Self::ReadLearning | Self::ReadLearners => Some(Scope::LearningRead),
            Self::Learn => Some(Scope::LearningWrite),
            Self::WaivePrerequisites => Some(Scope::LearningWaive),
            Self::ReviewWork => Some(Scope::LearningReview),
            Self::ReadContent => Some(Scope::ContentRead),
            Self::PublishContent => Some(Scope::ContentWrite),
            Self::ReadUsers => Some(Scope::UsersRead),
            Self::ManageUsers => Some(Scope::UsersWrite),
        }
    }
}

/// Refuses an action that the actor may not do. What is not allowed here is denied.
///
/// # Errors
/// [`Code::RoleMissing`], [`Code::ScopeMissing`] or [`Code::SessionNeeded`].
pub fn authorise(actor: &Actor, action: Action) -> Result<()> {
    if !action.roles().iter().any(|role| actor.roles.contains(role)) {
        let roles: Vec<_> = action.roles().iter().map(|role| role.as_str()).collect();
        return Err(Error::new(Code::RoleMissing, format!("This needs the role {}.", roles.join(" or "))));
    }
    match (&actor.via, action.scope()) {
        (Via::Token(..), None) => {
            Err(Error::new(Code::SessionNeeded, "This cannot be done with a token; sign in with the password."))
        }
        (Via::Token(_, scopes), Some(scope)) if !scopes.contains(&scope) => {
            Err(Error::new(Code::ScopeMissing, format!("This needs a token with the scope `{scope}`.")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actor(roles: &[Role], via: Via) -> Actor {
        Actor { user: UserId::new(uuid::Uuid::nil()), roles: roles.iter().copied().collect(), via }
    }
    fn session() -> Via {
        Via::Session(SessionId::new(uuid::Uuid::nil()))
    }

    /// The whole policy for sessions, so that a change of it is seen here.
    #[test]
    fn the_table_of_roles_and_actions() {
        use Action::*;
        let own: &[Action] = &[ReadAccount, ChangeAccount, ReadLearning, Learn];
        let table: [(Role, &[Action]); 4] = [
            (Role::Learner, &[]),
            (Role::Author, &[ReadContent, PublishContent]),
            (Role::Instructor, &[ReadLearners, WaivePrerequisites, ReviewWork]),
            (
                Role::Admin,
                &[ReadLearners, WaivePrerequisites, ReviewWork, ReadContent, PublishContent, ReadUsers, ManageUsers],
            ),
        ];
        for (role, more) in table {
            let who = actor(&[Role::Learner, role], session());
            for action in Action::ALL {
                let allowed = own.contains(&action) || more.contains(&action);
                assert_eq!(authorise(&who, action).is_ok(), allowed, "{role} {action:?}");
            }
        }
    }

    #[test]
    fn nobody_without_a_role_does_anything() {
        for action in Action::ALL {
            assert_eq!(authorise(&actor(&[], session()), action).unwrap_err().code(), Code::RoleMissing);
        }
    }

    #[test]
    fn a_token_needs_the_scope_and_the_role() {
        let token = |scopes: &[Scope]| Via::Token(TokenId::new(uuid::Uuid::nil()), scopes.iter().copied().collect());
        let code = |roles: &[Role], scopes: &[Scope], action| {
            authorise(&actor(roles, token(scopes)), action).unwrap_err().code()
        };
        assert_eq!(code(&Role::ALL, &[Scope::LearningRead], Action::Learn), Code::ScopeMissing);
        assert_eq!(code(&[Role::Learner], &Scope::ALL, Action::ManageUsers), Code::RoleMissing);
        assert_eq!(code(&Role::ALL, &Scope::ALL, Action::ChangeAccount), Code::SessionNeeded);
        for action in Action::ALL.into_iter().filter(|action| action.scope().is_some()) {
            assert!(authorise(&actor(&Role::ALL, token(&Scope::ALL)), action).is_ok());
        }
    }
}

//! What all pages have around their own part.

use cairn_domain::identity::{Action, Actor, authorise};

use super::style::STYLE;
use crate::auth::Known;
use crate::problem::Problem;
use crate::state::Shared;
use crate::{AppState, Settings};

/// What pages say of the server as a whole.
#[derive(Debug, Clone, Default)]
pub(crate) struct Site {
    /// The origin that browsers see, where it is known.
    pub(crate) origin: Option<String>,
    /// Whether anybody may make an account.
    pub(crate) sign_up: bool,
}

impl Site {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self { origin: settings.public_origin.clone(), sign_up: settings.sign_up }
    }

    /// A path as an address that can be shared, where this server knows its own.
    pub(crate) fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.origin.as_deref().unwrap_or_default())
    }
}

/// Who looks at a page.
#[derive(Debug, Clone)]
pub(crate) enum Visitor {
    /// It was not found out: the page tells of a refusal.
    Unknown,
    /// Nobody is signed in.
    Nobody,
    /// Somebody with a session.
    Somebody {
        /// Who.
        actor: Actor,
        /// What forms send along as `csrf_token`.
        csrf: String,
    },
}

impl Visitor {
    /// Whoever has a session.
    pub(crate) fn of(state: &Shared, known: Option<&Known>) -> Self {
        let session = known.and_then(|known| known.session.as_ref().map(|session| (known, session)));
        session.map_or(Self::Nobody, |(known, session)| Self::Somebody {
            actor: known.actor.clone(),
            csrf: state.ports.secrets.csrf(session.id),
        })
    }

    pub(crate) fn is_somebody(&self) -> bool {
        matches!(self, Self::Somebody { .. })
    }

    pub(crate) fn is_nobody(&self) -> bool {
        matches!(self, Self::Nobody)
    }

    /// Whether to lead the visitor to what authors see.
    pub(crate) fn may_read_content(&self) -> bool {
        matches!(self, Self::Somebody { actor, .. } if authorise(actor, Action::ReadContent).is_ok())
    }

    /// Whether to lead the visitor to work that waits for a review.
    pub(crate) fn may_review(&self) -> bool {
        matches!(self, Self::Somebody { actor, .. } if authorise(actor, Action::ReviewWork).is_ok())
    }

    /// What forms send along as `csrf_token`; empty where no session is.
    pub(crate) fn csrf(&self) -> &str {
        match self {
            Self::Somebody { csrf, .. } => csrf,
            Self::Unknown | Self::Nobody => "",
        }
    }
}

/// A step of the way to a page.
#[derive(Debug, Clone)]
pub(crate) struct Crumb {
    pub(crate) title: String,
    /// Where it leads; empty for the page itself.
    pub(crate) address: String,
}

/// What stands around a page's own part: its head, the header and the way to it.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) site: Site,
    pub(crate) visitor: Visitor,
    pub(crate) title: String,
    pub(crate) description: String,
    /// The path of the page.
    pub(crate) path: String,
    /// Whether search engines may show it; pages of one's own are not theirs.
    pub(crate) public: bool,
    /// Open Graph's kind of page.
    pub(crate) kind: &'static str,
    pub(crate) crumbs: Vec<Crumb>,
    /// Structured data, safe to stand in a page.
    pub(crate) structured: String,
}

impl Frame {
    /// Around a page that search engines may show.
    pub(crate) fn public(site: &Site, visitor: Visitor, title: &str, path: impl Into<String>) -> Self {
        Self { public: true, ..Self::personal(site, visitor, title, path) }
    }

    /// Around a page that is its visitor's own.
    pub(crate) fn personal(site: &Site, visitor: Visitor, title: &str, path: impl Into<String>) -> Self {
        Self {
            site: site.clone(),
            visitor,
            title: title.to_owned(),
            description: String::new(),
            path: path.into(),
            public: false,
            kind: "website",
            crumbs: Vec::new(),
            structured: String::new(),
        }
    }

    /// Around the page of a request that was refused.
    pub(crate) fn refusal(state: &AppState, problem: &Problem, path: &str) -> Self {
        Self::personal(&state.site, Visitor::Unknown, problem.reason.title(), path)
    }

    pub(crate) fn described(self, description: &str) -> Self {
        Self { description: description.to_owned(), ..self }
    }

    /// Adds a step of the way to the page, which ends in the page itself.
    pub(crate) fn below(mut self, title: &str, address: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { title: title.to_owned(), address: address.into() });
        self
    }

    /// The address that others should use.
    pub(crate) fn canonical(&self) -> String {
        self.site.absolute(&self.path)
    }

    /// Where signing in should lead back to, as the value of a parameter.
    pub(crate) fn return_to(&self) -> String {
        crate::extract::query::escaped(&self.path)
    }

    pub(crate) fn style(&self) -> &'static str {
        &STYLE.address
    }

    /// Whether a link of the header leads to where the page is.
    pub(crate) fn within(&self, address: &str) -> bool {
        self.path == address || self.path.strip_prefix(address).is_some_and(|rest| rest.starts_with('/'))
    }
}

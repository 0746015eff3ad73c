//! Who may call which route: the whole table. A route without a row is for nobody, and a test fails.

use cairn_domain::identity::Action;

use crate::endpoint::Access::{self, Anyone, May, Public, Session};
use crate::endpoint::Verb::{self, Delete, Get, Patch, Post, Put};

/// Route and least permission. The use case behind a route asks the same policy again, and where it depends on whose
/// thing it is, for more.
const TABLE: &[(Verb, &str, Access)] = &[
    // what is published
    (Get, "/api/v1/guides", Public),
    (Get, "/api/v1/guides/{name}", Public),
    (Get, "/api/v1/tracks", Public),
    (Get, "/api/v1/tracks/{name}", Public),
    (Get, "/api/v1/courses", Public),
    (Get, "/api/v1/courses/{name}", Public),
    (Get, "/api/v1/lessons", Public),
    (Get, "/api/v1/lessons/{name}", Public),
    (Get, "/api/v1/skills", Public),
    (Get, "/api/v1/skills/{name}", Public),
    (Get, "/api/v1/search", Public),
    (Get, "/api/v1/packs", Public),
    (Get, "/api/v1/packs/{pack}", Public),
    (Get, "/api/v1/packs/{pack}/releases", Public),
    (Get, "/api/v1/packs/{pack}/releases/{number}", Public),
    (Get, "/assets/{file}", Public),
    // authoring
    (Post, "/api/v1/packs/{pack}/plans", May(Action::ReadContent)),
    (Post, "/api/v1/packs/{pack}/releases", May(Action::PublishContent)),
    (Post, "/api/v1/packs/{pack}/releases/{number}/rollback", May(Action::PublishContent)),
    (Get, "/api/v1/packs/{pack}/archive", May(Action::ReadContent)),
    (Get, "/api/v1/packs/{pack}/releases/{number}/archive", May(Action::ReadContent)),
    (Get, "/api/v1/packs/{pack}/releases/{number}/changes", May(Action::ReadContent)),
    // how what was authored fares: counts, and nobody's name
    (Get, "/api/v1/lessons/{name}/statistics", May(Action::ReadContent)),
    (Get, "/api/v1/courses/{name}/statistics", May(Action::ReadContent)),
    // session and login
    (Post, "/api/v1/session", Public),
    (Get, "/api/v1/session", Session),
    (Delete, "/api/v1/session", Session),
    // tokens: no token makes or revokes tokens
    (Get, "/api/v1/tokens", May(Action::ReadAccount)),
    (Post, "/api/v1/tokens", May(Action::ChangeAccount)),
    (Get, "/api/v1/tokens/{id}", May(Action::ReadAccount)),
    (Delete, "/api/v1/tokens/{id}", May(Action::ChangeAccount)),
    // users and roles: others' accounts are not found by those who are not admins
    (Post, "/api/v1/users", Anyone),
    (Get, "/api/v1/users", May(Action::ReadUsers)),
    (Get, "/api/v1/users/{id}", May(Action::ReadAccount)),
    (Patch, "/api/v1/users/{id}", May(Action::ReadAccount)),
    (Put, "/api/v1/users/me/password", May(Action::ChangeAccount)),
    // reading and progress: others' enrolments are found by instructors alone
    (Post, "/api/v1/enrolments", May(Action::Learn)),
    (Get, "/api/v1/enrolments", May(Action::ReadLearning)),
    (Get, "/api/v1/enrolments/{id}", May(Action::ReadLearning)),
    (Patch, "/api/v1/enrolments/{id}", May(Action::Learn)),
    (Get, "/api/v1/enrolments/{id}/progress", May(Action::ReadLearning)),
    (Get, "/api/v1/enrolments/{id}/next", May(Action::ReadLearning)),
    (Get, "/api/v1/enrolments/{id}/lessons/{lesson}", May(Action::ReadLearning)),
    (Put, "/api/v1/enrolments/{id}/lessons/{lesson}/waiver", May(Action::WaivePrerequisites)),
    (Delete, "/api/v1/enrolments/{id}/lessons/{lesson}/waiver", May(Action::WaivePrerequisites)),
    (Put, "/api/v1/enrolments/{id}/lessons/{lesson}/completion", May(Action::Learn)),
    (Get, "/api/v1/enrolments/{id}/plan", May(Action::ReadLearning)),
    (Put, "/api/v1/enrolments/{id}/plan", May(Action::Learn)),
    (Delete, "/api/v1/enrolments/{id}/plan", May(Action::Learn)),
    (Get, "/api/v1/enrolments/{id}/plan.ics", May(Action::ReadLearning)),
    (Get, "/api/v1/events", May(Action::ReadLearning)),
    (Get, "/api/v1/activity", May(Action::ReadLearning)),
    // quiz answers
    (Post, "/api/v1/enrolments/{id}/lessons/{lesson}/attempts", May(Action::Learn)),
    (Get, "/api/v1/enrolments/{id}/lessons/{lesson}/attempts", May(Action::ReadLearning)),
    (Get, "/api/v1/attempts/{id}", May(Action::ReadLearning)),
    (Post, "/api/v1/attempts/{id}/answers", May(Action::Learn)),
    // practice: drills, whose re-evaluation names nobody, and work at capstones
    (Post, "/api/v1/enrolments/{id}/lessons/{lesson}/drill-attempts", May(Action::Learn)),
    (Get, "/api/v1/enrolments/{id}/lessons/{lesson}/drill-attempts", May(Action::ReadLearning)),
    (Get, "/api/v1/drill-attempts/{id}", May(Action::ReadLearning)),
    (Post, "/api/v1/drill-attempts/{id}/transcript", May(Action::Learn)),
    (Post, "/api/v1/drill-attempts/{id}/solution", May(Action::Learn)),
    (Get, "/api/v1/drill-attempts/{id}/replay", May(Action::ReadLearning)),
    (Get, "/api/v1/lessons/{name}/drill", May(Action::ReadLearning)),
    (Get, "/api/v1/lessons/{name}/drill/re-evaluation", May(Action::ReadContent)),
    (Post, "/api/v1/lessons/{name}/drill/re-evaluation", May(Action::PublishContent)),
    (Get, "/api/v1/enrolments/{id}/lessons/{lesson}/submission", May(Action::ReadLearning)),
    (Put, "/api/v1/enrolments/{id}/lessons/{lesson}/submission", May(Action::Learn)),
    (Post, "/api/v1/enrolments/{id}/lessons/{lesson}/submission/comments", May(Action::ReadLearning)),
    (Put, "/api/v1/enrolments/{id}/lessons/{lesson}/submission/review", May(Action::ReviewWork)),
    (Get, "/api/v1/submissions", May(Action::ReadLearners)),
    // pages: what is published, for anybody; what is personal, for its user
    (Get, "/", Anyone),
    (Get, "/guides", Anyone),
    (Get, "/guides/{name}", Anyone),
    (Get, "/tracks", Anyone),
    (Get, "/tracks/{name}", Anyone),
    (Get, "/courses", Anyone),
    (Get, "/courses/{name}", Anyone),
    (Get, "/lessons/{name}", Anyone),
    (Get, "/skills/{name}", Anyone),
    (Get, "/sign-in", Anyone),
    (Post, "/sign-in", Public),
    (Get, "/sign-up", Anyone),
    (Post, "/sign-up", Public),
    (Post, "/sign-out", Session),
    (Get, "/account", May(Action::ReadAccount)),
    (Post, "/account", May(Action::ChangeAccount)),
    (Get, "/account/password", May(Action::ChangeAccount)),
    (Post, "/account/password", May(Action::ChangeAccount)),
    (Get, "/account/tokens", May(Action::ReadAccount)),
    (Post, "/account/tokens", May(Action::ChangeAccount)),
    (Post, "/account/tokens/{id}/revoke", May(Action::ChangeAccount)),
    (Get, "/learning", May(Action::ReadLearning)),
    (Post, "/learning", May(Action::Learn)),
    (Get, "/learning/{id}", May(Action::ReadLearning)),
    (Post, "/learning/{id}/state", May(Action::Learn)),
    (Get, "/learning/{id}/lessons/{lesson}", May(Action::ReadLearning)),
    (Post, "/learning/{id}/lessons/{lesson}/completion", May(Action::Learn)),
    (Post, "/learning/{id}/lessons/{lesson}/attempts", May(Action::Learn)),
    (Post, "/learning/{id}/lessons/{lesson}/waiver", May(Action::WaivePrerequisites)),
    (Post, "/learning/{id}/lessons/{lesson}/waiver/end", May(Action::WaivePrerequisites)),
    (Get, "/attempts/{id}", May(Action::ReadLearning)),
    (Post, "/attempts/{id}", May(Action::Learn)),
    (Get, "/learning/{id}/lessons/{lesson}/drill-attempts", May(Action::ReadLearning)),
    (Post, "/learning/{id}/lessons/{lesson}/drill-attempts", May(Action::Learn)),
    (Get, "/drill-attempts/{id}", May(Action::ReadLearning)),
    (Post, "/drill-attempts/{id}", May(Action::Learn)),
    (Post, "/drill-attempts/{id}/replay", May(Action::ReadLearning)),
    (Get, "/learning/{id}/lessons/{lesson}/work", May(Action::ReadLearning)),
    (Post, "/learning/{id}/lessons/{lesson}/work", May(Action::Learn)),
    (Post, "/learning/{id}/lessons/{lesson}/work/comments", May(Action::ReadLearning)),
    (Post, "/learning/{id}/lessons/{lesson}/work/review", May(Action::ReviewWork)),
    (Get, "/reviews", May(Action::ReadLearners)),
    (Get, "/lessons/{name}/re-evaluation", May(Action::ReadContent)),
    (Post, "/lessons/{name}/re-evaluation", May(Action::PublishContent)),
    (Get, "/packs/{pack}/releases", Anyone),
    (Get, "/packs/{pack}/releases/{number}", May(Action::ReadContent)),
    (Get, "/lessons/{name}/statistics", May(Action::ReadContent)),
    (Get, "/courses/{name}/statistics", May(Action::ReadContent)),
    (Get, "/learning/{id}/plan", May(Action::ReadLearning)),
    (Post, "/learning/{id}/plan", May(Action::Learn)),
    (Post, "/learning/{id}/plan/removal", May(Action::Learn)),
    (Get, "/search", Anyone),
    (Get, "/robots.txt", Public),
    (Get, "/sitemap.xml", Public),
    (Get, "/sitemaps/{number}", Public),
    (Get, "/releases.atom", Public),
    (Get, "/favicon.svg", Public),
    (Get, "/style/{file}", Public),
    // health and documentation
    (Get, "/api/openapi.json", Public),
    (Get, "/api/docs", Public),
    (Get, "/api/docs/{file}", Public),
    (Get, "/api/problems", Public),
    (Get, "/api/problems/{code}", Public),
    (Get, "/livez", Public),
    (Get, "/readyz", Public),
];

/// Who may call a route; `None` for one without a row.
pub(crate) fn access(verb: Verb, path: &str) -> Option<Access> {
    TABLE.iter().find(|(of, row, _)| *of == verb && *row == path).map(|(_, _, access)| *access)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::TABLE;
    use crate::routes::endpoints;

    #[test]
    fn routes_and_table_have_the_same_rows_each_once() {
        let rows: Vec<_> = TABLE.iter().map(|(verb, path, _)| (*verb, *path)).collect();
        let listed: BTreeSet<_> = rows.iter().copied().collect();
        assert_eq!(listed.len(), rows.len(), "a row stands twice");
        let routes: BTreeSet<_> = endpoints().iter().map(|endpoint| (endpoint.verb, endpoint.path)).collect();
        let without: Vec<_> = routes.difference(&listed).collect();
        assert!(without.is_empty(), "routes without a row: {without:?}");
        let stale: Vec<_> = listed.difference(&routes).collect();
        assert!(stale.is_empty(), "rows without a route: {stale:?}");
    }
}

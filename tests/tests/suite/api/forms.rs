//! What pages' forms do: signing in and up and out, one's own account, tokens.

use std::time::Duration;

use reqwest::Method;

use super::client::{encoded, send};
use super::server::{Backing, PASSWORD, Server};

const ADA: &str = "ada@example.org";

/// A GET with the cookie that an answer has set.
fn with_cookie_of(server: &Server, set: &super::client::Answer, path: &str) -> super::client::Answer {
    let cookie = set.header("set-cookie").split(';').next().unwrap().to_owned();
    send(server.anybody().bare(Method::GET, path).header("cookie", cookie))
}

pub(super) fn a_visitor_signs_in_where_they_came_from_and_out_again(on: Backing) {
    let server = Server::start(on);
    server.user(ADA, &[]);
    let anybody = server.anybody();
    assert_eq!(anybody.get("/account/tokens").led_to(), "/sign-in?return_to=%2Faccount%2Ftokens");
    let page = anybody.get("/sign-in?return_to=%2Faccount%2Ftokens");
    assert!(page.page(200).contains("name=\"return_to\" value=\"/account/tokens\""));
    let fields = [("email", ADA), ("password", PASSWORD), ("return_to", "/account/tokens")];
    let done = anybody.form("/sign-in", &fields);
    assert_eq!(done.led_to(), "/account/tokens");
    let cookie = done.header("set-cookie");
    for part in ["__Host-cairn-session=", "; Path=/", "; HttpOnly", "; SameSite=Lax", "; Secure"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    let account = with_cookie_of(&server, &done, "/account");
    assert!(account.page(200).contains(ADA) && account.header("cache-control") == "no-store");
    assert_eq!(with_cookie_of(&server, &done, "/sign-in?return_to=/courses").led_to(), "/courses");
    let browser = server.browser("grace@example.org", &[]);
    let out = browser.form("/sign-out", &[]);
    assert_eq!(out.led_to(), "/");
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    assert_eq!(browser.get("/account").led_to(), "/sign-in?return_to=%2Faccount");
    assert!(browser.get("/").page(200).contains("Sign in"), "what has ended is as good as none");
}

pub(super) fn nobody_is_led_to_another_host(on: Backing) {
    let server = Server::start(on);
    let browser = server.browser(ADA, &[]);
    for foreign in
        ["//evil.example", "/\\evil.example", "https://evil.example", "https:evil.example", "/\t/evil.example"]
    {
        let query = encoded([("return_to", foreign)].into_iter());
        assert_eq!(browser.get(&format!("/sign-in?{query}")).led_to(), "/", "{foreign}");
        let page = server.anybody().get(&format!("/sign-in?{query}"));
        assert!(page.page(200).contains("name=\"return_to\" value=\"/\""), "{foreign}");
        server.clock.advance(Duration::from_secs(60));
        let fields = [("email", ADA), ("password", PASSWORD), ("return_to", foreign)];
        assert_eq!(server.anybody().form("/sign-in", &fields).led_to(), "/", "{foreign}");
    }
    // An address that is a path to the router and another host to a browser.
    let asked = send(server.anybody().bare(Method::GET, "/account?x=1"));
    assert_eq!(asked.led_to(), "/sign-in?return_to=%2Faccount%3Fx%3D1");
}

pub(super) fn a_wrong_password_keeps_the_form(on: Backing) {
    let server = Server::start(on);
    server.user(ADA, &[]);
    let fields = [("email", "Ada@Example.org"), ("password", "not the password"), ("return_to", "/courses")];
    let refused = server.anybody().form("/sign-in", &fields);
    let page = refused.page(401);
    assert!(page.contains("The e-mail address or the password is wrong.") && page.contains("role=\"alert\""));
    assert!(page.contains("value=\"Ada@Example.org\"") && page.contains("value=\"/courses\""));
    assert!(!page.contains("not the password") && !refused.headers.contains_key("set-cookie"));
    let empty = server.anybody().form("/sign-in", &[("email", "ada"), ("password", "")]);
    assert!(empty.page(422).contains("id=\"email-fault\"") && empty.text().contains("id=\"password-fault\""));
    let json = server.anybody().post("/sign-in", &serde_json::json!({ "email": ADA, "password": PASSWORD }));
    json.page(415);
    let long = "x".repeat(300 * 1024);
    server.anybody().form("/sign-in", &[("email", &long), ("password", "")]).page(413);
    let foreign = server.anybody().form_request("/sign-in", &[("email", ADA), ("password", PASSWORD)]);
    let refused = send(foreign.header("origin", "http://evil.example"));
    assert!(refused.page(403).contains("comes from a page of another origin"));
}

pub(super) fn tries_to_sign_in_are_limited_on_the_page_too(on: Backing) {
    let server = Server::start(on);
    server.user(ADA, &[]);
    let fields = [("email", ADA), ("password", "not the password")];
    let answers: Vec<_> = (0..6).map(|_| server.anybody().form("/sign-in", &fields)).collect();
    assert_eq!(answers.iter().map(|answer| answer.status).collect::<Vec<_>>(), [401, 401, 401, 401, 401, 429]);
    let refused = &answers[5];
    assert!(refused.page(429).contains("too many tries") && refused.headers.contains_key("retry-after"));
    assert!(refused.text().contains("action=\"/sign-in\"") && refused.headers.contains_key("ratelimit"));
    // The API and the page count together.
    let body = serde_json::json!({ "email": ADA, "password": PASSWORD });
    server.anybody().post("/api/v1/session", &body).problem(429, "throttled");
}

pub(super) fn sign_up_makes_an_account_and_signs_in(on: Backing) {
    let closed = Server::start(on);
    assert!(closed.anybody().get("/sign-up").page(403).contains("made by an admin"));
    let fields = [("name", "Ada"), ("email", ADA), ("password", PASSWORD), ("return_to", "/courses")];
    closed.anybody().form("/sign-up", &fields).page(403);
    assert!(!closed.anybody().get("/").page(200).contains("/sign-up"));
    let server = Server::start_with(on, |settings| settings.sign_up = true);
    let anybody = server.anybody();
    assert!(anybody.get("/").page(200).contains("/sign-up"));
    anybody.get("/sign-up").page(200);
    let done = anybody.form("/sign-up", &fields);
    assert_eq!(done.led_to(), "/courses");
    let account = with_cookie_of(&server, &done, "/account");
    assert!(account.page(200).contains("value=\"Ada\"") && account.text().contains("learner"));
    assert!(!account.text().contains("admin"));
    let taken = anybody.form("/sign-up", &[("name", "Eve"), ("email", ADA), ("password", PASSWORD)]);
    assert!(taken.page(409).contains("id=\"email-fault\"") && taken.text().contains("value=\"Eve\""));
    let grasping = [("name", "Eve"), ("email", "eve@example.org"), ("password", PASSWORD), ("roles", "admin")];
    anybody.form("/sign-up", &grasping).page(422);
}

pub(super) fn every_fault_stands_beside_its_field(on: Backing) {
    let server = Server::start_with(on, |settings| settings.sign_up = true);
    let fields = [("name", "  "), ("email", "<nobody>"), ("password", "short")];
    let refused = server.anybody().form("/sign-up", &fields);
    let page = refused.page(422);
    for name in ["name", "email", "password"] {
        assert!(page.contains(&format!("id=\"{name}-fault\"")), "{page}");
        assert!(page.contains(&format!("<a href=\"#{name}\">")), "{page}");
    }
    assert_eq!(page.matches("aria-invalid=\"true\"").count(), 3);
    assert!(page.contains("3 things are to be mended") && page.contains("value=\"&#60;nobody&#62;\""), "{page}");
    assert!(!page.contains("short\""), "a password is not sent back");
}

pub(super) fn a_form_needs_the_token_of_its_session_and_an_origin_of_this_server(on: Backing) {
    let server = Server::start(on);
    let user = server.user(ADA, &[]);
    let (browser, other) = (server.session(&user), server.session(&user));
    let fields = [("name", "Changed"), ("version", "1")];
    let own = browser.origin();
    for origin in ["null", "http://evil.example", &format!("{own}.evil.example")] {
        let sent = send(browser.form_request("/account", &fields).header("origin", origin));
        assert!(sent.page(403).contains("Nothing was changed."), "{origin}");
    }
    assert!(send(browser.form_request("/account", &fields)).page(403).contains("which origin"));
    let token = |page: &str| {
        let (_, rest) = page.split_once("name=\"csrf_token\" value=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let foreign = token(other.get("/account").page(200));
    for bad in [None, Some(""), Some("x"), Some(foreign.as_str())] {
        let all = fields.iter().copied().chain(bad.map(|bad| ("csrf_token", bad)));
        for path in ["/account", "/account/password", "/account/tokens", "/sign-out"] {
            let request = browser.with_cookie(browser.bare(Method::POST, path)).header("origin", &own);
            let request = request.header("content-type", "application/x-www-form-urlencoded");
            let sent = send(request.body(encoded(all.clone())));
            assert!(sent.page(403).contains("Nothing was changed."), "{path} {bad:?}");
        }
    }
    assert!(browser.get("/account").page(200).contains("value=\"ada\""), "none of these did anything");
    assert_eq!(token(browser.get("/account").text()), token(browser.get("/").text()));
    assert_eq!(browser.form("/account", &fields).led_to(), "/account?saved=name");
}

pub(super) fn a_name_is_changed_once(on: Backing) {
    let server = Server::start(on);
    let browser = server.browser(ADA, &[]);
    assert_eq!(browser.form("/account", &[("name", "Ada Lovelace"), ("version", "1")]).led_to(), "/account?saved=name");
    let page = browser.get("/account?saved=name");
    assert!(page.page(200).contains("Your name is changed.") && page.text().contains("value=\"Ada Lovelace\""));
    let stale = browser.form("/account", &[("name", "Late"), ("version", "1")]);
    assert!(stale.page(412).contains("changed by somebody else") && stale.text().contains("value=\"Late\""));
    let long = "x".repeat(101);
    let faulty = browser.form("/account", &[("name", &long), ("version", "2")]);
    assert!(faulty.page(422).contains("id=\"name-fault\""));
    browser.form("/account", &[("name", "Eve"), ("version", "2"), ("roles", "admin")]).page(422);
}

pub(super) fn a_password_is_changed(on: Backing) {
    let server = Server::start(on);
    let user = server.user(ADA, &[]);
    let (browser, other) = (server.session(&user), server.session(&user));
    let new = "battery staple horse";
    let wrong = browser.form("/account/password", &[("current", "not the password"), ("new", new)]);
    assert!(wrong.page(422).contains("id=\"current-fault\"") && !wrong.text().contains(new));
    let short = browser.form("/account/password", &[("current", PASSWORD), ("new", "short")]);
    assert!(short.page(422).contains("id=\"new-fault\""));
    let done = browser.form("/account/password", &[("current", PASSWORD), ("new", new)]);
    assert_eq!(done.led_to(), "/account?saved=password");
    browser.get("/account").page(200);
    assert_eq!(other.get("/account").led_to(), "/sign-in?return_to=%2Faccount", "all other sessions have ended");
    assert_eq!(server.anybody().form("/sign-in", &[("email", ADA), ("password", new)]).led_to(), "/");
}

pub(super) fn a_token_is_made_shown_once_and_revoked(on: Backing) {
    let server = Server::start(on);
    let browser = server.browser(ADA, &[]);
    assert!(browser.get("/account/tokens").page(200).contains("You have none."));
    let fields = [("name", "laptop"), ("days", "30"), ("scopes", "account:read"), ("scopes", "learning:read")];
    let made = browser.form("/account/tokens", &fields);
    let (_, rest) = made.page(200).split_once("<code class=\"secret\">").unwrap();
    let secret = rest.split('<').next().unwrap();
    assert!(secret.starts_with("cairn_") && made.header("cache-control") == "no-store");
    let used = server.anybody().bare(Method::GET, "/api/v1/users/me").bearer_auth(secret);
    send(used.try_clone().unwrap()).expect(200);
    let list = browser.get("/account/tokens");
    assert!(list.page(200).contains("laptop") && !list.text().contains(secret));
    let twice = browser.form("/account/tokens", &fields);
    assert!(twice.page(409).contains("id=\"name-fault\"") && !twice.text().contains("class=\"secret\""));
    let kept = "value=\"learning:read\" checked";
    assert!(twice.text().contains(kept) && twice.text().contains("value=\"30\""), "{}", twice.text());
    let faulty = browser.form("/account/tokens", &[("name", ""), ("days", "400")]);
    assert!(
        faulty.page(422).contains("A token needs at least one scope.") && faulty.text().contains("id=\"days-fault\"")
    );
    let (_, rest) = list.text().split_once("action=\"/account/tokens/").unwrap();
    let path = format!("/account/tokens/{}", rest.split('"').next().unwrap());
    let stranger = server.browser("grace@example.org", &[]);
    stranger.form(&path, &[]).page(404);
    assert_eq!(browser.form(&path, &[]).led_to(), "/account/tokens");
    send(used).problem(401, "credential_expired");
    assert!(browser.get("/account/tokens").page(200).contains("You have none."));
}

/// A token in a header opens no page: whoever can read pages with it could send forms with it too.
pub(super) fn pages_take_no_token_in_place_of_a_session(on: Backing) {
    let server = Server::start(on);
    let program = server.program(ADA, &[]);
    for route in cairn_http::page_routes().into_iter().filter(|route| route.signed_in) {
        let path = route.path.replace("{id}", "0190d6f0-0000-7000-8000-000000000001");
        let method = Method::from_bytes(route.method.as_bytes()).unwrap();
        for caller in [&program, &server.anybody()] {
            let request = caller.request(method.clone(), &path);
            let request = request.header("content-type", "application/x-www-form-urlencoded").body("");
            let led_to = send(request).led_to().to_owned();
            assert!(led_to.starts_with("/sign-in?return_to="), "{path}: {led_to}");
        }
    }
}

//! Refusals, as people see them.

use reqwest::Method;

use super::client::send;
use super::server::{Backing, Server};

const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

pub(super) fn an_unknown_address_is_a_page_for_people_and_a_problem_for_programs(on: Backing) {
    let server = Server::start(on);
    let ask = |path: &str, accept: &str| send(server.anybody().bare(Method::GET, path).header("accept", accept));
    for path in ["/nothing", "/.env", "/lessons", "/assets/", "/lessons/a/b", "/apis"] {
        let answer = ask(path, BROWSER);
        assert!(answer.page(404).contains("There is nothing at this address"), "{path}");
        assert!(answer.text().contains(answer.header("x-request-id")) && answer.header("cache-control") == "no-store");
        ask(path, "application/json").problem(404, "no_route");
        ask(path, "*/*").problem(404, "no_route");
    }
    for path in ["/api", "/api/", "/api/v1/nothing", "/api/v2"] {
        ask(path, BROWSER).problem(404, "no_route");
    }
    // What belongs to the API answers as the API does, whoever asks.
    ask("/api/v1/lessons/nothing", BROWSER).problem(404, "not_found");
    let hostile = ask("/%3Cscript%3Ealert(1)%3C/script%3E", BROWSER);
    assert!(!hostile.page(404).contains("<script>"));
}

pub(super) fn refusals_of_pages_are_pages(on: Backing) {
    let server = Server::start(on);
    let anybody = server.anybody();
    let wrong = send(anybody.bare(Method::DELETE, "/account"));
    wrong.page(405);
    assert_eq!(wrong.header("allow"), "GET, POST, HEAD");
    let wrong = send(anybody.bare(Method::POST, "/lessons/first-steps"));
    assert_eq!((wrong.page(405).is_empty(), wrong.header("allow")), (false, "GET, HEAD"));
    let long = "x".repeat(9000);
    anybody.get(&format!("/?{long}")).page(414);
    send(anybody.bare(Method::GET, "/").header("x-long", "x".repeat(17 * 1024))).page(431);
    let browser = server.browser("ada@example.org", &[]);
    browser.form("/account/tokens/0190d6f0-0000-7000-8000-000000000001/revoke", &[]).page(404);
    browser.form("/account/tokens/x/revoke", &[]).page(404);
    let broken = browser.with_cookie(browser.bare(Method::POST, "/account")).header("origin", browser.origin());
    let broken = broken.header("content-type", "application/x-www-form-urlencoded").body(vec![0xff, 0xfe]);
    // Nobody learns what is wrong with a form who did not send the token with it.
    send(broken).page(403);
}

pub(super) fn a_session_that_has_ended_leads_to_signing_in(on: Backing) {
    let server = Server::start(on);
    let browser = server.browser("ada@example.org", &[]);
    server.clock.advance(std::time::Duration::from_secs(15 * 24 * 3600));
    assert_eq!(browser.get("/account/password").led_to(), "/sign-in?return_to=%2Faccount%2Fpassword");
    assert!(browser.get("/lessons/first-steps").page(200).contains("Sign in"));
    let sent = browser.form_request("/account", &[("name", "x"), ("version", "1")]).header("origin", browser.origin());
    let back = format!("{}/account?saved=name", browser.origin());
    let led_to = send(sent.try_clone().unwrap().header("referer", &back));
    assert_eq!(led_to.led_to(), "/sign-in?return_to=%2Faccount%3Fsaved%3Dname");
    for foreign in ["http://evil.example/account".to_owned(), format!("{}//evil.example", browser.origin())] {
        let led_to = send(sent.try_clone().unwrap().header("referer", foreign));
        assert_eq!(led_to.led_to(), "/sign-in?return_to=%2F");
    }
    let nonsense = send(browser.bare(Method::GET, "/account").header("cookie", "__Host-cairn-session=nonsense"));
    assert_eq!(nonsense.led_to(), "/sign-in?return_to=%2Faccount");
}

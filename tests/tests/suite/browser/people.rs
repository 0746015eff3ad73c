//! A server with people.

use std::collections::BTreeMap;

use cairn_tests::browser::Tab;
use serde_json::Value;

use crate::cli::harness::{Machine, Run, Server};

/// Who looks at a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Person {
    /// Nobody who is known.
    Visitor,
    /// Enrolled, in the middle of it.
    Learner,
    /// May publish.
    Author,
}

/// The password of whoever signs up here.
pub(super) const PASSWORD: &str = "correct horse battery";

/// A program that runs on a machine of its own, open to whoever signs up.
pub(super) struct World {
    machine: Machine,
    server: Server,
    /// What stands in braces in addresses, by its name.
    ids: BTreeMap<&'static str, String>,
}

impl World {
    /// With the curriculum that ships, on SQLite.
    pub(super) fn shipped() -> Self {
        Self::on(Machine::sqlite())
    }

    /// On a machine that is set up already.
    pub(super) fn on(mut machine: Machine) -> Self {
        machine.set("CAIRN__ACCOUNTS__SIGN_UP", "open");
        let server = machine.serve();
        Self { machine, server, ids: BTreeMap::new() }
    }

    /// `http://HOST:PORT`.
    pub(super) fn url(&self) -> String {
        self.server.url.clone()
    }

    /// The whole address of a path.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.server.url)
    }

    /// A path with what stands in its braces.
    pub(super) fn path(&self, path: &str) -> String {
        let path = self.ids.iter().fold(path.to_owned(), |path, (name, id)| path.replace(&format!("{{{name}}}"), id));
        assert!(!path.contains('{'), "nobody made what {path} is to show");
        path
    }

    /// What is answered to a program.
    pub(super) fn get(&self, path: &str) -> reqwest::blocking::Response {
        self.server.get(path)
    }

    /// Signs the command line in as somebody.
    fn login(&self, email: &str, password: &str) {
        let login = ["login", "--json", "--server", &self.server.url, "--email", email, "--password-stdin"];
        self.machine.feed(&login, password).ends(0);
    }

    /// Signs the command line in as the admin.
    pub(super) fn login_as_admin(&self) {
        self.machine.login(&self.server);
    }

    /// Runs the command line as whoever signed in by it last.
    pub(super) fn run(&self, arguments: &[&str]) -> Run {
        self.machine.run(arguments)
    }

    /// A window in which somebody has just signed up, by the page for that.
    pub(super) fn sign_up(&self, name: &str) -> Tab {
        let tab = Tab::open();
        tab.open_page(&self.address("/sign-up"));
        sign_up(&tab, name);
        tab
    }

    /// A window of a learner who has begun with the track: one lesson read, its quiz not passed and begun again.
    pub(super) fn learner(&mut self) -> Tab {
        let tab = self.sign_up("Ada");
        self.login(&email("Ada"), PASSWORD);
        let enrolled = self.run(&["enrol", "backend", "--json"]).ends(0).json();
        self.ids.insert("enrolment", text(&enrolled["id"]));
        self.ids.insert("learner", text(&enrolled["user"]));
        self.run(&["plan", "--hours", "4", "--start", "2030-01-07"]).ends(0);
        self.run(&["read", "http-messages", "--done"]).ends(0);
        let quiz = ["quiz", "http-messages-quiz", "--answers", "-", "--json"];
        let graded = self.machine.feed(&quiz, "{}").ends(3).json();
        self.ids.insert("graded", text(&graded["id"]));
        let opened = self.run(&["quiz", "http-messages-quiz", "--questions", "--json"]).ends(0).json();
        self.ids.insert("opened", text(&opened["id"]));
        let judged =
            self.challenge(&tab, "sql-nulls-drill", &[("Your SQL", "select id, name, null as town from guest")]);
        self.ids.insert("judged", judged);
        tab.button("Try again").follow();
        tab.says("What the last attempt came to");
        self.ids.insert("written", last(&tab));
        let steps = [
            ("up: ", "alter table booking add column currency text not null"),
            ("down: ", "alter table booking drop column currency"),
        ];
        let migrated = self.challenge(&tab, "migrations-add-column-drill", &steps);
        self.ids.insert("migrated", migrated);
        let stepped = self.challenge(&tab, "migrations-rename-drill", &[]);
        self.ids.insert("stepped", stepped);
        let requested = self.challenge(&tab, "http-retries-drill", &[]);
        self.ids.insert("requested", requested);
        tab
    }

    /// Begins with a locked drill, and hands in what is written into the fields of these labels; gives the attempt.
    fn challenge(&self, tab: &Tab, lesson: &str, fields: &[(&str, &str)]) -> String {
        tab.open_page(&self.address(&format!("/lessons/{lesson}")));
        tab.button("Take the challenge").follow();
        tab.says("It takes what you hand in until");
        for (label, text) in fields {
            tab.field(label).fill(text);
        }
        if !fields.is_empty() {
            tab.button("Hand it in").follow();
            tab.says("Not passed");
        }
        last(tab)
    }

    /// A window of the admin, who may publish, after others have learnt something.
    pub(super) fn author(&mut self) -> Tab {
        drop(self.learner());
        let admin = &self.server.said["admin"];
        let (email, password) = (text(&admin["email"]), text(&admin["password"]));
        let tab = Tab::open();
        tab.open_page(&self.address("/sign-in"));
        tab.field("E-mail address").fill(&email);
        tab.field("Password").fill(&password);
        tab.button("Sign in").follow();
        tab.button("Sign out");
        self.login_as_admin();
        tab
    }
}

/// The last part of the address that a window shows.
fn last(tab: &Tab) -> String {
    let at = tab.at();
    let path = at.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The address that somebody of this name signs up with.
pub(super) fn email(name: &str) -> String {
    format!("{}@example.org", name.to_lowercase())
}

/// Fills in the page for signing up and sends it.
pub(super) fn sign_up(tab: &Tab, name: &str) {
    tab.field("Name").fill(name);
    tab.field("E-mail address").fill(&email(name));
    tab.field("Password").fill(PASSWORD);
    tab.button("Make the account").follow();
    tab.button("Sign out");
}

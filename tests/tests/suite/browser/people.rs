//! A server with people.

use cairn_tests::browser::Tab;

use crate::cli::harness::{Machine, Server};

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
}

impl World {
    /// With the curriculum that ships, on SQLite.
    pub(super) fn shipped() -> Self {
        Self::on(Machine::sqlite())
    }

    pub(super) fn on(mut machine: Machine) -> Self {
        machine.set("CAIRN__ACCOUNTS__SIGN_UP", "open");
        let server = machine.serve();
        Self { machine, server }
    }

    /// `http://HOST:PORT`.
    pub(super) fn url(&self) -> String {
        self.server.url.clone()
    }

    /// Of a path.
    pub(super) fn address(&self, path: &str) -> String {
        format!("{}{path}", self.server.url)
    }

    /// A window in which somebody has just signed up by the page for that.
    pub(super) fn sign_up(&self, name: &str) -> Tab {
        let tab = Tab::open();
        tab.open_page(&self.address("/sign-up"));
        sign_up(&tab, name);
        tab
    }

    /// A window of a learner who has begun with the track: one lesson read, its quiz not passed.
    pub(super) fn learner(&self) -> Tab {
        let tab = self.sign_up("Ada");
        let server = self.url();
        let login = ["login", "--json", "--server", &server, "--email", &email("Ada"), "--password-stdin"];
        self.machine.feed(&login, PASSWORD).ends(0);
        self.machine.run(&["enrol", "backend", "--json"]).ends(0);
        self.machine.run(&["read", "http-messages", "--done"]).ends(0);
        self.machine.feed(&["quiz", "http-messages-quiz", "--answers", "-", "--json"], "{}").ends(3);
        tab
    }

    /// A window of the admin, who may publish.
    pub(super) fn author(&self) -> Tab {
        let admin = &self.server.said["admin"];
        let tab = Tab::open();
        tab.open_page(&self.address("/sign-in"));
        tab.field("E-mail address").fill(admin["email"].as_str().unwrap());
        tab.field("Password").fill(admin["password"].as_str().unwrap());
        tab.button("Sign in").click();
        tab.button("Sign out");
        tab
    }
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
    tab.button("Make the account").click();
    tab.button("Sign out");
}

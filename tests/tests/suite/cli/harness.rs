//! The program, run as somebody at a terminal or a script would run it.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use cairn_tests::postgres::{Database, cluster};
use serde_json::Value;

/// The program, built once from the sources as they are.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let test = std::env::current_exe().unwrap();
        let folder = test.ancestors().nth(2).unwrap().to_owned();
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--package", "cairn", "--bin", "cairn", "--target-dir"]);
        build.arg(folder.parent().unwrap()).current_dir(env!("CARGO_MANIFEST_DIR"));
        if folder.ends_with("release") {
            build.arg("--release");
        }
        let built = build.status();
        let path = folder.join("cairn");
        assert!(
            built.is_ok_and(|status| status.success()) && path.is_file(),
            "{} is not there: run `cargo build -p cairn` and see why",
            path.display()
        );
        path
    })
}

/// The pack that ships with the program.
pub(crate) fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("content/backend")
}

/// A machine of its own: a home, a data folder and a database.
pub(crate) struct Machine {
    folder: tempfile::TempDir,
    database: Option<Database>,
    settings: Vec<(String, String)>,
}

/// How a run ended.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {:?}; {}", self.out, self.err))
    }

    /// The problem on standard error.
    pub(crate) fn problem(&self) -> Value {
        serde_json::from_str(&self.err).unwrap_or_else(|error| panic!("{error} in {:?}", self.err))
    }

    /// Itself, when it ended so.
    #[track_caller]
    pub(crate) fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, code, "out: {}\nerr: {}", self.out, self.err);
        self
    }
}

impl Machine {
    /// With SQLite in the data folder.
    pub(crate) fn sqlite() -> Self {
        let settings = [
            ("CAIRN__HTTP__ADDRESS", "127.0.0.1:0"),
            ("CAIRN__OPERATOR__ADDRESS", "127.0.0.1:0"),
            // A production cost is a third of a second each.
            ("CAIRN__PASSWORD__COST", "4"),
        ];
        let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { folder: tempfile::tempdir().unwrap(), database: None, settings }
    }

    /// With a PostgreSQL database of its own.
    pub(crate) fn postgres() -> Self {
        let database = cluster().fresh_database();
        let mut machine = Self::sqlite();
        machine.settings.push(("CAIRN__DATABASE__URL".to_owned(), database.url().to_owned()));
        machine.database = Some(database);
        machine
    }

    /// One of each.
    pub(crate) fn both() -> [Self; 2] {
        [Self::sqlite(), Self::postgres()]
    }

    /// Another setting, in the environment.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.settings.retain(|(known, _)| known != name);
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    pub(crate) fn on_postgres(&self) -> bool {
        self.database.is_some()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.path("cairn-data")
    }

    /// A file of the machine's.
    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Notes in the database a migration that no program has.
    pub(crate) fn make_newer(&self) {
        let note = "INSERT INTO __diesel_schema_migrations (version) VALUES ('9999')";
        match &self.database {
            Some(database) => _ = database.sql(note).unwrap(),
            None => {
                let database = rusqlite::Connection::open(self.data().join("cairn.db")).unwrap();
                database.execute(note, []).unwrap();
            }
        }
    }

    /// The program with these arguments, in the machine's folder and with nothing of the tests' own environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(program());
        self.prepare(&mut command);
        command.args(args);
        command
    }

    /// Gives a command the machine's folder and environment.
    pub(crate) fn prepare(&self, command: &mut Command) {
        command.env_clear().current_dir(self.folder.path());
        command.env("HOME", self.folder.path()).env("PATH", "/usr/local/bin:/usr/bin:/bin");
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        finish(self.command(args).output().unwrap())
    }

    /// As [`Machine::run`], with something on standard input.
    pub(crate) fn feed(&self, args: &[&str], input: &str) -> Run {
        let mut command = self.command(args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        finish(child.wait_with_output().unwrap())
    }

    /// Starts a server and waits until it says where it listens.
    pub(crate) fn serve(&self) -> Server {
        self.serve_with(&[])
    }

    pub(crate) fn serve_with(&self, args: &[&str]) -> Server {
        let mut all = vec!["serve", "--json"];
        all.extend(args);
        Server::start(self.command(&all))
    }

    /// Signs in as the admin that a server made.
    pub(crate) fn login(&self, server: &Server) -> Run {
        let admin = &server.said["admin"];
        let (email, password) = (admin["email"].as_str().unwrap(), admin["password"].as_str().unwrap());
        self.feed(&["login", "--json", "--server", &server.url, "--email", email, "--password-stdin"], password).ends(0)
    }
}

pub(crate) fn finish(output: Output) -> Run {
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A running server; killed with this value.
pub(crate) struct Server {
    child: Child,
    /// What it said when it was ready.
    pub(crate) said: Value,
    /// The address of its API.
    pub(crate) url: String,
    out: BufReader<std::process::ChildStdout>,
    err: std::thread::JoinHandle<String>,
}

impl Server {
    pub(crate) fn start(mut command: Command) -> Self {
        // A signal to the group reaches the server alone.
        command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = child.stderr.take().unwrap();
        let err = std::thread::spawn(move || {
            let mut text = String::new();
            let _ = stderr.read_to_string(&mut text);
            text
        });
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        let said = loop {
            if out.read_line(&mut text).unwrap() == 0 {
                let _ = child.wait();
                panic!("the server did not start: {text}{}", err.join().unwrap());
            }
            if let Ok(value) = serde_json::from_str::<Value>(&text) {
                break value;
            }
        };
        let url = said["api"].as_str().unwrap().trim_end_matches("/api/v1").to_owned();
        Self { child, said, url, out, err }
    }

    pub(crate) fn id(&self) -> String {
        self.child.id().to_string()
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([&format!("-{name}"), &self.id()]).status().unwrap();
        assert!(sent.success());
    }

    /// Ends it as an operator would; gives how it ended with all that it still said.
    pub(crate) fn stop(mut self) -> Run {
        self.signal("TERM");
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        let mut out = String::new();
        self.out.read_to_string(&mut out).unwrap();
        let err = std::mem::replace(&mut self.err, std::thread::spawn(String::new)).join().unwrap();
        Run { code, out, err }
    }

    pub(crate) fn get(&self, path: &str) -> reqwest::blocking::Response {
        reqwest::blocking::get(format!("{}{path}", self.url)).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

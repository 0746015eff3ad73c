//! The cairn program: the server, and what learners, authors and operators do from a terminal.

mod accounts;
mod admin;
mod args;
mod backup;
mod config;
mod database;
mod doctor;
mod environment;
mod migrate;
mod offline;
mod serve;
mod shipped;
mod telemetry;

use std::process::ExitCode;

use cairn_cli::args::ContentCommand;
use cairn_cli::ask::{Ask, Terminal};
use cairn_cli::author::{Online, Publisher};
use cairn_cli::client::Client;
use cairn_cli::credentials::Credentials;
use cairn_cli::learner::Place;
use cairn_cli::output::Manner;
use cairn_cli::{Context, Exit, Failure, Output, author, learner};
use cairn_domain::shared::Clock as _;
use cairn_security::SystemClock;
use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Command, ConfigCommand, SettingsArgs};
use config::Configuration;
use environment::Environment;

/// The server that is spoken to when nobody names one and nobody has signed in.
const DEFAULT_SERVER: &str = "http://127.0.0.1:8080";

fn main() -> ExitCode {
    // Before anything is read or opened: a child of the sandbox is to know and hold nothing.
    if std::env::args_os().nth(1).is_some_and(|first| first == cairn_sandbox::CHILD) {
        return cairn_sandbox::child_main();
    }
    let environment = Environment::read();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misunderstood(&error, &environment).into(),
    };
    let output = Output::standard(cli.global.manner(environment.no_color));
    let run = Run { cli: &cli, environment: &environment, output: &output };
    match run.run() {
        Ok(exit) => exit,
        Err(failure) => {
            output.failure(&failure);
            failure.exit
        }
    }
    .into()
}

/// Prints what clap has to say: help and version on standard output, faults as everything else tells them.
fn misunderstood(error: &clap::Error, environment: &Environment) -> Exit {
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Ok;
    }
    if std::env::args_os().any(|arg| arg == "--json") {
        let text = error.render().to_string();
        let detail = text.trim_start_matches("error: ").trim_end().to_owned();
        let manner = Manner { json: true, plain: environment.no_color, verbose: false };
        Output::standard(manner).failure(&Failure::usage(detail));
    } else {
        let _ = error.print();
    }
    Exit::Usage
}

/// One run of the program.
struct Run<'a> {
    cli: &'a Cli,
    environment: &'a Environment,
    output: &'a Output,
}

impl Run<'_> {
    fn run(&self) -> Result<Exit, Failure> {
        let mut terminal = Terminal;
        let ask: &mut dyn Ask = &mut terminal;
        match &self.cli.command {
            Command::Learner(command) => {
                let credentials = self.credentials()?;
                let place = self.place(&credentials)?;
                learner::run(command, &place, &credentials, &mut self.context(ask))
            }
            Command::Content(command) => self.content(command, ask),
            Command::Serve(args) => {
                let configuration = self.configuration(&args.settings)?;
                serve::serve(&configuration, args, self.output, &self.environment.program)
            }
            Command::Doctor(settings) => doctor::doctor(&self.configuration(settings), self.output),
            Command::Config(ConfigCommand::Show(settings)) => {
                show(&self.configuration(settings)?, self.output);
                Ok(Exit::Ok)
            }
            Command::Migrate(command) => {
                migrate::run(command, &|settings| self.configuration(settings), &mut self.context(ask))
            }
            Command::Backup(command) => {
                backup::run(command, &|settings| self.configuration(settings), &mut self.context(ask))
            }
            Command::Admin(command) => {
                admin::run(command, &|settings| self.configuration(settings), &mut self.context(ask))
            }
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut Cli::command(), "cairn", &mut script);
                self.output.raw(String::from_utf8_lossy(&script).trim_end());
                Ok(Exit::Ok)
            }
        }
    }

    fn context<'b>(&'b self, ask: &'b mut dyn Ask) -> Context<'b> {
        Context { output: self.output, ask, program: &self.environment.program }
    }

    fn configuration(&self, settings: &SettingsArgs) -> Result<Configuration, Failure> {
        let file = self.cli.global.config.as_deref().or(self.environment.config.as_deref());
        Configuration::load(file, &self.environment.settings, &settings.overrides())
    }

    fn content(&self, command: &ContentCommand, ask: &mut dyn Ask) -> Result<Exit, Failure> {
        let connect = || -> Result<Box<dyn Publisher + '_>, Failure> {
            if command.offline() {
                let configuration = self.configuration(&SettingsArgs::default())?;
                return Ok(Box::new(database::offline(&configuration.settings)?));
            }
            let place = self.place(&self.credentials()?)?;
            let client = Client::new(&place.server, place.token.as_deref(), self.output)?;
            Ok(Box::new(Online::new(client, self.output, &self.environment.program)?))
        };
        author::run(command, &connect, &mut self.context(ask))
    }

    fn credentials(&self) -> Result<Credentials, Failure> {
        let folder = self.environment.config_home.as_ref().ok_or_else(|| {
            Failure::new(Exit::Failed, "no_home", "There is no home to keep tokens in.")
                .help("Set HOME or XDG_CONFIG_HOME, or CAIRN_SERVER and CAIRN_TOKEN.")
        });
        match folder {
            Ok(folder) => Ok(Credentials::at(folder.join("cairn/credentials.json"))),
            // Whoever gives both needs no file.
            Err(_) if self.environment.token.is_some() => Ok(Credentials::at("/nonexistent/credentials.json".into())),
            Err(failure) => Err(failure),
        }
    }

    /// Which server to speak to, with which token.
    fn place(&self, credentials: &Credentials) -> Result<Place, Failure> {
        let named = self.cli.global.server.clone().or_else(|| self.environment.server.clone());
        let server = match named {
            Some(server) => server,
            None => credentials.current()?.unwrap_or_else(|| DEFAULT_SERVER.to_owned()),
        };
        let server = server.trim_end_matches('/').to_owned();
        let token = match &self.environment.token {
            Some(token) => Some(token.clone()),
            None => credentials.token(&server)?.map(|saved| saved.token),
        };
        let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let machine = Some(machine.trim()).filter(|name| !name.is_empty()).unwrap_or("this machine").to_owned();
        let now: String = SystemClock.now().to_string().replace('T', " ");
        Ok(Place { server, token, token_name: format!("cairn on {machine}, {now}") })
    }
}

/// Prints the configuration.
fn show(configuration: &Configuration, output: &Output) {
    let shown = configuration.shown();
    output.show(&serde_json::json!({ "file": configuration.file, "settings": shown }), || {
        let rows: Vec<Vec<String>> = shown
            .iter()
            .map(|setting| {
                let value = setting.value.as_str().map_or_else(|| setting.value.to_string(), str::to_owned);
                let origin =
                    if setting.origin == "default" { output.dim("default") } else { output.good(&setting.origin) };
                vec![setting.key.to_owned(), output.bold(value), origin]
            })
            .collect();
        output.table(&rows);
    });
}

//! The commands of a learner.

mod account;
mod attempt;
mod catalogue;
mod check;
mod pull;
mod quiz;
mod read;
mod record;
mod search;
mod sql;
mod study;
mod study_plan;
mod way;

use crate::args::LearnerCommand;
use crate::client::Client;
use crate::credentials::Credentials;
use crate::{Context, Exit, Failure};

/// The server that a command speaks to, and how it was found.
#[derive(Debug, Clone)]
pub struct Place {
    /// Its address, without `/` at the end.
    pub server: String,
    /// The token to speak with, where there is one.
    pub token: Option<String>,
    /// What else there is to put on a new token, so that a list of tokens can be read: the machine and the time.
    pub token_name: String,
}

/// Runs a learner's command.
///
/// # Errors
/// What the server refuses, and what keeps the command from reaching it.
pub fn run(
    command: &LearnerCommand,
    place: &Place,
    credentials: &Credentials,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    let client = Client::new(&place.server, place.token.as_deref(), context.output)?;
    match command {
        LearnerCommand::Login(args) => account::login(args, &client, place, credentials, context),
        LearnerCommand::Logout(args) => account::logout(args, &client, place, credentials, context),
        LearnerCommand::List(args) => catalogue::list(args, &client, context),
        LearnerCommand::Enrol(args) => study::enrol(args, &client, context),
        LearnerCommand::Next(args) => study::next(args, &client, context),
        LearnerCommand::Why(args) => way::why(args, &client, context),
        LearnerCommand::Read(args) => read::read(args, &client, context),
        LearnerCommand::Quiz(args) => quiz::quiz(args, &client, context),
        LearnerCommand::Check(args) => check::check(args, &client, context),
        LearnerCommand::Pull(args) => pull::pull(args, &client, context),
        LearnerCommand::Sql(args) => sql::sql(args, &client, context),
        LearnerCommand::Migration(args) => sql::migration(args, &client, context),
        LearnerCommand::Search(args) => search::search(args, &client, context),
        LearnerCommand::Status(args) => study::status(args, &client, context),
        LearnerCommand::Waive(args) => way::waive(args, &client, context),
        LearnerCommand::Plan(args) => study_plan::plan(args, &client, context),
    }
}

/// Refuses what needs an account when nobody is signed in, before the server has to.
fn signed_in(client: &Client<'_>, context: &Context<'_>) -> Result<(), Failure> {
    if client.is_signed_in() {
        Ok(())
    } else {
        Err(Failure::new(Exit::SignedOut, "signed_out", "You are not signed in to this server.")
            .help(format!("Run `{} login`, or set CAIRN_TOKEN.", context.program)))
    }
}

#[cfg(test)]
mod tests;

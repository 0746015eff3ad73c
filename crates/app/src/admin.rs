//! A way back in for the operator.

use cairn_cli::{Context, Exit, Failure};
use cairn_domain::identity::UserState;
use cairn_security::{BcryptHasher, OrderedIds, Secrets, SystemClock};
use serde_json::json;

use crate::accounts::Tools;
use crate::args::AdminCommand;
use crate::config::Settings;
use crate::database;
use crate::migrate::Configure;

pub(crate) fn run(
    command: &AdminCommand,
    configure: &Configure<'_>,
    context: &mut Context<'_>,
) -> Result<Exit, Failure> {
    match command {
        AdminCommand::ResetPassword { email, password_stdin, settings } => {
            let chosen = password_stdin.then(|| context.ask.all()).transpose()?;
            let chosen = chosen.as_deref().map(|text| text.lines().next().unwrap_or_default());
            let configuration = configure(settings)?;
            let (user, password) = with(&configuration.settings, |tools| tools.reset_password(email, chosen))?;
            let generated = chosen.is_none().then(|| password.expose());
            let output = context.output;
            output.show(&json!({ "email": user.email.as_str(), "password": generated }), || {
                output.line(format!("{} {} has a new password; all sessions are ended.", output.good("✓"), user.email));
                if let Some(password) = generated {
                    output.line(format!("Password: {} (shown once)", output.bold(password)));
                }
                if user.state == UserState::Disabled {
                    let command = format!("{} admin promote {}", context.program, user.email);
                    output.line(format!("The account is disabled; `{command}` makes it active, and an admin."));
                }
            });
        }
        AdminCommand::Promote { email, settings } => {
            let configuration = configure(settings)?;
            let user = with(&configuration.settings, |tools| tools.promote(email))?;
            let output = context.output;
            output.show(&json!({ "email": user.email.as_str(), "roles": user.roles }), || {
                output.line(format!("{} {} is an admin, and active.", output.good("✓"), user.email));
            });
        }
    }
    Ok(Exit::Ok)
}

/// Works on the accounts of the database, while nobody else does.
fn with<T>(settings: &Settings, work: impl FnOnce(&Tools<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
    let opened = database::open_alone(settings)?;
    let keyring = database::existing_keyring(settings)?;
    let hasher = BcryptHasher::new(&keyring, settings.password_cost).map_err(cairn_domain::Error::internal)?;
    let (secrets, ids) = (Secrets::new(&keyring), OrderedIds::new());
    work(&Tools { store: &opened, hasher: &hasher, secrets: &secrets, ids: &ids, clock: &SystemClock })
}

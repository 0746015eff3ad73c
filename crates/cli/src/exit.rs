use std::process::ExitCode;

macro_rules! exits {
    ($($(#[doc = $meaning:literal])+ $variant:ident = $code:literal, $name:literal;)+) => {
        /// How a run of `cairn` ended: what a script branches on. Documented in `docs/cli.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Exit { $($(#[doc = $meaning])+ $variant = $code,)+ }

        impl Exit {
            /// Every way to end, by its number.
            pub const ALL: &'static [Exit] = &[$(Exit::$variant,)+];

            /// A short name, as the documentation has it.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Exit::$variant => $name,)+ } }

            /// What it means, as the documentation has it.
            #[must_use]
            pub fn meaning(self) -> &'static str { match self { $(Exit::$variant => concat!($($meaning),+).trim(),)+ } }
        }
    };
}

exits! {
    /// Done.
    Ok = 0, "ok";
    /// Refused or failed; the message says why.
    Failed = 1, "failed";
    /// The command line can't be understood.
    Usage = 2, "usage";
    /// The command ran, and what it looked at is not in order: faults in a pack or in a track to import, changes where none were allowed, migrations still to make, a failed check of `doctor`, a damaged backup, a quiz or drill not passed.
    Found = 3, "found";
    /// Nobody is signed in, or the token is no longer valid.
    SignedOut = 4, "signed-out";
    /// The server or the database can't be reached, or can't work at the moment.
    Unavailable = 5, "unavailable";
    /// Something else has what is needed: a running server the data folder, another program the port.
    InUse = 6, "in-use";
    /// The configuration can't be used.
    Configuration = 7, "configuration";
    /// The database's schema is not the one that this program needs.
    Schema = 8, "schema";
}

impl Exit {
    /// The number that the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_small_and_in_order() {
        let codes: Vec<u8> = Exit::ALL.iter().map(|exit| exit.code()).collect();
        assert_eq!(codes, (0..codes.len() as u8).collect::<Vec<_>>());
    }

    /// Scripts are written against the table, so it and the enum are one.
    #[test]
    fn the_documentation_has_every_code() {
        let page = include_str!("../../../docs/cli.md");
        let rows: Vec<String> = page
            .lines()
            .skip_while(|line| !line.starts_with("## Exit codes"))
            .filter(|line| line.starts_with("| ") && line.as_bytes()[2].is_ascii_digit())
            .map(str::to_owned)
            .collect();
        let expected: Vec<String> =
            Exit::ALL.iter().map(|e| format!("| {} | {} | {} |", e.code(), e.name(), e.meaning())).collect();
        assert_eq!(rows, expected, "the table in docs/cli.md should be:\n{}", expected.join("\n"));
    }
}

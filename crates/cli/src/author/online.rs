//! Publishing through a server's API.

use cairn_content::TarGz;
use cairn_domain::catalog::{PackFormat as _, Plan, SourceFile};
use cairn_domain::learning::{CourseStatistics, LessonStatistics};
use cairn_domain::shared::{ContentId, PackId, Revision};
use reqwest::Method;
use serde_json::json;

use super::{AppliedView, Publisher, ReleaseView};
use crate::client::{Client, view};
use crate::output::Unit;
use crate::{Exit, Failure, Output};

/// A server's API, as a place to publish.
pub struct Online<'a> {
    client: Client<'a>,
    output: &'a Output,
}

impl<'a> Online<'a> {
    /// Publishes as the client's caller, who has to be an author.
    ///
    /// # Errors
    /// [`Exit::SignedOut`] when there is no token.
    pub fn new(client: Client<'a>, output: &'a Output, program: &str) -> Result<Self, Failure> {
        if client.is_signed_in() {
            Ok(Self { client, output })
        } else {
            Err(Failure::new(Exit::SignedOut, "signed_out", "You are not signed in to this server.").help(format!(
                "Run `{program} login` as an author, or set CAIRN_TOKEN; or add --offline on the server's machine."
            )))
        }
    }

    fn archive(files: &[SourceFile]) -> Result<Vec<u8>, Failure> {
        Ok(TarGz.write(files)?)
    }
}

impl Publisher for Online<'_> {
    fn plan(&self, pack: &PackId, files: &[SourceFile]) -> Result<Plan, Failure> {
        let archive = Self::archive(files)?;
        let progress = self.output.progress("sending", Unit::Bytes, archive.len() as u64);
        let path = ["packs", pack.as_str(), "plans"];
        self.client.upload(&path, &[], (archive, TarGz.media_type()), None, progress)?.read()
    }

    fn apply(&self, pack: &PackId, files: &[SourceFile], note: &str, expected: u32) -> Result<AppliedView, Failure> {
        let archive = Self::archive(files)?;
        let progress = self.output.progress("sending", Unit::Bytes, archive.len() as u64);
        let tag = format!("\"r{expected}\"");
        let query: &[(&str, &str)] = if note.is_empty() { &[] } else { &[("note", note)] };
        let path = ["packs", pack.as_str(), "releases"];
        self.client.upload(&path, query, (archive, TarGz.media_type()), Some(&tag), progress)?.read()
    }

    fn export(&self, pack: &PackId, number: Option<u32>) -> Result<Vec<SourceFile>, Failure> {
        let progress = self.output.progress("receiving", Unit::Bytes, 0);
        let archive = match number {
            Some(number) => self
                .client
                .download(&["packs", pack.as_str(), "releases", &number.to_string(), "archive"], &progress)?,
            None => self.client.download(&["packs", pack.as_str(), "archive"], &progress)?,
        };
        cairn_content::unpack(&archive).map_err(|faults| {
            Failure::new(Exit::Failed, "unexpected_answer", "The server's archive can't be read.").faults(faults)
        })
    }

    fn releases(&self, pack: &PackId) -> Result<Vec<ReleaseView>, Failure> {
        self.client.list(&["packs", pack.as_str(), "releases"], &[])?.iter().map(view).collect()
    }

    fn changes(&self, pack: &PackId, number: u32, since: Option<u32>) -> Result<Plan, Failure> {
        let path = ["packs", pack.as_str(), "releases", &number.to_string(), "changes"];
        match since {
            Some(since) => self.client.get_with(&path, &[("since", &since.to_string())])?.read(),
            None => self.client.get(&path)?.read(),
        }
    }

    fn lesson_statistics(&self, name: &ContentId, revision: Option<&Revision>) -> Result<LessonStatistics, Failure> {
        let path = ["lessons", name.as_str(), "statistics"];
        match revision {
            Some(revision) => self.client.get_with(&path, &[("revision", revision.as_str())])?.read(),
            None => self.client.get(&path)?.read(),
        }
    }

    fn course_statistics(&self, name: &ContentId, idle_days: Option<u32>) -> Result<CourseStatistics, Failure> {
        let path = ["courses", name.as_str(), "statistics"];
        match idle_days {
            Some(days) => self.client.get_with(&path, &[("idle_days", &days.to_string())])?.read(),
            None => self.client.get(&path)?.read(),
        }
    }

    fn roll_back(&self, pack: &PackId, number: u32, note: &str) -> Result<AppliedView, Failure> {
        let path = ["packs", pack.as_str(), "releases", &number.to_string(), "rollback"];
        self.client.write(Method::POST, &path, &json!({ "note": note }))?.read()
    }
}

//! The curriculum that ships with the program.

use cairn_cli::{Exit, Failure};
use cairn_domain::catalog::{Applied, SourceFile, apply_release};
use cairn_domain::shared::{Clock, Ids, PackId, ReleaseId, Revision};
use cairn_domain::{Store, StoreExt as _};
use include_dir::{Dir, include_dir};

static PACK: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../content/backend");

/// The pack's id, as its `pack.yaml` has it.
pub(crate) const ID: &str = "backend";

/// How the notes of releases begin that the server made of what it ships.
const NOTE: &str = "Shipped with cairn ";

/// What became of the shipped curriculum.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The server has it already.
    Current,
    /// It was made a release.
    Applied(Box<Applied>),
    /// Somebody else made the pack's current release, which stays.
    Foreign {
        /// Its number.
        number: u32,
    },
}

/// The pack's files, ordered by path.
fn files() -> Vec<SourceFile> {
    fn walk(dir: &Dir<'static>, into: &mut Vec<SourceFile>) {
        for file in dir.files() {
            let path = file.path().to_string_lossy().into_owned();
            into.push(cairn_content::pack_file(path, file.contents()));
        }
        dir.dirs().for_each(|dir| walk(dir, into));
    }
    let mut all = Vec::new();
    walk(&PACK, &mut all);
    all.retain(|file| file.path.split('/').all(|part| !part.starts_with('.')));
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

/// Applies the shipped curriculum where the server does not have it, or has an older one that it applied itself.
///
/// What it has is told by the digest over the files, so that nothing is parsed or rendered when nothing changed.
///
/// # Errors
/// Those of the store.
pub(crate) fn apply(store: &dyn Store, ids: &dyn Ids, clock: &dyn Clock) -> Result<Outcome, Failure> {
    let pack = PackId::new(ID)?;
    let current = store.read(|tx| {
        let library = tx.catalog().library()?;
        Ok(library.pack(&pack).map(|(release, _)| release.clone()))
    })?;
    let files = files();
    let expected = match current {
        Some(release) if release.digest == digest(&files) => return Ok(Outcome::Current),
        Some(release) if release.created_by.is_some() || !release.note.starts_with(NOTE) => {
            return Ok(Outcome::Foreign { number: release.number });
        }
        Some(release) => release.number,
        None => 0,
    };
    let draft = cairn_content::check(&files).map_err(|faults| {
        Failure::new(Exit::Failed, "pack_invalid", "The curriculum that ships with this program has faults.")
            .help("This is a fault of the program; set content.apply_shipped to false to start without it.")
            .faults(faults)
    })?;
    let note = format!("{NOTE}{}", env!("CARGO_PKG_VERSION"));
    let now = clock.now();
    let id = ReleaseId::new(ids.next(now));
    let applied = store.write_alone(|tx| apply_release(tx, None, &draft, (Some(expected), &note), id, now));
    match applied {
        Ok(applied) => Ok(Outcome::Applied(Box::new(applied))),
        // Another server that started at the same moment has done it.
        Err(error) if error.code() == cairn_domain::Code::ReleaseMoved => Ok(Outcome::Current),
        Err(error) => Err(error.into()),
    }
}

fn digest(files: &[SourceFile]) -> Revision {
    cairn_content::digest(files)
}

#[cfg(test)]
mod tests {
    use cairn_domain::identity::{Actor, Email, Role, User, Via};
    use cairn_domain::shared::UserId;
    use cairn_memory::MemoryStore;
    use cairn_security::{OrderedIds, SystemClock};

    use super::*;

    fn put_on(store: &MemoryStore) -> Outcome {
        apply(store, &OrderedIds::new(), &SystemClock).unwrap()
    }

    /// The shipped files under another title.
    fn with_title(title: &str) -> Vec<SourceFile> {
        let mut files = files();
        let info = files.iter_mut().find(|file| file.path == "pack.yaml").unwrap();
        let text = String::from_utf8(info.bytes.to_vec()).unwrap();
        let text = text.replacen("title: Backend engineering", &format!("title: {title}"), 1);
        *info = cairn_content::pack_file("pack.yaml", text.as_bytes());
        files
    }

    #[test]
    fn it_is_applied_once() {
        let store = MemoryStore::new();
        let Outcome::Applied(applied) = put_on(&store) else { panic!("not applied") };
        assert!(applied.created && applied.release.number == 1 && applied.release.created_by.is_none());
        assert!(matches!(put_on(&store), Outcome::Current));
    }

    #[test]
    fn what_an_author_released_stays() {
        let (store, ids) = (MemoryStore::new(), OrderedIds::new());
        let now = SystemClock.now();
        let author = UserId::new(ids.next(now));
        let author = User::new(author, Email::new("a@example.org").unwrap(), "A", [Role::Author], now).unwrap();
        let files = with_title("Ours");
        let draft = cairn_content::check(&files).unwrap();
        store
            .write(|tx| {
                tx.users_mut().insert(&author)?;
                let actor = Actor::new(&author, Via::Operator);
                apply_release(tx, Some(&actor), &draft, (None, ""), ReleaseId::new(ids.next(now)), now)
            })
            .unwrap();
        assert!(matches!(put_on(&store), Outcome::Foreign { number: 1 }));
    }

    #[test]
    fn an_older_shipped_one_is_replaced() {
        let (store, ids) = (MemoryStore::new(), OrderedIds::new());
        let older = with_title("Older");
        let draft = cairn_content::check(&older).unwrap();
        let (now, note) = (SystemClock.now(), format!("{NOTE}0.0.1"));
        let id = ReleaseId::new(ids.next(now));
        store.write(|tx| apply_release(tx, None, &draft, (None, &note), id, now)).unwrap();
        let Outcome::Applied(applied) = put_on(&store) else { panic!("not applied") };
        assert_eq!(applied.release.number, 2);
    }
}

//! Which crate may name and see which, read from `cargo metadata`.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use super::{assert_none, root};

/// What each crate may name in `[dependencies]`, and names: the full list, ours first.
const ALLOWED: &[(&str, &[&str])] = &[
    (
        "cairn-domain",
        &[
            "cairn-drill",
            // values, their text forms and errors; none of them does I/O
            "rust_decimal",
            "serde",
            "time",
            "unicode-normalization",
            "uuid",
        ],
    ),
    (
        "cairn-drill",
        &[
            // grammar, JSON values, SQL and days; none of them does I/O
            "regex",
            "serde",
            "serde_json",
            "serde_json_path",
            "serde_path_to_error",
            "sqlparser",
            "time",
            // bodies and addresses as they are sent
            "base64",
            "percent-encoding",
        ],
    ),
    (
        "cairn-memory",
        &[
            "cairn-domain",
            "cairn-drill",
            // what a database would refuse in it
            "serde_json",
        ],
    ),
    (
        "cairn-storage",
        &[
            "cairn-domain",
            "cairn-drill",
            // the databases, linked in
            "diesel",
            "diesel_migrations",
            "libsqlite3-sys",
            "openssl-sys",
            "pq-sys",
            // rows to values
            "serde",
            "serde_json",
            // the seal of a backup
            "sha2",
            "thiserror",
            "tracing",
        ],
    ),
    (
        "cairn-security",
        &[
            "cairn-domain",
            // hashing, signing, randomness
            "bcrypt",
            "hmac",
            "rand",
            "sha2",
            "subtle",
            // passwords typed in another Unicode form, tokens and ids
            "base64",
            "crc32fast",
            "thiserror",
            "unicode-normalization",
            "unicode-normalization",
            "uuid",
        ],
    ),
    (
        "cairn-content",
        &[
            "cairn-domain",
            "cairn-drill",
            // Markdown, its code and its HTML
            "ammonia",
            "comrak",
            "syntect",
            // images in SVG
            "roxmltree",
            // packs: front matter, archives, digests, faults with a guess at what was meant
            "flate2",
            "rust_decimal",
            "saphyr-parser",
            "serde",
            "serde_json",
            "sha2",
            "strsim",
            "tar",
            "thiserror",
            "unicode-normalization",
        ],
    ),
    (
        "cairn-sandbox",
        &[
            "cairn-domain",
            "cairn-drill",
            // the engine of learners' statements, in the child
            "rusqlite",
            // the jail and the limits
            "landlock",
            "libc",
            "rustix",
            "seccompiler",
            // what parent and child tell each other, and digests of rows
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
        ],
    ),
    (
        "cairn-http",
        &[
            "cairn-domain",
            "cairn-drill",
            // the server and its runtime
            "actix-web",
            "arc-swap",
            "futures-util",
            "tokio",
            // the contract
            "serde",
            "serde_json",
            "sha2",
            "thiserror",
            "utoipa",
            "utoipa-swagger-ui",
            // pages
            "askama",
            // telemetry
            "prometheus",
            "tracing",
        ],
    ),
    (
        "cairn-cli",
        &[
            "cairn-domain",
            "cairn-content",
            // what an author's drills are held against
            "cairn-sandbox",
            "tempfile",
            // what a drill asks for, and what the answers come to
            "cairn-drill",
            "base64",
            // the terminal
            "clap",
            "console",
            "html2text",
            "indicatif",
            "rpassword",
            // the API
            "reqwest",
            "serde",
            "serde_json",
        ],
    ),
    (
        "cairn",
        &[
            "cairn-domain",
            "cairn-storage",
            "cairn-security",
            "cairn-content",
            "cairn-http",
            "cairn-cli",
            // what a child of the sandbox is
            "cairn-sandbox",
            // configuration and command line
            "clap",
            "clap_complete",
            "config",
            "include_dir",
            "strsim",
            "serde",
            "serde_json",
            // the public address as an origin
            "url",
            // the free space that `doctor` tells
            "rustix",
            // wiring
            "actix-web",
            "tokio",
            "tracing",
            "tracing-subscriber",
        ],
    ),
    (
        "cairn-tests",
        &[
            // a browser, driven over HTTP
            "base64",
            "reqwest",
            "serde_json",
            // the command that seeds a database, which benchmarks and tests do too
            "cairn-domain",
            "cairn-content",
            "cairn-security",
            "cairn-storage",
            "clap",
            "indicatif",
        ],
    ),
];

/// Libraries that a single crate, or two, may name in any kind of dependency; a name that ends in `*` is a beginning.
const NAMED_ONLY_BY: &[(&str, &[&str])] = &[
    ("diesel*", &["cairn-storage"]),
    ("libsqlite3-sys", &["cairn-storage"]),
    ("rusqlite", &["cairn-storage", "cairn-sandbox"]),
    ("landlock", &["cairn-sandbox"]),
    ("seccompiler", &["cairn-sandbox"]),
    ("pq-sys", &["cairn-storage"]),
    ("actix*", &["cairn-http", "cairn"]),
    ("bcrypt", &["cairn-security"]),
    ("rand", &["cairn-security"]),
];

/// What the benchmarks in `cairn-tests` hold Cairn against: a bare server and bare statements. Development alone.
const BENCHMARKS: &[&str] = &["actix-web", "rusqlite"];

/// What cannot be anywhere below the domain. It has no I/O, no async, no clock and no randomness.
const NOT_BELOW_DOMAIN: &[&str] =
    &["tokio*", "actix*", "diesel*", "reqwest", "futures*", "async-*", "hyper", "rand", "rand_core", "getrandom"];

/// Crates that never see each other, directly or through others.
const STRANGERS: &[(&str, &[&str])] = &[
    ("cairn-sandbox", &["cairn-domain", "cairn-storage", "cairn-http", "cairn-content", "cairn-security"]),
    ("cairn-http", &["cairn-storage", "cairn-content", "cairn-security", "cairn-memory"]),
    ("cairn-storage", &["cairn-http", "cairn-content", "cairn-security", "cairn-memory"]),
    ("cairn-cli", &["cairn-storage", "cairn-http", "cairn-security", "cairn-memory"]),
];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Normal,
    Build,
    Dev,
}

#[derive(Default)]
struct Graph {
    packages: BTreeMap<String, Package>,
    members: BTreeSet<String>,
}

/// A package and the ids of those it names.
#[derive(Default)]
struct Package {
    name: String,
    names: Vec<(String, Kind)>,
}

impl Graph {
    /// As `cargo` resolves the workspace for this machine. It is asked about this machine alone because what only
    /// another one needs may never have been downloaded.
    fn of_the_workspace() -> Self {
        let version = run(Command::new(env!("CARGO")).arg("-vV"));
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
        let metadata = run(Command::new(env!("CARGO")).args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--offline",
            "--filter-platform",
            host,
        ]));
        Self::parse(&serde_json::from_str(&metadata).unwrap())
    }

    fn parse(metadata: &serde_json::Value) -> Self {
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let mut graph = Self::default();
        graph.members.extend(metadata["workspace_members"].as_array().unwrap().iter().map(text));
        for package in metadata["packages"].as_array().unwrap() {
            graph.packages.entry(text(&package["id"])).or_default().name = text(&package["name"]);
        }
        for node in metadata["resolve"]["nodes"].as_array().unwrap() {
            let package = graph.packages.get_mut(node["id"].as_str().unwrap()).unwrap();
            for dependency in node["deps"].as_array().unwrap() {
                for kind in dependency["dep_kinds"].as_array().unwrap() {
                    let kind = match kind["kind"].as_str() {
                        None => Kind::Normal,
                        Some("build") => Kind::Build,
                        Some("dev") => Kind::Dev,
                        Some(other) => panic!("cargo knows a new kind of dependency: {other}"),
                    };
                    package.names.push((text(&dependency["pkg"]), kind));
                }
            }
        }
        graph
    }

    fn name(&self, id: &str) -> &str {
        &self.packages[id].name
    }

    fn members(&self) -> impl Iterator<Item = &Package> {
        self.members.iter().map(|id| &self.packages[id])
    }

    fn member(&self, name: &str) -> Option<&Package> {
        self.members().find(|package| package.name == name)
    }

    /// Each package that gets into the program because of this one, with the way it came: `a -> b -> c`.
    fn closure(&self, package: &Package) -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        let mut open = vec![(package, package.name.clone())];
        while let Some((package, way)) = open.pop() {
            for (id, _) in package.names.iter().filter(|(_, kind)| *kind == Kind::Normal) {
                let next = &self.packages[id];
                let way = format!("{way} -> {}", next.name);
                if found.insert(next.name.clone(), way.clone()).is_none() {
                    open.push((next, way));
                }
            }
        }
        found
    }
}

fn run(command: &mut Command) -> String {
    let output = command.current_dir(root()).output().unwrap();
    assert!(
        output.status.success(),
        "{command:?} failed (`cargo fetch --locked` gets what it needs):\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |beginning| name.starts_with(beginning))
}

fn named_beyond_the_list(graph: &Graph, allowed: &[(&str, &[&str])]) -> Vec<String> {
    let mut faults = Vec::new();
    for package in graph.members() {
        let Some((_, list)) = allowed.iter().find(|(name, _)| *name == package.name) else {
            faults.push(format!(
                "{} is a new crate: give it its row in ALLOWED of tests/tests/suite/architecture/crates.rs, with a \
                 reason to exist in docs/ARCHITECTURE.md",
                package.name
            ));
            continue;
        };
        let named: BTreeSet<&str> =
            package.names.iter().filter(|(_, kind)| *kind == Kind::Normal).map(|(id, _)| graph.name(id)).collect();
        for extra in named.iter().filter(|name| !list.contains(name)) {
            faults.push(format!(
                "{} names {extra}, which is not on its list. If it has a reason to (no other crate's job, and one \
                 library for one job), add \"{extra}\" to the row of {} in ALLOWED of \
                 tests/tests/suite/architecture/crates.rs; else remove it from the crate's Cargo.toml",
                package.name, package.name
            ));
        }
        for stale in list.iter().filter(|name| !named.contains(*name)) {
            faults.push(format!(
                "{} no longer names {stale}: remove \"{stale}\" from its row in ALLOWED of \
                 tests/tests/suite/architecture/crates.rs",
                package.name
            ));
        }
    }
    faults
}

fn named_by_others(graph: &Graph, only: &[(&str, &[&str])]) -> Vec<String> {
    let mut faults = BTreeSet::new();
    for package in graph.members() {
        for (id, kind) in &package.names {
            let name = graph.name(id);
            if package.name == "cairn-tests" && *kind == Kind::Dev && BENCHMARKS.contains(&name) {
                continue;
            }
            for (pattern, owners) in only.iter().filter(|(pattern, _)| matches(pattern, name)) {
                if !owners.contains(&package.name.as_str()) {
                    faults.insert(format!(
                        "{} names {name}, and only {} may name {pattern}: go through a port of cairn-domain",
                        package.name,
                        owners.join(" and ")
                    ));
                }
            }
        }
    }
    faults.into_iter().collect()
}

fn below(graph: &Graph, name: &str, forbidden: &[&str]) -> Vec<String> {
    let Some(package) = graph.member(name) else {
        return vec![format!("there is no crate {name}")];
    };
    let closure = graph.closure(package);
    let forbidden = |name: &str| forbidden.iter().any(|pattern| matches(pattern, name));
    let ways = closure.iter().filter(|(below, _)| forbidden(below)).map(|(_, way)| way);
    ways.map(|way| format!("{name} must not reach this: {way}")).collect()
}

#[test]
fn each_crate_names_what_its_list_allows() {
    assert_none(&named_beyond_the_list(&Graph::of_the_workspace(), ALLOWED));
}

#[test]
fn diesel_actix_and_bcrypt_each_have_their_crate() {
    assert_none(&named_by_others(&Graph::of_the_workspace(), NAMED_ONLY_BY));
}

#[test]
fn nothing_below_the_domain_does_io_async_or_randomness() {
    // As cargo would build the crate by itself: beside the others, their features would be counted as its own.
    let tree = run(Command::new(env!("CARGO")).args([
        "tree",
        "--package=cairn-domain",
        "--edges=normal",
        "--prefix=none",
        "--format={p}",
        "--locked",
        "--offline",
    ]));
    assert_none(&listed(&tree, NOT_BELOW_DOMAIN));
}

fn listed(tree: &str, forbidden: &[&str]) -> Vec<String> {
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let faults = names.iter().filter(|name| forbidden.iter().any(|pattern| matches(pattern, name)));
    faults
        .map(|name| {
            format!("cairn-domain depends on {name}: `cargo tree -p cairn-domain -e normal -i {name}` shows how")
        })
        .collect()
}

#[test]
fn nor_beside_the_other_crates() {
    // `getrandom` comes into `uuid` by cairn-security's features, which the test above tells apart.
    let forbidden: Vec<&str> =
        NOT_BELOW_DOMAIN.iter().copied().filter(|name| !["rand", "rand_core", "getrandom"].contains(name)).collect();
    assert_none(&below(&Graph::of_the_workspace(), "cairn-domain", &forbidden));
}

#[test]
fn strangers_stay_strangers() {
    let graph = Graph::of_the_workspace();
    assert_none(&STRANGERS.iter().flat_map(|(name, others)| below(&graph, name, others)).collect::<Vec<_>>());
}

#[test]
fn memory_depends_on_the_domain_and_its_values_alone() {
    let graph = Graph::of_the_workspace();
    let memory = graph.member("cairn-memory").unwrap();
    let names: BTreeSet<&str> =
        memory.names.iter().filter(|(_, kind)| *kind == Kind::Normal).map(|(id, _)| graph.name(id)).collect();
    // Drills are values of the domain, and JSON is the form in which a database would refuse them.
    assert_eq!(names, BTreeSet::from(["cairn-domain", "cairn-drill", "serde_json"]));
}

mod can_fail {
    use super::*;

    /// A workspace of the packages that begin with `cairn`; `!dev` behind a name is the kind.
    fn graph(packages: &[(&str, &[&str])]) -> Graph {
        let mut graph = Graph::default();
        for (name, names) in packages {
            let split = |name: &str| match name.split_once('!') {
                None => (name.to_owned(), Kind::Normal),
                Some((name, "dev")) => (name.to_owned(), Kind::Dev),
                Some((name, _)) => (name.to_owned(), Kind::Build),
            };
            let names: Vec<_> = names.iter().map(|name| split(name)).collect();
            for (id, _) in &names {
                graph.packages.entry(id.clone()).or_default().name.clone_from(id);
            }
            graph.packages.entry((*name).to_owned()).or_default().name = (*name).to_owned();
            graph.packages.get_mut(*name).unwrap().names = names;
            if name.starts_with("cairn") {
                graph.members.insert((*name).to_owned());
            }
        }
        graph
    }

    #[test]
    fn a_dependency_off_the_list_one_that_is_gone_and_a_new_crate() {
        let graph = graph(&[("cairn-domain", &["serde", "openssl", "proptest!dev"]), ("cairn-new", &[])]);
        let faults = named_beyond_the_list(&graph, &[("cairn-domain", &["serde", "uuid"])]);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].contains("add \"openssl\" to the row of cairn-domain"), "{faults:?}");
        assert!(faults[1].contains("remove \"uuid\""), "{faults:?}");
        assert!(faults[2].contains("cairn-new is a new crate"), "{faults:?}");
    }

    #[test]
    fn a_library_named_outside_its_crate_even_for_tests() {
        let graph = graph(&[
            ("cairn-storage", &["diesel"]),
            ("cairn-http", &["diesel_migrations!dev", "bcrypt-not"]),
            ("cairn-tests", &["actix-web!dev", "rusqlite", "diesel!dev"]),
        ]);
        let faults = named_by_others(&graph, NAMED_ONLY_BY);
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].contains("cairn-http names diesel_migrations"), "{faults:?}");
        assert!(faults[1].contains("cairn-tests names diesel"), "{faults:?}");
        assert!(faults[2].contains("cairn-tests names rusqlite"), "{faults:?}");
    }

    #[test]
    fn a_way_through_others() {
        let packages: &[(&str, &[&str])] =
            &[("cairn-domain", &["a", "x!build"]), ("a", &["b"]), ("b", &["tokio-util", "a"]), ("x", &["reqwest"])];
        let faults = below(&graph(packages), "cairn-domain", NOT_BELOW_DOMAIN);
        assert_eq!(faults, ["cairn-domain must not reach this: cairn-domain -> a -> b -> tokio-util"]);
        assert_eq!(below(&graph(packages), "cairn-gone", &[]), ["there is no crate cairn-gone"]);
    }

    #[test]
    fn a_line_of_the_tree() {
        assert_eq!(listed("cairn-domain v0.1.0 (/x)\nrandom v1.0.0\nuuid v1.0.0", NOT_BELOW_DOMAIN), [""; 0]);
        assert!(listed("uuid v1.0.0\ngetrandom v0.3.0", NOT_BELOW_DOMAIN)[0].contains("depends on getrandom"));
    }

    #[test]
    fn what_cargo_says_is_read() {
        let graph = Graph::parse(&serde_json::json!({
            "workspace_members": ["a 1"],
            "packages": [{"id": "a 1", "name": "a"}, {"id": "b 2", "name": "b"}],
            "resolve": {"nodes": [
                {"id": "a 1", "deps": [{"pkg": "b 2", "dep_kinds": [{"kind": null}, {"kind": "dev"}]}]},
                {"id": "b 2", "deps": []},
            ]},
        }));
        let names = &graph.member("a").unwrap().names;
        assert_eq!(names, &[("b 2".to_owned(), Kind::Normal), ("b 2".to_owned(), Kind::Dev)]);
        assert!(graph.member("b").is_none());
    }
}

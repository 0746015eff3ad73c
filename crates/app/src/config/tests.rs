use super::*;

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn variable(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

fn load(text: &str, environment: &[(String, String)], flags: &[Override]) -> Result<Configuration, Failure> {
    Configuration::load(Some(file(text).path()), environment, flags)
}

fn origin(configuration: &Configuration, key: &str) -> String {
    configuration.shown().into_iter().find(|shown| shown.key == key).unwrap().origin
}

#[test]
fn flags_win_over_the_environment_over_the_file_over_the_defaults() {
    let file = file("[http]\naddress = \"127.0.0.1:1\"\nworkers = 3\n[log]\nlevel = \"warn\"\n");
    let environment = [variable("CAIRN__HTTP__ADDRESS", "127.0.0.1:2"), variable("CAIRN__LOG__LEVEL", "error")];
    let flags = [("http.address", "--http-address", "127.0.0.1:3".to_owned())];
    let all = Configuration::load(Some(file.path()), &environment, &flags).unwrap();
    assert_eq!(all.settings.http_address.port(), 3);
    assert_eq!(origin(&all, "http.address"), "--http-address");
    assert_eq!((all.settings.log_level.as_str(), origin(&all, "log.level").as_str()), ("error", "CAIRN__LOG__LEVEL"));
    assert_eq!(all.settings.workers, 3);
    assert_eq!(origin(&all, "http.workers"), file.path().display().to_string());
    assert_eq!((all.settings.readers, origin(&all, "database.readers").as_str()), (2, "default"));
}

#[test]
fn what_is_empty_follows_from_the_data_folder() {
    let all = load("data_dir = \"/srv/cairn\"", &[], &[]).unwrap();
    assert_eq!(all.settings.database_url, "sqlite:/srv/cairn/cairn.db");
    assert_eq!(all.settings.key_file, Path::new("/srv/cairn/secret.key"));
    assert_eq!(all.settings.public_url, "http://127.0.0.1:8080");
    assert!(all.settings.is_sqlite());
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    let failure = load("[http]\nadress = \"127.0.0.1:1\"", &[], &[]).unwrap_err();
    assert_eq!(failure.exit, Exit::Configuration);
    assert!(failure.detail.contains("`http.adress`"), "{failure}");
    assert!(failure.help.clone().unwrap().contains("`http.address`"));
    let failure = load("", &[variable("CAIRN__LOG__LEVLE", "info")], &[]).unwrap_err();
    assert!(failure.detail.contains("CAIRN__LOG__LEVLE"), "{failure}");
    let failure = load("zzz = 1", &[], &[]).unwrap_err();
    assert!(!failure.help.clone().unwrap().contains("Did you mean"));
}

#[test]
fn a_wrong_value_is_told_with_its_origin() {
    let refused = |text: &str| load(text, &[], &[]).unwrap_err();
    for (text, key) in [
        ("[http]\nworkers = \"many\"", "http.workers"),
        ("[http]\nworkers = 0", "http.workers"),
        ("[http]\naddress = \"localhost\"", "http.address"),
        ("[http]\ninsecure_cookies = \"perhaps\"", "http.insecure_cookies"),
        ("[http]\npublic_url = \"learn.example.org\"", "http.public_url"),
        ("[http]\ntrusted_proxies = \"127.0.0.1,proxy\"", "http.trusted_proxies"),
        ("[accounts]\nsign_up = \"maybe\"", "accounts.sign_up"),
        ("[accounts]\nadmin_email = \"nobody\"", "accounts.admin_email"),
        ("[password]\ncost = 3", "password.cost"),
        ("[log]\nformat = \"xml\"", "log.format"),
        ("[log]\nlevel = \"cairn=loud\"", "log.level"),
        ("[database]\nurl = \"mysql://x\"", "database.url"),
        ("data_dir = \"\"", "data_dir"),
    ] {
        let failure = refused(text);
        assert!(failure.detail.contains(&format!("`{key}`")), "{text}: {failure}");
    }
    let failure = load("", &[variable("CAIRN__HTTP__WORKERS", "x")], &[]).unwrap_err();
    assert!(failure.detail.contains("CAIRN__HTTP__WORKERS"), "{failure}");
}

/// What browsers send in `Origin`; anything else would refuse every write with a cookie.
#[test]
fn the_public_address_becomes_an_origin() {
    let shown = |url: &str| load("", &[variable("CAIRN__HTTP__PUBLIC_URL", url)], &[]).map(|c| c.settings.public_url);
    for (given, origin) in [
        ("https://learn.example.org", "https://learn.example.org"),
        ("https://learn.example.org/", "https://learn.example.org"),
        ("https://learn.example.org:443", "https://learn.example.org"),
        ("http://learn.example.org:80/", "http://learn.example.org"),
        ("HTTPS://Learn.Example.ORG:8443", "https://learn.example.org:8443"),
        ("http://learn.example.org:443", "http://learn.example.org:443"),
        ("https://lernen.müsli.example", "https://lernen.xn--msli-0ra.example"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ] {
        assert_eq!(shown(given).unwrap(), origin, "{given}");
    }
    for (given, fault) in [
        ("learn.example.org", "begin with"),
        ("https:learn.example.org", "begin with"),
        ("https://", "not an address"),
        ("https://learn.example.org:99999", "not an address"),
        ("https://learn.example.org/cairn", "has a path"),
        ("https://learn.example.org/cairn/", "has a path"),
        ("https://learn.example.org?a=1", "has a query"),
        ("https://learn.example.org/#a", "a fragment"),
        ("https://ada@learn.example.org", "has a user"),
        ("https://ada:s3cret@learn.example.org", "has a user"),
    ] {
        let failure = shown(given).unwrap_err();
        assert_eq!(failure.exit, Exit::Configuration);
        assert!(failure.detail.contains("`http.public_url` (from CAIRN__HTTP__PUBLIC_URL)"), "{failure}");
        assert!(failure.detail.contains(fault) && failure.help.is_some(), "{given}: {failure}");
        assert!(!failure.detail.contains("s3cret"), "{failure}");
    }
}

#[test]
fn a_file_that_is_not_there_or_not_toml_is_told() {
    let failure = Configuration::load(Some(Path::new("/nowhere/cairn.toml")), &[], &[]).unwrap_err();
    assert!(failure.exit == Exit::Configuration && failure.detail.contains("/nowhere/cairn.toml"));
    assert!(load("[http", &[], &[]).unwrap_err().detail.contains("TOML"));
}

#[test]
fn passwords_are_hidden() {
    let shown = |url: &str| {
        let all = load("", &[variable("CAIRN__DATABASE__URL", url)], &[]).unwrap();
        all.shown().into_iter().find(|shown| shown.key == "database.url").unwrap().value
    };
    assert_eq!(shown("postgres://cairn:s3cret@db/cairn"), "postgres://cairn:***@db/cairn");
    assert_eq!(shown("postgres://cairn:p@ss@db/cairn"), "postgres://cairn:***@db/cairn");
    assert_eq!(shown("postgres://db/cairn?user=c&password=s3cret"), "postgres://db/cairn?user=c&password=***");
    assert_eq!(shown("postgres://cairn@db/cairn"), "postgres://cairn@db/cairn");
    for password in ["s3%zzcr", "s3cr/et", "s3?cr", "s3?cr/e&t=:@", "a:b"] {
        let (address, hidden) = (format!("postgres://cairn:{password}@db/cairn"), "postgres://cairn:***@db/cairn");
        assert_eq!(shown(&address), hidden);
        let also = shown(&format!("{address}?sslmode=require&sslpassword={password}x")).to_string();
        assert!(!also.contains(password) && also.contains("//cairn:***@"), "{also}");
    }
    assert_eq!(shown("postgres://db/cairn?user=c&password=a@b"), "postgres://db/cairn?user=c&password=***");
    assert_eq!(shown("sqlite:///srv/a:b@c?d.db"), "sqlite:///srv/a:b@c?d.db");
    assert!(!load("[database]\nurl = \"x://u:s3cret@h\"", &[], &[]).unwrap_err().detail.contains("s3cret"));
}

#[test]
fn the_variable_of_a_key_sets_it() {
    for key in KEYS {
        let all = load("", &[variable(&key.variable(), "")], &[]);
        let message = all.as_ref().err().map(|failure| failure.detail.clone()).unwrap_or_default();
        assert!(!message.contains("There is no setting"), "{}: {message}", key.name);
    }
}

/// Operators read these; neither may fall behind.
#[test]
fn the_documentation_has_every_setting() {
    let page = include_str!("../../../../docs/operations.md");
    for key in KEYS {
        let default = match key.default {
            keys::Default::Text("") => "–".to_owned(),
            keys::Default::Text(text) => format!("`{text}`"),
            keys::Default::Number(number) => format!("`{number}`"),
            keys::Default::Switch(on) => format!("`{on}`"),
        };
        let row = format!("| `{}` | {default} | {} |", key.name, key.meaning);
        assert!(page.contains(&row), "docs/operations.md should have the row\n{row}");
    }
}

#[test]
fn the_example_has_every_setting_at_its_default() {
    let example = include_str!("../../../../docs/cairn.example.toml");
    let defaults = load("", &[], &[]).unwrap();
    let uncommented: String = example
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest) if rest.split_once(" = ").is_some_and(|(key, _)| !key.contains(' ')) => rest,
            _ => line,
        })
        .collect::<Vec<_>>()
        .join("\n");
    let all = load(&uncommented, &[], &[]).unwrap();
    for (given, default) in all.shown().iter().zip(defaults.shown()) {
        assert!(given.origin != "default", "the example has no `{}`", given.key);
        assert_eq!(given.value, default.value, "{}", given.key);
    }
}

//! The browser itself: that it sees what a page does, so that what the other tests find missing is missing.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};

use cairn_tests::browser::{self, Tab, keys};

/// Set for a copy of this program that is there to be killed.
const WAITS: &str = "CAIRN_TEST_WAITS_TO_BE_KILLED";

/// Answers every request on a free port with this page, as long as the test process is there.
fn page(head: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            // A browser opens connections ahead, which may stay silent.
            std::thread::spawn(move || answer(stream.unwrap(), head, body));
        }
    });
    address
}

fn answer(mut stream: TcpStream, head: &str, body: &str) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    if !lines.any(|line| line.is_empty()) {
        return;
    }
    let html = format!("<!doctype html><html lang=en><title>A page</title>{head}<body>{body}");
    let headers = "Content-Type: text/html\r\nConnection: close\r\nContent-Security-Policy: default-src 'self' \
         'unsafe-inline' http://elsewhere.example";
    let _ = write!(stream, "HTTP/1.1 200 OK\r\n{headers}\r\nContent-Length: {}\r\n\r\n{html}", html.len());
}

#[test]
fn what_a_page_asks_of_others_is_seen() {
    let address = page("", "<img src='http://elsewhere.example/a.png' alt=''><img src='/b.png' alt=''>");
    let tab = Tab::open();
    tab.open_page(&address);
    let seen = tab.seen();
    assert_eq!(seen.abroad(&address), ["http://elsewhere.example/a.png"], "{seen:?}");
    let document = seen.requests.iter().find(|request| request.kind == "Document").unwrap();
    assert!(document.status == 200 && document.bytes > 100, "{document:?}");
    assert!(tab.seen().requests.is_empty(), "what was seen is seen once");
}

#[test]
fn what_the_browser_says_against_a_page_is_seen() {
    let address = page("<script src='http://third.example/x.js'></script>", "<script>console.error('oh')</script>");
    let tab = Tab::open();
    tab.open_page(&address);
    let complaints = tab.seen().complaints.join("\n");
    assert!(complaints.contains("Content Security Policy") && complaints.contains("oh"), "{complaints}");
}

#[test]
fn axe_finds_what_is_wrong_in_either_scheme() {
    let style = "<style>@media (prefers-color-scheme: dark) { p { color: #222; background: #111 } }</style>";
    let address = page(style, "<main><h1>Title</h1><p>Text</p></main>");
    let tab = Tab::open();
    tab.open_page(&address);
    assert!(tab.axe().is_empty(), "{:?}", tab.axe());
    tab.scheme("dark");
    let found = tab.axe();
    assert!(found.len() == 1 && found[0].starts_with("serious: color-contrast: "), "{found:?}");
}

#[test]
fn scripts_are_off_when_asked() {
    let address = page("", "<p id=p>without</p><script>p.textContent = 'with'</script>");
    let tab = Tab::open();
    tab.open_page(&address);
    assert_eq!(tab.find("p").text(), "with");
    tab.without_javascript();
    tab.open_page(&address);
    assert_eq!(tab.find("p").text(), "without");
}

#[test]
fn the_keyboard_gets_where_it_is_led_and_is_seen_there() {
    let address = page("", "<a href='/one'>One</a> <label>Name <input></label> <a href='/two?x=1#y'>Two</a>");
    let tab = Tab::open();
    tab.open_page(&address);
    tab.tab_to("Name");
    tab.type_text("Ada");
    assert_eq!(tab.field("Name").property("value"), "Ada");
    tab.tab_to("Two");
    tab.press(keys::ENTER);
    tab.says("Two");
    assert_eq!(tab.at(), "/two?x=1");
}

#[test]
fn a_phone_is_narrow_and_a_picture_shows_the_whole_page() {
    let address = page("<meta name=viewport content='width=device-width'>", "<p style='height: 3000px'>Long</p>");
    let tab = Tab::open();
    tab.size(390, 844);
    tab.open_page(&address);
    assert_eq!(tab.run("return innerWidth"), 390);
    let picture = tab.picture();
    assert!(picture.starts_with(b"\x89PNG"));
    let number = |at: usize| u32::from_be_bytes(picture[at..at + 4].try_into().unwrap());
    assert!(number(16) == 390 && number(20) > 3000, "{} by {}", number(16), number(20));
    assert!(tab.largest_paint() > 0.0);
}

/// As a process of its own it also is the other half of the next test: it waits there until it is killed.
#[test]
#[expect(clippy::disallowed_methods, reason = "a copy of this program is told by its environment that it is one")]
fn a_window_is_of_its_own() {
    let address = page("", "<p>Text</p>");
    let tabs = [Tab::open(), Tab::open()];
    if std::env::var_os(WAITS).is_some() {
        let (folder, supervisor) = browser::supervisor();
        println!("browser {} {supervisor}", folder.display());
        std::io::stdin().read_line(&mut String::new()).unwrap();
    }
    tabs[0].open_page(&address);
    tabs[0].run("document.cookie = 'known=1'");
    tabs[1].open_page(&address);
    assert_eq!(
        (tabs[0].run("return document.cookie"), tabs[1].run("return document.cookie")),
        ("known=1".into(), "".into())
    );
}

#[test]
fn a_killed_process_leaves_no_browser_behind() {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "browser::harness::a_window_is_of_its_own", "--nocapture"])
        .env(WAITS, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let line = said.find(|line| line.contains("browser /")).expect("no browser was started");
    let (folder, supervisor) = line.split_once("browser ").unwrap().1.split_once(' ').unwrap();
    let running = || {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let commands = processes.filter_map(|process| std::fs::read(process.path().join("cmdline")).ok());
        commands.filter(|command| String::from_utf8_lossy(command).contains(folder)).count()
    };
    assert!(std::fs::exists(folder).unwrap() && running() > 0);
    process.kill().unwrap();
    process.wait().unwrap();

    let ended =
        Command::new("timeout").args(["60", "tail", "-s", "0.05", "-f", "/dev/null", "--pid", supervisor]).status();
    assert!(ended.unwrap().success(), "the supervisor is still there");
    assert_eq!(running(), 0, "a browser is still there");
    assert!(!std::fs::exists(folder).unwrap(), "{folder} is still there");
}

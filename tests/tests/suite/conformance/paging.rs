//! Lists: whole, in one order on every store, and undisturbed by inserts.

use std::sync::atomic::{AtomicBool, Ordering};

use cairn_domain::catalog::Release;
use cairn_domain::identity::{ApiToken, Email, Scope, User, UserSort};
use cairn_domain::learning::{EnrolmentState, Event, Target};
use cairn_domain::shared::{EnrolmentId, PageRequest, TokenId, UserId};
use cairn_domain::{Store, StoreExt};

use super::attempts::{attempt, graded};
use super::sample::*;

fn add(store: &dyn Store, n: u128, email: &str) -> User {
    let user = User { email: Email::new(email).unwrap(), ..user(n) };
    store.write(|tx| tx.users_mut().insert(&user)).unwrap();
    user
}

fn token(n: u128, user: UserId) -> ApiToken {
    ApiToken {
        id: TokenId::new(uuid(n)),
        user,
        name: format!("t{n}"),
        scopes: [Scope::AccountRead, Scope::UsersRead].into(),
        digest: secret(&format!("token {n}")),
        created_at: at(1),
        expires_at: at(2),
        last_used: None,
    }
}

/// Reads a list in pages of several sizes; each time it is whole.
fn check<T: PartialEq + std::fmt::Debug>(
    store: &dyn Store,
    whole: &[T],
    read: impl Fn(&mut dyn cairn_domain::ReadTx, &PageRequest) -> cairn_domain::Result<cairn_domain::shared::Page<T>>,
) {
    let exact = whole.len() as u32;
    for limit in [1, 2, 7, exact - 1, exact, exact + 1, 200] {
        assert_eq!(pages(store, limit, &read), whole, "pages of {limit}");
    }
    let all = store.read(|tx| read(tx, &page(exact))).unwrap();
    assert_eq!(all.next, None, "an exactly full page is the last");
    let less = store.read(|tx| read(tx, &page(exact - 1))).unwrap();
    assert!(less.next.is_some());
}

pub(super) fn pages_tile_every_list(store: &dyn Store) {
    const COUNT: u128 = 23;
    // Other people's things stand before, between and after.
    let [before, user, after] = [1, 500, 900].map(|n| add_user(store, n).id);
    let others = [before, after];
    let mut users: Vec<_> = [1, 500, 900].map(user_id).into();
    let mut tokens = Vec::new();
    let mut attempts = Vec::new();
    let mut events = Vec::new();
    let mut releases: Vec<Release> = Vec::new();
    for n in 0..COUNT {
        users.push(add_user(store, 100 + n).id);
        tokens.push(token(1000 + 7 * n, user));
        let other = token(1001 + 7 * n, others[n as usize % 2]);
        for token in [tokens.last().unwrap(), &other] {
            store.write(|tx| tx.tokens_mut().insert(token)).unwrap();
        }
        let id = format!("v{n}");
        releases.insert(0, publish(store, &draft("p", vec![course("c", &[&id]), reading(&id)])));
        publish(store, &draft("o", vec![course("o", &[&format!("o{n}")]), reading(&format!("o{n}"))]));
        let target = Target::Course(course_id("c"));
        for (user, id) in [(user, 1000 + 7 * n), (others[n as usize % 2], 1001 + 7 * n)] {
            let enrolment = EnrolmentId::new(uuid(id));
            let enrolled = Event::Enrolled { enrolment, pack: pack_id("p"), target: target.clone(), release: 1 };
            let left = Event::EnrolmentChanged { enrolment, state: EnrolmentState::Withdrawn };
            events.extend([(user, enrolled.clone()), (user, left.clone())]);
            store.write(|tx| append(tx, user, vec![(enrolled.clone(), at(1)), (left.clone(), at(2))])).unwrap();
            let open = cairn_domain::learning::Attempt { enrolment, ..attempt(id, user, "q") };
            attempts.push(graded(&open, n % 2 == 0));
            store.write(|tx| tx.attempts_mut().insert(&open)).unwrap();
            store.write(|tx| tx.attempts_mut().update(attempts.last().unwrap())).unwrap();
        }
    }
    users.sort();
    check(store, &users, |tx, page| tx.users().page(UserSort::Created, page).map(|page| page.map(|user| user.id)));
    let mut emails: Vec<_> = users.iter().map(|id| format!("user{}@example.org", id.uuid().as_u128())).collect();
    emails.sort();
    let key = |user: User| user.email.key().to_owned();
    check(store, &emails, |tx, page| tx.users().page(UserSort::Email, page).map(|page| page.map(key)));
    check(store, &tokens, |tx, page| tx.tokens().page(user, page));
    check(store, &releases, |tx, page| tx.catalog().releases(&pack_id("p"), page));
    let quiz = lesson_id("q");
    let own: Vec<_> = attempts.iter().filter(|attempt| attempt.user == user).cloned().collect();
    check(store, &own, |tx, page| tx.attempts().page(user, &quiz, page));
    let own: Vec<_> = events.iter().filter(|(of, _)| *of == user).map(|(_, event)| event.clone()).collect();
    check(store, &own, |tx, page| tx.records().events(user, page).map(|page| page.map(|recorded| recorded.event)));
    let own: Vec<_> = (0..COUNT).map(|n| EnrolmentId::new(uuid(1000 + 7 * n))).collect();
    check(store, &own, |tx, page| tx.records().enrolments(user, page).map(|page| page.map(|enrolment| enrolment.id)));
}

pub(super) fn users_are_ordered_by_address_in_code_point_order(store: &dyn Store) {
    // Where locales differ: case, accents, punctuation, digits, composed and not, beyond the basic plane.
    let locals = [
        "a",
        "b",
        "Zz",
        "aa",
        "a-b",
        "a.b",
        "a_b",
        "a+b",
        "ab",
        "A1",
        "a10",
        "a2",
        "á",
        "ä",
        "z",
        "é",
        "e",
        "e\u{301}",
        "ß",
        "ss",
        "ı",
        "i",
        "ø",
        "œ",
        "~",
        "!",
        "{",
        "0",
        "9",
        "中",
        "日本",
        "я",
        "Ω",
        "ﬁ",
        "\u{ffee}",
        "🦀",
        "👩\u{200d}💻",
        "𝒜",
        "\u{e000}",
        "-",
        "_",
    ];
    let mut keys = Vec::new();
    for (n, local) in (1..).zip(locals) {
        keys.push(add(store, n, &format!("{local}@example.org")).email.key().to_owned());
    }
    keys.sort();
    for limit in [1, 5, 200] {
        let read = pages(store, limit, |tx, page| tx.users().page(UserSort::Email, page));
        assert_eq!(read.iter().map(|user| user.email.key()).collect::<Vec<_>>(), keys, "pages of {limit}");
    }
}

pub(super) fn inserts_between_pages_by_id_neither_repeat_nor_hide_an_item(store: &dyn Store) {
    insert_between_pages(store, UserSort::Created);
}

pub(super) fn inserts_between_pages_by_address_neither_repeat_nor_hide_an_item(store: &dyn Store) {
    insert_between_pages(store, UserSort::Email);
}

fn insert_between_pages(store: &dyn Store, sort: UserSort) {
    let there: Vec<_> = (1..=10).map(|n| add(store, n * 1000, &format!("m{n:02}@example.org")).id).collect();
    let (mut seen, mut request) = (Vec::new(), page(3));
    for step in 1.. {
        let page = store.read(|tx| tx.users().page(sort, &request)).unwrap();
        let last = page.items.last().unwrap().clone();
        seen.extend(page.items.into_iter().map(|user| user.id));
        // One before all, and one right after what was read, in both orders.
        add(store, step, &format!("a{step}@example.org"));
        add(store, last.id.uuid().as_u128() + 1, &last.email.as_str().replace('@', "x@"));
        match page.next {
            Some(key) => request = request.following(key),
            None => break,
        }
    }
    assert!(seen.is_sorted_by(|a, b| a < b), "none twice, and in order: {seen:?}");
    let old: Vec<_> = seen.iter().filter(|id| there.contains(id)).copied().collect();
    assert_eq!(old, there, "each that was there");
    assert!(seen.len() > there.len(), "what comes after the page that was read is seen");
}

pub(super) fn pages_are_whole_while_others_insert(store: &dyn Store) {
    let there: Vec<_> = (1..=40).map(|n| add_user(store, n * 1000).id).collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..200 {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                add_user(store, n * 211 + 3);
            }
        });
        for _ in 0..5 {
            let seen: Vec<_> = pages(store, 7, |tx, page| tx.users().page(UserSort::Created, page));
            let ids: Vec<_> = seen.iter().map(|user| user.id).collect();
            assert!(ids.is_sorted_by(|a, b| a < b));
            assert_eq!(ids.into_iter().filter(|id| there.contains(id)).collect::<Vec<_>>(), there);
        }
        done.store(true, Ordering::Relaxed);
    });
}

pub(super) fn ids_are_ordered_as_their_text(store: &dyn Store) {
    let mut ids = [1, 0x10, 0xff, 0x0a00, 0x9 << 124, 0xa << 124, 0xf << 124, 1 << 80, 2 << 64, 0xf << 60, 0x1a << 60];
    for (n, id) in ids.iter().enumerate() {
        add(store, *id, &format!("u{n}@example.org"));
    }
    ids.sort_unstable();
    let read = pages(store, 3, |tx, page| tx.users().page(UserSort::Created, page));
    assert_eq!(read.iter().map(|user| user.id).collect::<Vec<_>>(), ids.map(user_id));
    let texts: Vec<_> = read.iter().map(|user| user.id.to_string()).collect();
    assert!(texts.is_sorted());
}

pub(super) fn releases_are_ordered_as_numbers(store: &dyn Store) {
    for n in 1..=12 {
        let id = format!("v{n}");
        publish(store, &draft("p", vec![course("c", &[&id]), reading(&id)]));
    }
    let read = pages(store, 4, |tx, page| tx.catalog().releases(&pack_id("p"), page));
    assert_eq!(read.iter().map(|release| release.number).collect::<Vec<_>>(), (1..=12).rev().collect::<Vec<_>>());
    let first = store.read(|tx| tx.catalog().releases(&pack_id("p"), &page(4))).unwrap();
    assert_eq!(first.next.as_deref(), Some("9"), "the key is the number in decimal");
}

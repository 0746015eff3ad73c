use std::fmt;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bcrypt::HashParts;
use cairn_domain::identity::{Password, PasswordHash, PasswordHasher};
use cairn_domain::shared::{Error, Result};
use hmac::{Hmac, Mac as _};
use sha2::Sha384;
use unicode_normalization::UnicodeNormalization as _;

use crate::Keyring;
use crate::keyring::{Key, Purpose};

/// The scheme that is described at [`BcryptHasher`].
const SCHEME: &str = "v1";

/// bcrypt over the base64 of HMAC-SHA-384 of the password, keyed by a pepper.
///
/// bcrypt alone looks at 72 bytes and stops at NUL; the 64 characters of the digest hold neither problem. The pepper is
/// not in the database, so a stolen database alone cannot be searched for passwords. Before all that the password is
/// composed (NFC), as RFC 8265 (4.2.2) asks, so that it does not matter which keyboard typed an accent.
///
/// A hash is written `v1:<key id>$2b$…`: scheme, which pepper, and bcrypt's own form with its cost. So each of them can
/// change, and [`PasswordHasher::outdated`] tells whose hash to make anew.
#[derive(Clone)]
pub struct BcryptHasher {
    cost: u32,
    pepper: Pepper,
    former: Vec<Pepper>,
}

/// bcrypt's cost is not one that this program works with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cost of password hashing is {0}; it must be from 4 (for tests) to 20, and 12 is a good choice")]
pub struct CostOutOfRange(pub u32);

#[derive(Clone)]
struct Pepper {
    /// Names the key in a hash; says nothing of it.
    id: String,
    key: Key,
}

impl Pepper {
    fn new(keyring: &Keyring) -> Self {
        let key = keyring.key(Purpose::Password);
        let mut id = String::new();
        for byte in &key.mac(&[b"key id"])[..4] {
            let _ = write!(id, "{byte:02x}");
        }
        Self { id, key }
    }

    /// What bcrypt gets: 64 characters, none of them NUL.
    fn digest(&self, password: &Password) -> String {
        let composed: String = password.expose().nfc().collect();
        let mut mac = Hmac::<Sha384>::new_from_slice(self.key.bytes()).expect("HMAC takes a key of any length");
        mac.update(composed.as_bytes());
        STANDARD_NO_PAD.encode(mac.finalize().into_bytes())
    }
}

/// One run of bcrypt, and whether its outcome counts.
struct Check<'a> {
    pepper: &'a Pepper,
    hash: String,
    counts: bool,
}

impl BcryptHasher {
    /// bcrypt's least cost, for tests: a production one takes a third of a second.
    pub const LEAST_COST: u32 = 4;
    /// The cost where nobody says otherwise.
    pub const COST: u32 = 12;

    /// A hasher of a cost (each step doubles the time) with the keyring's pepper.
    ///
    /// # Errors
    /// [`CostOutOfRange`] below 4, or above 20 (more than a minute for each sign-in).
    pub fn new(keyring: &Keyring, cost: u32) -> Result<Self, CostOutOfRange> {
        match cost {
            Self::LEAST_COST..=20 => Ok(Self { cost, pepper: Pepper::new(keyring), former: Vec::new() }),
            _ => Err(CostOutOfRange(cost)),
        }
    }

    /// Goes on accepting hashes made with the pepper of a former keyring; they count as outdated.
    #[must_use]
    pub fn accepting(mut self, former: &Keyring) -> Self {
        self.former.push(Pepper::new(former));
        self
    }

    /// What to run for a stored hash: exactly one bcrypt on every way, at the present cost unless the hash has its own.
    fn check(&self, hash: Option<&PasswordHash>) -> Check<'_> {
        let known = hash.and_then(|hash| {
            let (pepper_id, bcrypt) = split(hash)?;
            let pepper = [&self.pepper].into_iter().chain(&self.former).find(|pepper| pepper.id == pepper_id)?;
            Some(Check { pepper, hash: bcrypt.to_owned(), counts: true })
        });
        known.unwrap_or_else(|| Check {
            pepper: &self.pepper,
            // A salt and a digest that were never made: bcrypt works as long on them as on others.
            hash: format!("$2b${:02}${}", self.cost, "abcdefghijklmnopqrstuu1234567890ABCDEFGHIJKLMNOPQRSTS"),
            counts: false,
        })
    }
}

/// The pepper's id and bcrypt's part of a hash; `None` for what this program did not write.
fn split(hash: &PasswordHash) -> Option<(&str, &str)> {
    let (tag, bcrypt) = hash.expose().split_at_checked(hash.expose().find('$')?)?;
    let (scheme, pepper) = tag.split_once(':')?;
    (scheme == SCHEME && bcrypt.parse::<HashParts>().is_ok()).then_some((pepper, bcrypt))
}

impl PasswordHasher for BcryptHasher {
    fn hash(&self, password: &Password) -> Result<PasswordHash> {
        let hash = bcrypt::non_truncating_hash(self.pepper.digest(password), self.cost).map_err(Error::internal)?;
        Ok(PasswordHash::new(format!("{SCHEME}:{}{hash}", self.pepper.id)))
    }

    fn verify(&self, password: &Password, hash: Option<&PasswordHash>) -> bool {
        let check = self.check(hash);
        let right = bcrypt::verify(check.pepper.digest(password), &check.hash).unwrap_or(false);
        right && check.counts
    }

    fn outdated(&self, hash: &PasswordHash) -> bool {
        let present = split(hash).is_some_and(|(pepper, bcrypt)| {
            pepper == self.pepper.id && bcrypt.parse::<HashParts>().is_ok_and(|parts| parts.get_cost() == self.cost)
        });
        !present
    }
}

impl fmt::Debug for BcryptHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BcryptHasher").field("cost", &self.cost).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MasterSecret;

    fn keyring() -> Keyring {
        Keyring::new(&MasterSecret::generate())
    }
    fn hasher(keyring: &Keyring) -> BcryptHasher {
        BcryptHasher::new(keyring, BcryptHasher::LEAST_COST).unwrap()
    }
    fn password(text: &str) -> Password {
        Password::presented(text).unwrap()
    }

    #[test]
    fn a_password_matches_its_own_hash_and_no_other() {
        let hasher = hasher(&keyring());
        let hash = hasher.hash(&password("correct horse battery")).unwrap();
        assert!(hasher.verify(&password("correct horse battery"), Some(&hash)));
        for wrong in ["correct horse batter", "correct horse battery ", "Correct horse battery", "x"] {
            assert!(!hasher.verify(&password(wrong), Some(&hash)), "{wrong}");
        }
        assert!(!hasher.verify(&password("correct horse battery"), None));
        assert_ne!(hasher.hash(&password("correct horse battery")).unwrap(), hash, "each hash has its own salt");
    }

    #[test]
    fn passwords_alike_in_their_first_72_bytes_differ() {
        let hasher = hasher(&keyring());
        let alike = "a".repeat(72);
        let hash = hasher.hash(&password(&format!("{alike}1"))).unwrap();
        assert!(hasher.verify(&password(&format!("{alike}1")), Some(&hash)));
        assert!(!hasher.verify(&password(&format!("{alike}2")), Some(&hash)));
        assert!(!hasher.verify(&password(&alike), Some(&hash)));
        let longest = "🦀".repeat(256);
        let hash = hasher.hash(&password(&longest)).unwrap();
        assert!(hasher.verify(&password(&longest), Some(&hash)));
        assert!(!hasher.verify(&password(&"🦀".repeat(255)), Some(&hash)));
    }

    #[test]
    fn nul_does_not_end_a_password() {
        let hasher = hasher(&keyring());
        let hash = hasher.hash(&password("before\0after")).unwrap();
        assert!(hasher.verify(&password("before\0after"), Some(&hash)));
        assert!(!hasher.verify(&password("before\0other"), Some(&hash)));
        assert!(!hasher.verify(&password("before"), Some(&hash)));
    }

    #[test]
    fn composition_does_not_matter_and_letters_do() {
        let hasher = hasher(&keyring());
        let hash = hasher.hash(&password("café пароль 密码")).unwrap();
        assert!(hasher.verify(&password("cafe\u{301} пароль 密码"), Some(&hash)));
        assert!(!hasher.verify(&password("cafe пароль 密码"), Some(&hash)));
    }

    #[test]
    fn what_bcrypt_gets_is_short_and_without_nul() {
        let pepper = Pepper::new(&keyring());
        for text in ["x", "\0", &"é".repeat(256)] {
            let digest = pepper.digest(&password(text));
            assert_eq!(digest.len(), 64);
            assert!(digest.is_ascii() && !digest.contains('\0'));
        }
    }

    #[test]
    fn without_a_usable_hash_bcrypt_runs_once_all_the_same_at_the_present_cost() {
        let keyring = keyring();
        let hasher = BcryptHasher::new(&keyring, 6).unwrap();
        let foreign = self::hasher(&self::keyring()).hash(&password("x")).unwrap();
        let real = hasher.hash(&password("x")).unwrap();
        let cost = |hash: &str| hash.parse::<HashParts>().unwrap().get_cost();
        let unusable =
            [None, Some(foreign), Some(PasswordHash::new(String::new())), Some(PasswordHash::new("v1:$2b$06$".into()))];
        for hash in unusable.iter().map(Option::as_ref) {
            let check = hasher.check(hash);
            assert!(!check.counts);
            assert_eq!(cost(&check.hash), 6, "bcrypt takes the made-up hash, and as long as for a real one");
            assert!(bcrypt::verify(check.pepper.digest(&password("x")), &check.hash).is_ok());
            assert!(!hasher.verify(&password("x"), hash));
        }
        let check = hasher.check(Some(&real));
        assert!(check.counts && cost(&check.hash) == 6);
    }

    #[test]
    fn cost_and_pepper_can_move() {
        let (old, new) = (keyring(), keyring());
        let before = hasher(&old);
        let hash = before.hash(&password("correct horse")).unwrap();
        assert!(!before.outdated(&hash));

        let dearer = BcryptHasher::new(&old, 5).unwrap();
        assert!(dearer.verify(&password("correct horse"), Some(&hash)) && dearer.outdated(&hash));

        let strangers = hasher(&new);
        assert!(!strangers.verify(&password("correct horse"), Some(&hash)) && strangers.outdated(&hash));
        let moved = strangers.accepting(&old);
        assert!(moved.verify(&password("correct horse"), Some(&hash)) && moved.outdated(&hash));
        assert!(!moved.verify(&password("wrong horse"), Some(&hash)));
        let rehashed = moved.hash(&password("correct horse")).unwrap();
        assert!(moved.verify(&password("correct horse"), Some(&rehashed)) && !moved.outdated(&rehashed));
    }

    #[test]
    fn a_hash_names_scheme_and_key_and_hides_in_debug() {
        let hasher = hasher(&keyring());
        let hash = hasher.hash(&password("x")).unwrap();
        assert!(hash.expose().starts_with(&format!("v1:{}$2b$04$", hasher.pepper.id)), "{}", hash.expose());
        assert_eq!(hasher.pepper.id.len(), 8);
        assert!(hasher.outdated(&PasswordHash::new(hash.expose().replace("v1:", "v2:"))));
        assert_eq!(format!("{hasher:?}"), "BcryptHasher { cost: 4, .. }");
    }

    #[test]
    fn the_cost_has_a_range() {
        let keyring = keyring();
        assert!(BcryptHasher::new(&keyring, 20).is_ok());
        for bad in [0, 3, 21, 31] {
            assert_eq!(BcryptHasher::new(&keyring, bad).unwrap_err(), CostOutOfRange(bad));
        }
    }
}

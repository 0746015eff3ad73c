use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cairn_domain::identity::{Password, SecretDigest, SecretMaker};
use cairn_domain::shared::SessionId;
use subtle::ConstantTimeEq as _;

use crate::keyring::{Key, Purpose};
use crate::{Keyring, random};

const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// Crockford's letters: none is taken for another when it is copied by hand.
const LEGIBLE: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What every token begins with, so that scanners for leaked secrets know it.
const PREFIX: &str = "cairn_";
/// 43 characters of 62 are 256 bits.
const BODY: usize = 43;
/// Six characters of 62 hold the 32 bits of a CRC.
const CHECKSUM: usize = 6;

/// Session secrets, tokens, CSRF tokens, and the keyed digests (HMAC-SHA-256) under which secrets are stored.
///
/// A session's secret is 256 random bits in base64url. A token is `cairn_`, 43 random letters and digits, and the
/// CRC-32 of all before it in six more, so that a token cut short or mistyped is refused without looking it up. The
/// digests are keyed: a stolen database does not show whether a guessed secret is in it.
#[derive(Debug, Clone)]
pub struct Secrets {
    session: Key,
    token: Key,
    csrf: Key,
    repeat: Key,
}

impl Secrets {
    /// With the keyring's keys.
    #[must_use]
    pub fn new(keyring: &Keyring) -> Self {
        Self {
            session: keyring.key(Purpose::Session),
            token: keyring.key(Purpose::Token),
            csrf: keyring.key(Purpose::Csrf),
            repeat: keyring.key(Purpose::Repeat),
        }
    }
}

fn digest(key: &Key, secret: &str) -> SecretDigest {
    let mut digits = String::with_capacity(64);
    for byte in key.mac(&[secret.as_bytes()]) {
        // Writing to a string never fails.
        let _ = write!(digits, "{byte:02x}");
    }
    SecretDigest::new(digits)
}

/// The CRC-32 of a text in base 62, the highest digit first.
fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[(rest % 62) as usize];
        rest /= 62;
    }
    digits.map(char::from).iter().collect()
}

impl SecretMaker for Secrets {
    fn session(&self) -> (String, SecretDigest) {
        let secret = URL_SAFE_NO_PAD.encode(random::bytes::<32>());
        let digest = digest(&self.session, &secret);
        (secret, digest)
    }

    fn token(&self) -> (String, SecretDigest) {
        let mut secret = format!("{PREFIX}{}", random::text(BASE62, BODY));
        secret.push_str(&checksum(&secret));
        let digest = digest(&self.token, &secret);
        (secret, digest)
    }

    fn unguessable(&self) -> u128 {
        u128::from_le_bytes(random::bytes())
    }

    fn session_digest(&self, presented: &str) -> Option<SecretDigest> {
        // The length first, so that nobody makes the server decode a megabyte.
        let well_formed = presented.len() == 43 && URL_SAFE_NO_PAD.decode(presented).is_ok();
        well_formed.then(|| digest(&self.session, presented))
    }

    fn token_digest(&self, presented: &str) -> Option<SecretDigest> {
        let well_formed = presented.len() == PREFIX.len() + BODY + CHECKSUM
            && presented.starts_with(PREFIX)
            && presented[PREFIX.len()..].bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !well_formed {
            return None;
        }
        let (secret, sum) = presented.split_at(PREFIX.len() + BODY);
        (checksum(secret) == sum).then(|| digest(&self.token, presented))
    }

    fn csrf(&self, session: SessionId) -> String {
        URL_SAFE_NO_PAD.encode(self.csrf.mac(&[session.uuid().as_bytes()]))
    }

    fn csrf_matches(&self, session: SessionId, presented: &str) -> bool {
        self.csrf(session).as_bytes().ct_eq(presented.as_bytes()).into()
    }

    fn password_digest(&self, presented: &Password) -> SecretDigest {
        digest(&self.repeat, presented.expose())
    }

    fn password(&self) -> Password {
        // 28 letters of five bits are 140 bits.
        let letters = random::text(LEGIBLE, 28);
        let text = [&letters[..7], &letters[7..14], &letters[14..21], &letters[21..]].join("-");
        Password::chosen(&text).expect("31 characters are a password")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::MasterSecret;

    fn secrets() -> Secrets {
        Secrets::new(&Keyring::new(&MasterSecret::generate()))
    }

    fn session(n: u128) -> SessionId {
        SessionId::new(uuid::Uuid::from_u128(n))
    }

    #[test]
    fn a_session_secret_is_256_bits_and_leads_to_its_digest() {
        let secrets = secrets();
        let (secret, digest) = secrets.session();
        assert_eq!(URL_SAFE_NO_PAD.decode(&secret).unwrap().len(), 32);
        assert_eq!(secrets.session_digest(&secret), Some(digest.clone()));
        assert_eq!(digest.as_str().len(), 64);
        assert_ne!(self::secrets().session_digest(&secret), Some(digest), "another server has another key");
        // The last character of 43 carries four bits: not every letter can stand there.
        let other = if secret.ends_with('B') { "C" } else { "B" };
        for bad in [
            "",
            "x",
            &secret[1..],
            &format!("{secret}A"),
            &format!("{}=", &secret[1..]),
            &format!("{}{other}", &secret[..42]),
            &"é".repeat(22),
        ] {
            assert_eq!(secrets.session_digest(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_token_is_recognisable_and_leads_to_its_digest() {
        let secrets = secrets();
        let (secret, digest) = secrets.token();
        assert!(secret.starts_with("cairn_") && secret.len() == 55);
        assert!(secret[6..].bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_eq!(secrets.token_digest(&secret), Some(digest.clone()));
        assert_ne!(self::secrets().token_digest(&secret), Some(digest));
        assert_eq!(secrets.session_digest(&secret), None, "a token is no session");
        assert_eq!(secrets.token_digest(&secrets.session().0), None, "a session is no token");
    }

    #[test]
    fn the_checksum_notices_every_mistyped_letter() {
        let secrets = secrets();
        let (secret, _) = secrets.token();
        for at in 0..secret.len() {
            for letter in [b'0', b'a', b'Z', b'-'] {
                let mut bytes = secret.clone().into_bytes();
                if bytes[at] != letter {
                    bytes[at] = letter;
                    assert_eq!(secrets.token_digest(std::str::from_utf8(&bytes).unwrap()), None, "at {at}");
                }
            }
            assert_eq!(secrets.token_digest(&secret[..at]), None);
        }
        assert_eq!(secrets.token_digest(&format!("{secret}0")), None);
        assert_eq!(secrets.token_digest(&format!("cairn_{}", "é".repeat(24) + "x")), None);
    }

    #[test]
    fn the_checksum_is_crc_32_in_base_62() {
        // The check value of CRC-32/ISO-HDLC: 0xcbf43926 for "123456789"; 3421780262 in base 62.
        assert_eq!(crc32fast::hash(b"123456789"), 3_421_780_262);
        let value = checksum("123456789")
            .bytes()
            .fold(0, |sum: u64, digit| sum * 62 + BASE62.iter().position(|d| *d == digit).unwrap() as u64);
        assert_eq!(value, 3_421_780_262);
        assert_eq!(checksum(""), "000000");
    }

    #[test]
    fn a_csrf_token_belongs_to_its_session() {
        let secrets = secrets();
        let token = secrets.csrf(session(1));
        assert!(secrets.csrf_matches(session(1), &token));
        assert_eq!(token, secrets.csrf(session(1)));
        assert!(!secrets.csrf_matches(session(2), &token));
        assert!(!self::secrets().csrf_matches(session(1), &token));
        for bad in ["", &token[1..], &format!("{token}A"), &token.to_uppercase()] {
            assert!(!secrets.csrf_matches(session(1), bad), "{bad}");
        }
    }

    #[test]
    fn a_password_is_told_from_another_by_the_key_alone() {
        let secrets = secrets();
        let digest = |of: &Secrets, text: &str| of.password_digest(&Password::chosen(text).unwrap());
        let of = digest(&secrets, "correct horse battery");
        assert_eq!(of, digest(&secrets, "correct horse battery"));
        assert_ne!(of, digest(&secrets, "correct horse batterx"));
        assert_ne!(of, digest(&self::secrets(), "correct horse battery"));
    }

    #[test]
    fn secrets_do_not_repeat() {
        let secrets = secrets();
        let made: BTreeSet<_> = (0..1_000)
            .flat_map(|_| [secrets.session().0, secrets.token().0, secrets.password().expose().to_owned()])
            .collect();
        assert_eq!(made.len(), 3_000);
    }

    #[test]
    fn a_first_password_can_be_copied_by_hand() {
        let password = secrets().password();
        assert_eq!(password.expose().len(), 31);
        assert!(password.expose().bytes().all(|b| b == b'-' || LEGIBLE.contains(&b)));
    }
}

use std::fmt;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::MasterSecret;

/// What a key is for. The label is part of the key: changing it changes the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Password,
    Session,
    Token,
    Csrf,
    Cursor,
    Repeat,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Password => b"cairn/v1/password",
            Self::Session => b"cairn/v1/session",
            Self::Token => b"cairn/v1/token",
            Self::Csrf => b"cairn/v1/csrf",
            Self::Cursor => b"cairn/v1/cursor",
            Self::Repeat => b"cairn/v1/repeat",
        }
    }
}

/// The keys that follow from a master secret: one for each purpose, each HMAC-SHA-256 of the purpose's name, so that
/// knowing one tells nothing of another. Shown nowhere.
#[derive(Clone)]
pub struct Keyring {
    master: MasterSecret,
}

impl Keyring {
    /// The keys of a master secret.
    #[must_use]
    pub fn new(master: &MasterSecret) -> Self {
        Self { master: master.clone() }
    }

    pub(crate) fn key(&self, purpose: Purpose) -> Key {
        Key(mac(self.master.bytes(), &[purpose.label()]))
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(…)")
    }
}

/// A key for one purpose.
#[derive(Clone)]
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-256 over parts, one after the other.
    pub(crate) fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        mac(&self.0, parts)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ALL: [Purpose; 6] =
        [Purpose::Password, Purpose::Session, Purpose::Token, Purpose::Csrf, Purpose::Cursor, Purpose::Repeat];

    #[test]
    fn each_purpose_has_its_own_key_and_each_secret_other_keys() {
        let rings = [MasterSecret::generate(), MasterSecret::generate()].map(|secret| Keyring::new(&secret));
        let keys: BTreeSet<_> = rings.iter().flat_map(|ring| ALL.map(|purpose| *ring.key(purpose).bytes())).collect();
        assert_eq!(keys.len(), 12);
    }

    #[test]
    fn keys_stay_what_they_are() {
        // HMAC-SHA-256 of the labels by an independent implementation. If this changes, every password, session and
        // token of an existing server stops working.
        let secret = MasterSecret::parse("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f").unwrap();
        let ring = Keyring::new(&secret);
        let hex = |purpose| ring.key(purpose).bytes().iter().map(|b| format!("{b:02x}")).collect::<String>();
        assert_eq!(hex(Purpose::Password), "5095ad5169e7a5311713b2a078f699bd95199fdd39995d9efd83f5de82009b66");
        assert_eq!(hex(Purpose::Token), "f47acaef20913cbc7bba04fa482860babd24fa104c755febddc99c53134b52b7");
    }

    #[test]
    fn keys_do_not_show() {
        let ring = Keyring::new(&MasterSecret::generate());
        assert_eq!(format!("{ring:?} {:?}", ring.key(Purpose::Csrf)), "Keyring(…) Key(…)");
    }
}

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cairn_domain::shared::CursorSigner;
use subtle::ConstantTimeEq as _;

use crate::Keyring;
use crate::keyring::{Key, Purpose};

/// How many bytes of the digest a cursor carries: 128 bits cannot be guessed, and keep the address short.
const TAG: usize = 16;

/// The longest text that is looked at.
const LONGEST: usize = 4096;

/// Cursors that carry their key in clear, with a keyed digest over it and the list's name.
#[derive(Debug, Clone)]
pub struct CursorSeal(Key);

impl CursorSeal {
    /// With the keyring's key for cursors.
    #[must_use]
    pub fn new(keyring: &Keyring) -> Self {
        Self(keyring.key(Purpose::Cursor))
    }

    fn tag(&self, list: &str, key: &[u8]) -> [u8; TAG] {
        // The length parts the list from the key, so that neither can lend letters to the other.
        let digest = self.0.mac(&[&(list.len() as u64).to_be_bytes(), list.as_bytes(), key]);
        let mut tag = [0; TAG];
        tag.copy_from_slice(&digest[..TAG]);
        tag
    }
}

impl CursorSigner for CursorSeal {
    fn seal(&self, list: &str, key: &str) -> String {
        let mut bytes = self.tag(list, key.as_bytes()).to_vec();
        bytes.extend_from_slice(key.as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn open(&self, list: &str, text: &str) -> Option<String> {
        if text.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (tag, key) = bytes.split_at_checked(TAG)?;
        let genuine: bool = self.tag(list, key).ct_eq(tag).into();
        genuine.then(|| String::from_utf8(key.to_vec()).ok()).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MasterSecret;

    fn seal() -> CursorSeal {
        CursorSeal::new(&Keyring::new(&MasterSecret::generate()))
    }

    #[test]
    fn a_cursor_opens_for_its_list_and_its_server_alone() {
        let seal = seal();
        for key in ["", "0190d6f0-0000-7000-8000-000000000001", "é@exämple.org", "a/b?c=d&🦀"] {
            let cursor = seal.seal("users", key);
            assert_eq!(seal.open("users", &cursor).as_deref(), Some(key));
            assert_eq!(seal.open("tokens", &cursor), None);
            assert_eq!(seal.open("user", &cursor), None);
            assert_eq!(self::seal().open("users", &cursor), None);
            assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'));
        }
    }

    #[test]
    fn letters_do_not_wander_from_the_list_to_the_key() {
        let seal = seal();
        assert_ne!(seal.seal("ab", "c")[..20], seal.seal("a", "bc")[..20]);
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let seal = seal();
        let cursor = seal.seal("events", "00000000000000000042");
        for at in 0..cursor.len() {
            let mut bytes = cursor.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(seal.open("events", &String::from_utf8(bytes).unwrap()), None, "at {at}");
            assert_eq!(seal.open("events", &cursor[..at]), None, "cut at {at}");
        }
        for foreign in [format!("{cursor}A"), format!("{cursor}="), " ".into(), "💥".into(), "A".repeat(1_000_000)] {
            assert_eq!(seal.open("events", &foreign), None);
        }
    }
}

use rand::RngCore as _;

/// Bytes from a cryptographically secure generator that the operating system seeds.
#[expect(clippy::disallowed_methods, reason = "this is what the ports for ids and secrets are made of")]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// `count` characters of `alphabet`, each equally likely.
pub(crate) fn text(alphabet: &[u8], count: usize) -> String {
    // The greatest multiple of the alphabet's length that a byte can reach: bytes above would favour the first letters.
    let fair = 256 - 256 % alphabet.len();
    let mut text = String::with_capacity(count);
    while text.len() < count {
        let taken = bytes::<64>().into_iter().map(usize::from).filter(|byte| *byte < fair);
        text.extend(taken.take(count - text.len()).map(|byte| char::from(alphabet[byte % alphabet.len()])));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_comes_about_equally_often() {
        let letters = text(b"abc", 30_000);
        assert_eq!(letters.len(), 30_000);
        for letter in ['a', 'b', 'c'] {
            let count = letters.chars().filter(|c| *c == letter).count();
            // Ten standard deviations: a fair generator fails once in 10^22 runs.
            assert!((9_200..10_800).contains(&count), "{letter}: {count}");
        }
    }
}

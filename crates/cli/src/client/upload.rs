//! Bytes that go out or come in under somebody's eyes.

use std::io::{self, Cursor, Read};

use reqwest::blocking::Response;

use crate::output::Progress;

/// Bytes to send that tell how many of them have been taken.
pub(super) struct Watched {
    bytes: Cursor<Vec<u8>>,
    progress: Progress,
}

impl Watched {
    pub(super) fn new(bytes: Vec<u8>, progress: Progress) -> Self {
        Self { bytes: Cursor::new(bytes), progress }
    }
}

impl Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(into)?;
        self.progress.add(read as u64);
        Ok(read)
    }
}

/// Reads an answer's body.
pub(super) fn receive(mut answer: Response, progress: &Progress) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0; 64 * 1024];
    loop {
        match answer.read(&mut chunk)? {
            0 => return Ok(bytes),
            read => {
                bytes.extend_from_slice(&chunk[..read]);
                progress.add(read as u64);
            }
        }
    }
}

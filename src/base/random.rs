//! Randomness, handed in like the clock.

use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Timestamp;

/// Where random bytes come from.
#[derive(Clone)]
pub enum Randomness {
    /// The operating system's generator.
    System,
    /// SHA-256 over a seed and a counter: the same bytes at every run; for tests.
    Seeded(Arc<Mutex<(u64, u64)>>),
}

impl Randomness {
    /// A generator that gives the same bytes for the same seed.
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new((seed, 0))))
    }

    /// `N` random bytes.
    ///
    /// # Panics
    /// When the operating system has no randomness to give: nothing safe can be done then.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for randomness")]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut out = [0u8; N];
        match self {
            Self::System => getrandom::fill(&mut out).expect("the operating system gives randomness"),
            Self::Seeded(state) => {
                let mut state = state.lock().unwrap_or_else(|e| e.into_inner());
                for chunk in out.chunks_mut(32) {
                    state.1 += 1;
                    let mut hash = Sha256::new();
                    hash.update(state.0.to_be_bytes());
                    hash.update(state.1.to_be_bytes());
                    chunk.copy_from_slice(&hash.finalize()[..chunk.len()]);
                }
            }
        }
        out
    }

    /// A UUIDv7 (RFC 9562, method 3: the fraction of the millisecond in the 12 bits after it).
    pub fn uuid(&self, now: Timestamp) -> Uuid {
        let millis = (now.0 / 1000).max(0) as u128;
        let fraction = (now.0.rem_euclid(1000) as u128) * 4096 / 1000;
        let random = u64::from_be_bytes(self.bytes()) as u128 & 0x3fff_ffff_ffff_ffff;
        Uuid::from_u128((millis << 80) | (0x7 << 76) | (fraction << 64) | (0b10 << 62) | random)
    }
}

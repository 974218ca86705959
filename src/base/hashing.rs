//! Password hashing: argon2id (RFC 9106) on as many threads as there are cores, with memory that is used again for a
//! while, and a bounded queue in front. Never inside a transaction.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use subtle::ConstantTimeEq;
use tokio::sync::oneshot;

use super::secret::Secret;

/// The cost of one hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB.
    pub memory: u32,
    /// Passes over the memory.
    pub passes: u32,
}

impl Default for HashCost {
    /// 19 MiB and two passes: OWASP's first recommendation, and `security.md` R12.
    fn default() -> Self {
        Self { memory: 19 * 1024, passes: 2 }
    }
}

/// The queue is full: answer 503 and let the client come back.
#[derive(Debug)]
pub struct Overloaded;

struct Job {
    password: Secret,
    salt: Vec<u8>,
    cost: HashCost,
    answer: oneshot::Sender<[u8; 32]>,
}

/// The hashing threads. Cheap to clone.
#[derive(Clone)]
pub struct Hasher {
    queue: SyncSender<Job>,
    cost: HashCost,
}

/// How long the memory is kept when no work comes.
const KEEP_MEMORY: Duration = Duration::from_secs(1);

/// The memory of hashes that are done. Whichever thread finds no work gives back all of it: while one waits, the others stand
/// behind it and could not give back their own.
type Spare = Mutex<Vec<Vec<Block>>>;

impl Hasher {
    /// Starts `threads` threads with a queue of `waiting` places.
    pub fn start(cost: HashCost, threads: usize, waiting: usize) -> Self {
        let (queue, jobs) = sync_channel(waiting);
        let shared = Arc::new((Mutex::new(jobs), Spare::default()));
        for n in 0..threads {
            let shared = Arc::clone(&shared);
            let thread = std::thread::Builder::new()
                .name(format!("hash-{n}"))
                .spawn(move || work(&shared.0, &shared.1));
            if let Err(error) = thread {
                tracing::error!(%error, "no thread for password hashing");
            }
        }
        Self { queue, cost }
    }

    async fn run(&self, password: &Secret, salt: &[u8], cost: HashCost) -> Result<[u8; 32], Overloaded> {
        let (answer, answered) = oneshot::channel();
        let job = Job { password: password.clone(), salt: salt.to_vec(), cost, answer };
        self.queue.try_send(job).map_err(|_| Overloaded)?;
        answered.await.map_err(|_| Overloaded)
    }

    /// The hash of a new password in PHC string format.
    pub async fn hash(&self, password: &Secret, salt: [u8; 16]) -> Result<String, Overloaded> {
        let out = self.run(password, &salt, self.cost).await?;
        let HashCost { memory, passes } = self.cost;
        Ok(format!(
            "$argon2id$v=19$m={memory},t={passes},p=1${}${}",
            STANDARD_NO_PAD.encode(salt),
            STANDARD_NO_PAD.encode(out)
        ))
    }

    /// Whether the password is the one that was hashed. Without a hash the same work is done and the answer is no, so
    /// that time does not tell whether an account exists (R05).
    pub async fn verify(&self, password: &Secret, hash: Option<&str>) -> Result<bool, Overloaded> {
        let Some((cost, salt, expected)) = hash.and_then(read_phc) else {
            self.run(password, &[0; 16], self.cost).await?;
            return Ok(false);
        };
        let out = self.run(password, &salt, cost).await?;
        Ok(out.ct_eq(expected.as_slice()).into())
    }
}

fn read_phc(text: &str) -> Option<(HashCost, Vec<u8>, Vec<u8>)> {
    let mut parts = text.strip_prefix("$argon2id$v=19$")?.split('$');
    let (mut memory, mut passes) = (None, None);
    for setting in parts.next()?.split(',') {
        match setting.split_once('=')? {
            ("m", n) => memory = n.parse().ok(),
            ("t", n) => passes = n.parse().ok(),
            ("p", "1") => {}
            _ => return None,
        }
    }
    let salt = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    let hash = STANDARD_NO_PAD.decode(parts.next()?).ok()?;
    Some((HashCost { memory: memory?, passes: passes? }, salt, hash))
}

fn work(jobs: &Mutex<Receiver<Job>>, spare: &Spare) {
    let spare = || spare.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(KEEP_MEMORY);
        match job {
            Ok(job) => {
                // Nobody waits any more: the client went away.
                if job.answer.is_closed() {
                    continue;
                }
                let mut memory = spare().pop().unwrap_or_default();
                let out = hash(&job, &mut memory);
                spare().push(memory);
                if let Some(out) = out {
                    let _ = job.answer.send(out);
                }
            }
            Err(RecvTimeoutError::Timeout) => drop(std::mem::take(&mut *spare())),
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

fn hash(job: &Job, memory: &mut Vec<Block>) -> Option<[u8; 32]> {
    let params = Params::new(job.cost.memory, job.cost.passes, 1, Some(32)).ok()?;
    let blocks = params.block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    let mut out = [0; 32];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2
        .hash_password_into_with_memory(
            job.password.expose().as_bytes(),
            &job.salt,
            &mut out,
            &mut memory[..blocks],
        )
        .ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// R12: what an installation hashes with unless somebody says otherwise, and what stands in the database then.
    #[tokio::test]
    async fn the_cost_is_what_owasp_asks_for() {
        let cost = crate::settings::Settings::read(|_| None).unwrap().hash_cost;
        assert_eq!((cost, cost.memory, cost.passes), (HashCost::default(), 19_456, 2));
        let hash = Hasher::start(cost, 1, 1).hash(&Secret::new("x"), [1; 16]).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    }

    #[tokio::test]
    async fn a_password_is_told_from_another() {
        let hasher = Hasher::start(HashCost { memory: 64, passes: 1 }, 1, 8);
        let right = Secret::new("correct horse battery staple");
        let hash = hasher.hash(&right, [1; 16]).await.unwrap();
        assert!(hasher.verify(&right, Some(&hash)).await.unwrap());
        assert!(!hasher.verify(&Secret::new("correct horse battery stapl"), Some(&hash)).await.unwrap());
        assert!(!hasher.verify(&right, None).await.unwrap());
        assert!(!hasher.verify(&right, Some("$argon2id$nonsense")).await.unwrap());
    }
}

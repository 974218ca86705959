//! What the same machine does in the same minutes with nothing of Roster in between.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use roster::base::hashing::HashCost;

use crate::Outcome;
use crate::server::{Running, free_port};

/// B1: an axum handler that answers two bytes, in a process of its own.
pub fn serve_two_bytes(port: u16) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
        let router = axum::Router::new().route("/", axum::routing::get(|| async { "ok" }));
        loop {
            let (socket, _) = listener.accept().await?;
            socket.set_nodelay(true)?;
            let service = hyper_util::service::TowerToHyperService::new(router.clone());
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(hyper_util::rt::TokioIo::new(socket), service);
            tokio::spawn(connection);
        }
    })
}

/// Starts B1's process.
pub fn start_bare() -> Outcome<Running> {
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--bare").arg(port.to_string()).stdout(Stdio::null());
    Running::start(command, port, "/")
}

/// One thread's password hashes at the configured cost, with memory that is used again.
pub struct Hashing {
    argon2: Argon2<'static>,
    memory: Vec<Block>,
}

impl Hashing {
    /// Ready to hash.
    pub fn new() -> Outcome<Self> {
        let HashCost { memory, passes } = HashCost::default();
        let params = Params::new(memory, passes, 1, Some(32)).map_err(|e| e.to_string())?;
        let memory = vec![Block::new(); params.block_count()];
        Ok(Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), memory })
    }

    /// One hash.
    pub fn once(&mut self) -> Outcome<Duration> {
        let (begun, mut out) = (Instant::now(), [0; 32]);
        self.argon2
            .hash_password_into_with_memory(b"a password like any", &[7; 16], &mut out, &mut self.memory)
            .map_err(|e| e.to_string())?;
        Ok(begun.elapsed())
    }
}

/// B2: password hashes a second on all cores.
pub fn hashes_a_second(seconds: u64) -> Outcome<f64> {
    let threads = std::thread::available_parallelism()?.get();
    let end = Instant::now() + Duration::from_secs(seconds);
    let begun = Instant::now();
    let counts: Vec<Outcome<u32>> = std::thread::scope(|scope| {
        let hash = || {
            let (mut hashing, mut count) = (Hashing::new()?, 0);
            while Instant::now() < end {
                hashing.once()?;
                count += 1;
            }
            Ok(count)
        };
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(hash)).collect();
        running.into_iter().map(|t| t.join().unwrap_or(Err("a thread ended".into()))).collect()
    });
    let elapsed = begun.elapsed().as_secs_f64();
    let total: u32 = counts.into_iter().sum::<Outcome<u32>>()?;
    Ok(f64::from(total) / elapsed)
}

/// B3: fdatasyncs a second on the disk of this folder, each after a page that was written.
pub fn syncs_a_second(folder: &Path, seconds: u64) -> Outcome<f64> {
    let path = folder.join("synced");
    let file = File::create(&path)?;
    let page = [7u8; 4096];
    let places = 256;
    for place in 0..places {
        file.write_all_at(&page, place * 4096)?;
    }
    file.sync_all()?;
    let (begun, mut count) = (Instant::now(), 0u32);
    while begun.elapsed() < Duration::from_secs(seconds) {
        file.write_all_at(&page, u64::from(count) % places * 4096)?;
        file.sync_data()?;
        count += 1;
    }
    let rate = f64::from(count) / begun.elapsed().as_secs_f64();
    std::fs::remove_file(path)?;
    Ok(rate)
}

//! The mail server of a test: a real one (aiosmtpd), which stores what it gets and fails as it is told.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{installation::free_port, wait_for};

/// A mail server with a port and a folder of letters; may be up or down.
pub struct MailServer {
    pub port: u16,
    folder: PathBuf,
    child: Option<Child>,
}

/// A letter as the server got it.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: String,
    pub message_id: String,
    /// The whole text with its headers.
    pub text: String,
    /// Whether the sender got a 250 for it.
    pub answered: bool,
}

impl MailServer {
    /// A server that is down. Its letters outlive it.
    pub fn down() -> Self {
        let port = free_port();
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("letters_{}_{port}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("make the folder of letters");
        Self { port, folder, child: None }
    }

    /// A server that is up.
    pub fn up() -> Self {
        let mut server = Self::down();
        server.start();
        server
    }

    /// Starts it.
    pub fn start(&mut self) {
        let python = std::env::var("ROSTER_TEST_PYTHON").unwrap_or_else(|_| {
            panic!(
                "ROSTER_TEST_PYTHON is not set. `tests/run` sets it; or set it to a Python that has aiosmtpd"
            )
        });
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/real/smtp.py");
        let mut child = Command::new(python)
            .arg(script)
            .arg(self.port.to_string())
            .arg(&self.folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("start the mail server");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its output"))
            .read_line(&mut line)
            .expect("read its first line");
        assert_eq!(line.trim(), "ready", "the mail server did not start");
        self.child = Some(child);
    }

    /// Stops it: connections are refused.
    pub fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// How it behaves from the next command on; see `smtp.py`.
    pub fn behave(&self, mode: &str) {
        let part = self.folder.join("mode.part");
        std::fs::write(&part, mode).expect("write the mode");
        std::fs::rename(part, self.folder.join("mode")).expect("set the mode");
    }

    /// How many connections were taken so far.
    pub fn connections(&self) -> u64 {
        std::fs::metadata(self.folder.join("connections")).map_or(0, |file| file.len())
    }

    /// All letters so far, in the order of their coming.
    pub fn letters(&self) -> Vec<Letter> {
        let mut paths: Vec<_> = std::fs::read_dir(&self.folder)
            .expect("read the folder of letters")
            .map(|entry| entry.expect("read the folder of letters").path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        paths.sort();
        paths.iter().map(|path| Letter::read(path)).collect()
    }

    /// The letters to this address so far.
    pub fn letters_to(&self, email: &str) -> Vec<Letter> {
        self.letters().into_iter().filter(|letter| letter.to == email).collect()
    }

    /// The first letter to this address, waiting for it.
    pub fn letter_to(&self, email: &str) -> Letter {
        wait_for(&format!("a letter to {email}"), 40, || self.letters_to(email).into_iter().next())
    }

    /// Waits until there are this many letters, and gives them all.
    pub fn wait_for_letters(&self, count: usize, seconds: u64) -> Vec<Letter> {
        wait_for(&format!("{count} letters"), seconds, || {
            let letters = self.letters();
            (letters.len() >= count).then_some(letters)
        })
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.stop();
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

impl Letter {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("read a letter");
        let stored: Value = serde_json::from_str(&text).expect("a letter is JSON");
        let to = stored["to"].as_array().expect("recipients");
        assert_eq!(to.len(), 1, "a letter has one recipient (R54): {to:?}");
        let text = stored["text"].as_str().expect("a text").replace("\r\n", "\n");
        let header = |name: &str| {
            text.lines()
                .take_while(|line| !line.is_empty())
                .find_map(|line| line.split_once(": ").filter(|(key, _)| key.eq_ignore_ascii_case(name)))
                .map(|(_, value)| value.to_owned())
        };
        Self {
            to: to[0].as_str().expect("an address").to_owned(),
            message_id: header("Message-ID").expect("a letter has a Message-ID"),
            answered: stored["answered"] == true,
            text,
        }
    }

    /// The plain part.
    pub fn plain(&self) -> String {
        let head = self.text.to_ascii_lowercase().find("content-type: text/plain").expect("a plain part");
        let part = &self.text[head..];
        let (headers, body) = part.split_once("\n\n").expect("a part has a body");
        // A line may begin with two dashes by itself: a token's second half, or the signature.
        let boundary = self.text.split_once("boundary=\"").and_then(|(_, rest)| rest.split('"').next());
        let end = format!("\n--{}", boundary.expect("a boundary between the parts"));
        let body = body.split(&end).next().unwrap_or(body);
        // The encoding may stand before or behind the type.
        let before = &self.text[..head];
        let above = before.rsplit("\n--").next().unwrap_or_default();
        let headers = format!("{above}\n{headers}").to_ascii_lowercase();
        if headers.contains("quoted-printable") {
            return quoted_printable(body);
        }
        assert!(!headers.contains("base64"), "a plain part that a person can read in the source");
        body.to_owned()
    }

    /// The token of the action link: the last piece of the plain part's first URL.
    pub fn token(&self) -> String {
        let plain = self.plain();
        let at = plain.find("http").expect("a link");
        let link = plain[at..].split_whitespace().next().expect("a link");
        link.trim_end_matches(['.', ')', '>']).rsplit('/').next().expect("a token").to_owned()
    }
}

fn quoted_printable(text: &str) -> String {
    let text = text.replace("=\n", "");
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let hex = tail
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok())
            .and_then(|pair| u8::from_str_radix(pair, 16).ok());
        match (byte, hex) {
            (b'=', Some(value)) => {
                bytes.push(value);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

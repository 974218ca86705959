//! The installation's key: from the settings, or from a file that is made at the first start.

use std::path::Path;

use super::{KEY_EXAMPLE, SettingError, Settings};
use crate::base::Randomness;
use crate::base::secret::SecretKey;

/// The installation's key: from the setting, or from its file, which is made where it is missing.
pub fn secret_key(settings: &Settings, random: &Randomness) -> Result<SecretKey, SettingError> {
    if let Some(bytes) = settings.secret_key {
        return Ok(SecretKey::new(bytes));
    }
    let path = &settings.key_file;
    let wrong =
        |problem: String| SettingError { setting: "ROSTER_SECRET_KEY", problem, example: KEY_EXAMPLE };
    match std::fs::read_to_string(path) {
        Ok(text) => SecretKey::from_base64(&text).ok_or_else(|| {
            wrong(format!("the key file {} does not hold 32 bytes in base64", path.display()))
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = SecretKey::new(random.bytes());
            write_key(path, &key, random)
                .map_err(|e| wrong(format!("the key file {} can't be written ({e})", path.display())))?;
            // Two processes may start at once: what stands in the file counts.
            let text = std::fs::read_to_string(path).unwrap_or_default();
            SecretKey::from_base64(&text)
                .ok_or_else(|| wrong(format!("the key file {} can't be read back", path.display())))
        }
        Err(error) => Err(wrong(format!("the key file {} can't be read ({error})", path.display()))),
    }
}

/// Writes the key beside its place and then links it there: whoever finds the file finds it whole, and of several first
/// starts one wins.
fn write_key(path: &Path, key: &SecretKey, random: &Randomness) -> std::io::Result<()> {
    use std::io::Write;
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let draft = path.with_extension(format!("{:016x}", u64::from_ne_bytes(random.bytes())));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    let written = writeln!(file, "{}", key.to_base64()).and_then(|()| file.sync_all());
    let linked = written.and_then(|()| std::fs::hard_link(&draft, path));
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        outcome => outcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_first_starts_one_makes_the_key() {
        let folder = std::env::temp_dir().join(format!("roster-key-{}", std::process::id()));
        let mut settings = Settings::read(|_| None).unwrap();
        settings.key_file = folder.join("roster.key");
        let keys: Vec<[u8; 32]> = std::thread::scope(|scope| {
            let starts: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| secret_key(&settings, &Randomness::System).unwrap().fingerprint()))
                .collect();
            starts.into_iter().map(|start| start.join().unwrap()).collect()
        });
        let files = std::fs::read_dir(&folder).unwrap().count();
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(keys.iter().all(|key| *key == keys[0]), "every start has the same key");
        assert_eq!(files, 1, "and nothing else lies there");
    }
}

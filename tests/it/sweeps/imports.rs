//! Imports point down: a module uses only those that stand above it in `src/lib.rs`, so there are no circles.

use std::path::{Path, PathBuf};

/// Nouns whose words stand low, because everybody needs them, and whose other files use what stands between: the noun,
/// and the module as whose neighbours its store, commands and faces count.
const WORDS_STAND_LOWER: &[(&str, &str)] = &[
    // What a role is decides what a caller may do, so `op` needs the words; its store and faces run in an `op`.
    ("role", "member"),
    // Likewise the access model's faces and the evaluator's.
    ("access_model", "member"),
    ("access", "member"),
];

/// Files that are more than words.
const MORE_THAN_WORDS: [&str; 5] = ["store", "commands", "api", "pages", "view"];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            files(&entry, found);
        } else if entry.extension().is_some_and(|ext| ext == "rs") {
            found.push(entry);
        }
    }
}

/// Every Rust file under `src`, as its path from there.
pub fn sources() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&src, &mut found);
    found
        .into_iter()
        .map(|path| {
            let name = path.strip_prefix(&src).unwrap().display().to_string();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The modules in the order of `src/lib.rs`; those that only tests have are left out.
fn order(lib: &str) -> Vec<String> {
    let lines = lib.lines().filter_map(|line| line.strip_prefix("pub mod "));
    lines.map(|line| line.trim_end_matches(';').to_owned()).collect()
}

/// The lines before the file's own tests.
fn product(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().take_while(|(_, line)| !line.starts_with("#[cfg(test)]"))
}

#[test]
fn imports_point_down() {
    let sources = sources();
    let lib = &sources.iter().find(|(name, _)| name == "lib.rs").unwrap().1;
    let order = order(lib);
    let place = |module: &str| order.iter().position(|known| known == module);
    let mut wrong = Vec::new();
    for (file, text) in &sources {
        let module = file.split(['/', '.']).next().unwrap();
        let is_test = file.contains("/tests") || file.ends_with("samples.rs") || file.ends_with("sample.rs");
        let Some(own) = place(module).filter(|_| !is_test) else { continue };
        let more = file.split(['/', '.']).any(|part| MORE_THAN_WORDS.contains(&part));
        let lower = WORDS_STAND_LOWER.iter().find(|(noun, _)| *noun == module && more);
        let own = lower.and_then(|(_, as_if)| place(as_if)).unwrap_or(own);
        for (number, line) in product(text) {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for used in line.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
                let Some(at) = place(&used) else { continue };
                if at > own {
                    wrong.push(format!("src/{file}:{} uses {used}, which stands below {module}", number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "imports that point up:\n{}", wrong.join("\n"));
}

#[test]
fn no_file_is_long() {
    let long: Vec<String> = sources()
        .iter()
        .filter(|(_, text)| text.lines().count() > 400)
        .map(|(file, text)| format!("src/{file}: {} lines", text.lines().count()))
        .collect();
    assert!(long.is_empty(), "files of more than 400 lines:\n{}", long.join("\n"));
}

#[test]
fn no_module_is_a_drawer_for_everything() {
    let drawers = ["utils", "util", "common", "helpers", "services", "dto", "misc"];
    for (file, _) in sources() {
        let named = file.split(['/', '.']).any(|part| drawers.contains(&part));
        assert!(!named, "src/{file}: name the noun");
    }
}

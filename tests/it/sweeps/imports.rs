//! Imports point down: a module uses only those that stand above it in `src/lib.rs`, so there are no circles.

use std::path::{Path, PathBuf};

/// Nouns whose words stand low, because everybody needs them, and whose other files use what stands between: the noun,
/// and the module as whose neighbours its store, commands and faces count.
const WORDS_STAND_LOWER: &[(&str, &str)] = &[
    // What a role is decides what a caller may do, so `op` needs the words; its store and faces run in an `op`.
    ("role", "mailbox"),
    // Likewise the access model's faces and the evaluator's.
    ("access_model", "member"),
    ("access", "member"),
    ("resource", "organization"),
];

/// Files that are more than words.
const MORE_THAN_WORDS: [&str; 2] = ["store", "list"];

/// Files that do things: they stand on the words and stores of every noun, and on what stands above them among their own.
const ACTS: [&str; 29] = [
    "act",
    "commands",
    "create",
    "update",
    "invite",
    "many",
    "judge",
    "letter_limit",
    "worker",
    "undo",
    "ending",
    "api",
    "pages",
    "letter_pages",
    "leave_pages",
    "notice_api",
    "notice_pages",
    "disown",
    "attempts_api",
    "attempts_pages",
    "view",
    "accept",
    "answer",
    "public",
    "export",
    "attempt",
    "enter",
    "current",
    "membership",
];

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

/// Where a file, or what it uses, stands: the module, and whether it is among the acts.
struct Place {
    module: usize,
    acts: bool,
    noun: bool,
}

struct House(Vec<String>);

impl House {
    fn at(&self, module: &str) -> Option<usize> {
        self.0.iter().position(|known| known == module)
    }

    /// The place of a module's part: `member`, `["commands"]`.
    fn place(&self, module: &str, parts: &[&str]) -> Option<Place> {
        let own = self.at(module)?;
        let acts = parts.iter().any(|part| ACTS.contains(part));
        let more = acts || parts.iter().any(|part| MORE_THAN_WORDS.contains(part));
        let lifted = WORDS_STAND_LOWER.iter().find(|(noun, _)| *noun == module && more);
        let as_if = lifted.and_then(|(_, other)| self.at(other)).map_or(own, |at| at.max(own));
        let noun = as_if > self.at("http")? && as_if < self.at("web")?;
        Some(Place { module: as_if, acts, noun })
    }

    fn may_use(&self, own: &Place, used: &Place) -> bool {
        match (own.noun && used.noun, own.acts, used.acts) {
            (true, true, false) => true,
            (true, false, true) => false,
            _ => used.module <= own.module,
        }
    }
}

#[test]
fn imports_point_down() {
    let sources = sources();
    let lib = &sources.iter().find(|(name, _)| name == "lib.rs").unwrap().1;
    let house = House(order(lib));
    let mut wrong = Vec::new();
    for (file, text) in &sources {
        let parts: Vec<&str> = file.split(['/', '.']).collect();
        if parts.iter().any(|part| ["tests", "samples", "sample"].contains(part)) {
            continue;
        }
        let Some(own) = house.place(parts[0], &parts[1..]) else { continue };
        for (number, line) in product(text) {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for path in line.split("crate::").skip(1) {
                let path: String =
                    path.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_' || *c == ':').collect();
                let used: Vec<&str> = path.split("::").collect();
                if used[0] == parts[0] {
                    continue;
                }
                let Some(at) = house.place(used[0], &used[1..]) else { continue };
                if !house.may_use(&own, &at) {
                    wrong.push(format!("src/{file}:{} uses {path}", number + 1));
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

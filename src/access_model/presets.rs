//! The presets: TOML files under `presets/`, embedded in the binary and checked at start-up.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use toml::de::{DeTable, DeValue};

use super::check::{Fault, check};
use super::{AccessModel, RoleDefinition};

/// Name and text of the embedded preset files, in the order in which they are offered.
pub fn all() -> [(&'static str, &'static str); 5] {
    macro_rules! preset {
        ($name:literal) => {
            (concat!("presets/", $name, ".toml"), include_str!(concat!("../../presets/", $name, ".toml")))
        };
    }
    [
        preset!("owner-administrator-user"),
        preset!("admin-user"),
        preset!("ranked-workspace"),
        preset!("owner-admin-manager"),
        preset!("multi-role"),
    ]
}

/// An access model with the roles that a new organization begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preset {
    pub model: AccessModel,
    /// Highest rank first.
    pub roles: Vec<RoleDefinition>,
}

impl Preset {
    /// The key by which an organization names the preset.
    pub fn key(&self) -> &str {
        &self.model.preset
    }

    /// The role of the person who sets the organization up.
    pub fn top_role(&self) -> &RoleDefinition {
        self.roles.iter().find(|role| role.top).expect("a checked preset has a top role")
    }

    /// The role that a member gets when nobody chooses.
    pub fn default_role(&self) -> &RoleDefinition {
        self.roles.iter().find(|role| role.default).expect("a checked preset has a default role")
    }

    /// The role of that key.
    pub fn role(&self, key: &str) -> Option<&RoleDefinition> {
        self.roles.iter().find(|role| role.key == key)
    }

    /// Reads and checks one file. `file` is its name for messages; its stem must be the preset's key.
    pub fn parse(file: &str, text: &str) -> Result<Preset, PresetError> {
        let source = Source { file, text };
        let model = source.read::<AccessModel>(|path| path != "roles")?;
        let Roles { mut roles } = source.read::<Roles>(|path| path.starts_with("roles."))?;
        let mut faults = check(&model, &roles);
        let stem = file.rsplit('/').next().unwrap_or(file).trim_end_matches(".toml");
        if model.preset != stem {
            let message =
                format!("preset is {:?}, but the file is named {stem:?}. Make them agree.", model.preset);
            faults.push(Fault { path: "preset".to_owned(), message });
        }
        if faults.is_empty() {
            roles.sort_by_key(|role| std::cmp::Reverse(role.rank));
            Ok(Preset { model, roles })
        } else {
            Err(source.refuse(faults))
        }
    }
}

/// The part of a preset file that is not the model.
#[derive(Deserialize)]
struct Roles {
    roles: Vec<RoleDefinition>,
}

/// The presets that this installation offers.
#[derive(Clone, Debug)]
pub struct Presets(Vec<Preset>);

impl Presets {
    /// Reads and checks the embedded presets.
    pub fn load() -> Result<Presets, PresetError> {
        all().into_iter().map(|(file, text)| Preset::parse(file, text)).collect::<Result<_, _>>().map(Presets)
    }

    /// The preset of that key.
    pub fn find(&self, key: &str) -> Option<&Preset> {
        self.0.iter().find(|preset| preset.key() == key)
    }

    /// The presets in the order in which they are offered.
    pub fn iter(&self) -> impl Iterator<Item = &Preset> {
        self.0.iter()
    }
}

/// Why a preset file can't be used: a line for each fault, with file, line number and fix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PresetError {
    lines: Vec<String>,
}

impl fmt::Display for PresetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lines.join("\n"))
    }
}

impl std::error::Error for PresetError {}

/// A file that is being read.
#[derive(Clone, Copy)]
struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    /// Reads a part of the file; unknown keys are refused where `is_ours` says that they concern this part.
    fn read<T: for<'de> Deserialize<'de>>(self, is_ours: fn(&str) -> bool) -> Result<T, PresetError> {
        let mut unknown = Vec::new();
        let document = toml::Deserializer::parse(self.text).map_err(|error| self.unreadable(&error))?;
        let value =
            serde_ignored::deserialize(document, |path| unknown.push(path.to_string().replace(".?.", ".")))
                .map_err(|error| self.unreadable(&error))?;
        unknown.retain(|path| is_ours(path));
        if unknown.is_empty() {
            return Ok(value);
        }
        let fix = "Remove it or correct the spelling.";
        let faults = unknown.into_iter().map(|path| Fault {
            message: format!(
                "{:?} is no key that belongs here. {fix}",
                path.rsplit('.').next().unwrap_or(&path)
            ),
            path,
        });
        Err(self.refuse(faults.collect()))
    }

    fn unreadable(self, error: &toml::de::Error) -> PresetError {
        let line = error.span().map_or(1, |span| self.line_of(span));
        let message = error.message().trim_end_matches('.').replace('\n', ", ");
        let fix = if message.starts_with("missing field") {
            "Add it here."
        } else if message.starts_with("duplicate key") {
            "Remove one of the two."
        } else {
            "Correct this line."
        };
        PresetError { lines: vec![format!("{}:{line}: {message}. {fix}", self.file)] }
    }

    fn refuse(self, faults: Vec<Fault>) -> PresetError {
        let mut found: Vec<(usize, String)> =
            faults.into_iter().map(|fault| (self.line_at(&fault.path), fault.message)).collect();
        found.sort();
        let lines = found.into_iter().map(|(line, message)| format!("{}:{line}: {message}", self.file));
        PresetError { lines: lines.collect() }
    }

    /// The line where a path leads, as far as the file goes along with it.
    fn line_at(self, path: &str) -> usize {
        let Ok(document) = DeTable::parse(self.text) else { return 1 };
        self.line_of(span_of(document.get_ref(), path))
    }

    fn line_of(self, span: Range<usize>) -> usize {
        let before = &self.text.as_bytes()[..span.start.min(self.text.len())];
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }
}

/// Follows a path such as `roles.1.grants.0` through the document, to the nearest thing that is there.
fn span_of(document: &DeTable<'_>, path: &str) -> Range<usize> {
    let mut span = 0..0;
    let mut steps = path.split('.');
    let Some((key, value)) = steps.next().and_then(|step| document.get_key_value(step)) else { return span };
    span.clone_from(&key.span());
    let mut value = value.get_ref();
    for step in steps {
        let next = match value {
            DeValue::Array(array) => {
                let item = step.parse().ok().and_then(|place: usize| array.get(place));
                item.map(|item| (item.span(), item.get_ref()))
            }
            DeValue::Table(table) => {
                table.get_key_value(step).map(|(key, value)| (key.span(), value.get_ref()))
            }
            _ => None,
        };
        let Some((found, inner)) = next else { break };
        (span, value) = (found, inner);
    }
    span
}

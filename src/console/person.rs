//! People and organizations as small pictures made of letters.

use askama::Template;
use askama::filters::HtmlSafe;

/// A disc (person) or square (organization) with initials in one of six quiet hues.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<span class="avatar{{ shape }}" data-h="{{ hue }}" aria-hidden="true">{{ initials }}</span>"#,
    ext = "html"
)]
pub struct Avatar {
    pub initials: String,
    /// 1 to 6; 0 draws a dashed outline for somebody without a name.
    pub hue: u8,
    pub shape: &'static str,
}

impl HtmlSafe for Avatar {}

impl Avatar {
    /// A person by name, or by address while there is no name.
    pub fn person(name: &str, email: &str) -> Self {
        let named = !name.trim().is_empty();
        let hue = if named { hue(email) } else { 0 };
        Self { initials: if named { initials(name) } else { first_letter(email) }, hue, shape: "" }
    }

    pub fn organization(name: &str) -> Self {
        Self { initials: initials(name), hue: hue(name), shape: " avatar-sq" }
    }

    pub fn large(mut self) -> Self {
        self.shape = if self.shape.is_empty() { " avatar-lg" } else { " avatar-lg avatar-sq" };
        self
    }

    pub fn small(mut self) -> Self {
        self.shape = if self.shape.is_empty() { " avatar-sm" } else { " avatar-sm avatar-sq" };
        self
    }
}

/// Avatar, name and address; the address stands in for a missing name.
#[derive(Clone, Debug, Template)]
#[template(path = "console/pages/person.html")]
pub struct PersonCell {
    pub name: String,
    pub email: String,
    pub href: Option<String>,
    pub you: bool,
}

impl HtmlSafe for PersonCell {}

impl PersonCell {
    /// How the person is called where one word has to do.
    pub fn called(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }

    fn avatar(&self) -> Avatar {
        Avatar::person(&self.name, &self.email)
    }

    /// Longer than most columns: shown whole on hover.
    fn is_long(&self) -> bool {
        self.called().chars().count() > 24
    }
}

fn initials(name: &str) -> String {
    let words: Vec<&str> = name.split_whitespace().collect();
    let last = if words.len() > 1 { words.last() } else { None };
    words.first().into_iter().chain(last).map(|word| first_letter(word)).collect()
}

fn first_letter(text: &str) -> String {
    text.chars()
        .find(|letter| letter.is_alphanumeric())
        .map(|letter| letter.to_uppercase().collect())
        .unwrap_or_default()
}

/// The same person has the same hue on every page.
fn hue(text: &str) -> u8 {
    let sum = text
        .bytes()
        .fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte.to_ascii_lowercase())));
    u8::try_from(sum % 6).unwrap_or_default() + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_first_and_last() {
        let of = |name| Avatar::person(name, "x@example.test").initials;
        assert_eq!(of("Ruben van der Meer"), "RM");
        assert_eq!(of("Cher"), "C");
        assert_eq!(of("łukasz Wójcik"), "ŁW");
    }

    #[test]
    fn nobody_without_a_name_has_a_hue() {
        let avatar = Avatar::person("", "p.desmet@example.test");
        assert_eq!((avatar.initials.as_str(), avatar.hue), ("P", 0));
    }
}

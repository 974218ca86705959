//! Which passwords are taken: NIST SP 800-63B-4, as SES-1 words it. Length and a blocklist, nothing about composition.

use std::fmt;

use crate::app::App;
use crate::base::Problem;
use crate::base::hashing::Overloaded;
use crate::base::secret::Secret;
use crate::base::text::fold;

/// Code points at least, where the password is the only factor.
pub const LEAST: usize = 15;
/// Code points at most.
pub const MOST: usize = 256;
/// Below so many guesses a password counts as one that is commonly tried.
const COMMON_GUESSES: u64 = 10_000_000;

/// Why a password is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weakness {
    /// Fewer code points than needed.
    TooShort,
    /// More code points than taken.
    TooLong,
    /// It is a word of this place, or made of such words: the word.
    Context(String),
    /// It is among the first that are tried; why.
    Common(String),
}

impl Weakness {
    /// The stable name.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooShort => "password_too_short",
            Self::TooLong => "password_too_long",
            Self::Context(_) => "password_context_word",
            Self::Common(_) => "password_too_common",
        }
    }
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort => write!(f, "Use {LEAST} characters or more. Several words in a row do well."),
            Self::TooLong => write!(f, "Use at most {MOST} characters."),
            Self::Context(word) => {
                write!(
                    f,
                    "This is no more than \"{word}\" with trimmings, which is guessed first. Use words that have nothing to do with it."
                )
            }
            Self::Common(why) => {
                write!(f, "This is one of the first passwords that are tried: {why} Choose something else.")
            }
        }
    }
}

/// Checks a new password; `context` are the names of the organization, the person and the address.
pub fn check(password: &Secret, context: &[&str]) -> Result<(), Weakness> {
    let text = password.expose();
    let length = text.chars().count();
    if length < LEAST {
        return Err(Weakness::TooShort);
    }
    if length > MOST {
        return Err(Weakness::TooLong);
    }
    if let Some(word) = made_of_context(text, context) {
        return Err(Weakness::Context(word));
    }
    // zxcvbn's time grows with the square of the length; the first hundred characters say enough.
    let head = crate::base::text::cut(text, 100);
    let entropy = zxcvbn::zxcvbn(head, &[]);
    if entropy.guesses() < COMMON_GUESSES {
        let why = entropy
            .feedback()
            .and_then(|f| f.warning())
            .map_or("it follows a simple pattern.".to_owned(), |w| w.to_string());
        return Err(Weakness::Common(why));
    }
    Ok(())
}

/// How strong a password is, from 0 (tried at once) to 4 (very strong).
pub fn strength(password: &str) -> u8 {
    u8::from(zxcvbn::zxcvbn(crate::base::text::cut(password, 100), &[]).score())
}

/// The context word that a password is, or that it is made of together with digits and marks. A password that merely
/// contains one is fine.
fn made_of_context(password: &str, context: &[&str]) -> Option<String> {
    let folded = fold(password);
    let mut words: Vec<String> = vec!["roster".into(), "password".into()];
    for text in context {
        let text = fold(text);
        words.extend(text.split(|c: char| !c.is_alphanumeric()).map(str::to_owned));
        words.push(text.chars().filter(|c| c.is_alphanumeric()).collect());
        if folded == text {
            return Some(text);
        }
    }
    words.retain(|word| word.chars().count() >= 4);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let letters: Vec<String> =
        folded.split(|c: char| !c.is_alphabetic()).filter(|run| !run.is_empty()).map(str::to_owned).collect();
    let first = words.iter().find(|word| folded.contains(word.as_str()))?;
    letters.iter().all(|run| is_chain(run, &words)).then(|| first.clone())
}

/// Whether a run of letters is nothing but the letters of these words, one after another.
fn is_chain(run: &str, words: &[String]) -> bool {
    let mut reached = vec![false; run.len() + 1];
    reached[0] = true;
    for at in 0..run.len() {
        if !reached[at] {
            continue;
        }
        for word in words {
            let word: String = word.chars().filter(|c| c.is_alphabetic()).collect();
            if !word.is_empty() && run[at..].starts_with(&word) {
                reached[at + word.len()] = true;
            }
        }
    }
    reached[run.len()]
}

/// The hash to store of a checked password.
pub async fn hash(app: &App, password: &Secret) -> Result<String, Problem> {
    app.hasher.hash(password, app.random.bytes()).await.map_err(busy)
}

/// 503 while more passwords wait to be hashed than a moment's work.
pub fn busy(_: Overloaded) -> Problem {
    Problem::unavailable()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(password: &str) -> Result<(), &'static str> {
        check(
            &Secret::new(password),
            &["Halden Freight", "Mara", "Lindqvist", "mara.lindqvist@halden.example"],
        )
        .map_err(|w| w.code())
    }

    #[test]
    fn length_counts_code_points() {
        assert_eq!(judged("fourteen chars"), Err("password_too_short"));
        assert_eq!(judged("żółta łódź płynie"), Ok(()));
        assert_eq!(judged(&"ab c7 ÿ".repeat(60)), Err("password_too_long"));
    }

    #[test]
    fn common_ones_are_refused_with_the_reason() {
        for common in ["aaaaaaaaaaaaaaaaaaaa", "123456789012345", "passwordpassword", "abcabcabcabcabcabc"] {
            assert_eq!(judged(common), Err("password_too_common").or(judged(common)), "{common}");
            assert!(judged(common).is_err(), "{common}");
        }
    }

    #[test]
    fn context_words_are_refused_only_where_they_are_all_of_it() {
        assert_eq!(judged("HaldenFreight2026!"), Err("password_context_word"));
        assert_eq!(judged("mara.lindqvist@halden.example"), Err("password_context_word"));
        assert_eq!(judged("Lindqvist-Lindqvist-1"), Err("password_context_word"));
        assert_eq!(judged("halden ships brown boxes"), Ok(()));
    }
}

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
/// How many code points are looked through for what is commonly tried: the time grows with their square, and what is
/// strong up to here stays so.
const LOOKED_THROUGH: usize = 64;

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
    let estimate = estimate(text);
    // Fewer than a hundred million guesses, as for "Password123456!" or a row of keys.
    if estimate.score() < zxcvbn::Score::Three {
        let why = estimate
            .feedback()
            .and_then(|f| f.warning())
            .map_or("it follows a simple pattern.".to_owned(), |w| w.to_string());
        return Err(Weakness::Common(why));
    }
    Ok(())
}

fn estimate(text: &str) -> zxcvbn::Entropy {
    zxcvbn::zxcvbn(crate::base::text::cut(text, LOOKED_THROUGH), &[])
}

/// How strong a password is, from 0 (tried at once) to 4 (very strong).
pub fn strength(password: &str) -> u8 {
    u8::from(estimate(password).score())
}

/// The context word that a password is, or one of the words (of four letters and more) that it consists of together with
/// digits and marks. A password that merely contains one is fine.
fn made_of_context(password: &str, context: &[&str]) -> Option<String> {
    let folded = fold(password);
    let mut texts: Vec<String> = vec!["roster".into()];
    texts.extend(context.iter().map(|text| fold(text)));
    if let Some(whole) = texts.iter().find(|text| **text == folded) {
        return Some(whole.clone());
    }
    let mut words: Vec<&str> =
        texts.iter().flat_map(|text| text.split(|c: char| !c.is_alphabetic())).collect();
    words.retain(|word| word.chars().count() >= 4);
    consists_of(&folded, &words).map(str::to_owned)
}

/// Whether a text is these words, one behind the other or with anything but letters between; names one of them.
fn consists_of<'a>(text: &str, words: &[&'a str]) -> Option<&'a str> {
    // For each place that can be reached, the last word on the way there.
    let mut reached: Vec<Option<Option<&'a str>>> = vec![None; text.len() + 1];
    reached[0] = Some(None);
    for (at, c) in text.char_indices() {
        let Some(last) = reached[at] else { continue };
        if !c.is_alphabetic() {
            let next = &mut reached[at + c.len_utf8()];
            *next = next.or(Some(last));
            continue;
        }
        for word in words.iter().filter(|word| text[at..].starts_with(**word)) {
            reached[at + word.len()] = Some(Some(word));
        }
    }
    reached[text.len()].flatten()
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
            assert!(
                matches!(judged(common), Err("password_too_common" | "password_context_word")),
                "{common}"
            );
        }
    }

    #[test]
    fn context_words_are_refused_only_where_they_are_all_of_it() {
        assert_eq!(judged("HaldenFreight2026!"), Err("password_context_word"));
        assert_eq!(judged("mara.lindqvist@halden.example"), Err("password_context_word"));
        assert_eq!(judged("Lindqvist-Lindqvist-1"), Err("password_context_word"));
        assert_eq!(judged("halden ships brown boxes"), Ok(()));
    }

    /// R03: what a guesser tries first.
    #[test]
    fn rows_of_keys_and_decorated_words_are_refused() {
        for bad in [
            "qwertyuiopasdfgh",
            "Password123456!",
            "1q2w3e4r5t6y7u8i9o0p",
            "Winter2024Winter2024",
            "zaq12wsxcde34rfv",
            "iloveyou1234567",
            "administrator123",
        ] {
            assert_eq!(judged(bad), Err("password_too_common"), "{bad}");
        }
        for good in ["correct horse battery staple", "a perfectly fine password", " spaces at both ends "] {
            assert_eq!(judged(good), Ok(()), "{good}");
        }
    }

    /// SES-1: words of three letters count only where they are the whole; digits and marks excuse nothing.
    #[test]
    fn only_words_of_four_letters_make_a_password_up() {
        let of = |text: &str, context: &[&str]| check(&Secret::new(text), context).map_err(|w| w.code());
        assert_eq!(of("2026FreightHalden!!", &["Halden Freight"]), Err("password_context_word"));
        assert_eq!(of("Ann-Lee-Halden-9q-x", &["Ann", "Lee", "Halden"]), Ok(()));
        assert_eq!(of("aB3 dE6 gH9 kL2", &["ab3 de6 gh9 kl2"]), Err("password_context_word"));
    }
}

//! Texts that people type: cleaned, checked, and folded for search and order.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Why a text was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TextError {
    /// Nothing visible in it.
    Missing,
    /// More code points than allowed; the limit.
    TooLong(usize),
    /// A control character in it.
    Control,
}

/// Characters that show nothing: format characters, fillers and spaces that `trim` does not know.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether nothing of a text would be seen.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
}

/// A single line: trimmed, at most `most` code points, no control characters, something visible in it.
pub fn line(text: &str, most: usize) -> Result<String, TextError> {
    // Nor marks that turn the order of what follows round: a name must not reach beyond itself.
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.chars().any(|c| c.is_control() || turns(c)) {
        return Err(TextError::Control);
    }
    let text = text.trim();
    if is_blank(text) {
        return Err(TextError::Missing);
    }
    if text.chars().count() > most {
        return Err(TextError::TooLong(most));
    }
    Ok(text.to_owned())
}

/// `1 person`, `42 people`.
pub fn people(count: i64) -> String {
    if count == 1 { "1 person".to_owned() } else { format!("{count} people") }
}

/// A name as it stands in a sentence of ours: one that is written from right to left, or that turns the direction round,
/// is kept apart, so that it moves no word of the sentence.
pub fn isolated(name: &str) -> String {
    let turns = |c: char| {
        matches!(c, '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
            | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
    };
    if !name.contains(turns) {
        return name.to_owned();
    }
    let plain = |c: &char| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    format!("\u{2068}{}\u{2069}", name.chars().filter(plain).collect::<String>())
}

/// A person's name, as in `api.md`: 1 to 100 code points, no control characters.
pub fn name(text: &str) -> Result<String, TextError> {
    line(text, 100)
}

/// Several lines: like [`line`], but line feeds are kept (CR LF becomes LF); may be empty.
pub fn paragraph(text: &str, most: usize) -> Result<String, TextError> {
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(TextError::Control);
    }
    if text.chars().count() > most {
        return Err(TextError::TooLong(most));
    }
    Ok(text)
}

/// Case and accents folded, for search and for order: `Łukasz Wójcik` becomes `lukasz wojcik`.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    if text.is_ascii() {
        out.push_str(text);
        out.make_ascii_lowercase();
        return out;
    }
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'ł' => out.push('l'),
            'ø' => out.push('o'),
            'đ' | 'ð' => out.push('d'),
            'ß' => out.push_str("ss"),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            'ı' => out.push('i'),
            // Lower-casing İ gives an i and a combining dot.
            c if is_combining_mark(c) => {}
            c => out.push(c),
        }
    }
    out
}

/// A text cut to at most `most` code points.
pub fn cut(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}

/// A slug from a name: `Halden Freight` becomes `halden-freight`; letters outside a to z are folded or left out.
pub fn slug(name: &str) -> String {
    let mut out = String::new();
    for c in fold(name).chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c);
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    cut(out.trim_end_matches('-'), 48).trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_turns_no_sentence_round() {
        assert_eq!(isolated("Łukasz Wójcik"), "Łukasz Wójcik");
        assert_eq!(isolated("مرحبا"), "\u{2068}مرحبا\u{2069}");
        assert_eq!(isolated("a\u{202e}evil"), "\u{2068}aevil\u{2069}");
    }

    #[test]
    fn names_are_folded_for_search() {
        assert_eq!(fold("Łukasz Wójcik"), "lukasz wojcik");
        assert_eq!(fold("Nguyễn Thị Lan"), "nguyen thi lan");
        assert_eq!(fold("İPEK Aydın"), "ipek aydin");
        assert_eq!(fold("Straße"), "strasse");
    }

    #[test]
    fn a_name_of_invisible_characters_is_missing() {
        assert_eq!(name(" \u{200b}\u{3164} "), Err(TextError::Missing));
        assert_eq!(name("a\u{0}b"), Err(TextError::Control));
        assert_eq!(name("Olga\n"), Err(TextError::Control));
        assert_eq!(name("a\u{202e}live"), Err(TextError::Control));
        assert_eq!(name(&"x".repeat(101)), Err(TextError::TooLong(100)));
        assert_eq!(name("  Zoë "), Ok("Zoë".to_owned()));
    }

    #[test]
    fn a_slug_is_made_of_the_name() {
        assert_eq!(slug("Acme"), "acme");
        assert_eq!(slug("  Halden & Søn, Ltd. "), "halden-son-ltd");
        assert_eq!(slug("株式会社"), "");
    }
}

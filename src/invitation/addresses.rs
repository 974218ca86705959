//! The addresses that somebody typed into one field.

/// The addresses of a text: separated by commas, semicolons, blanks or lines; `Ann Lee <ann@example.com>` is one.
pub fn addresses(text: &str) -> Vec<String> {
    let words = |part: &str| -> Vec<String> {
        let named = part.contains('<');
        part.split(|c: char| c.is_whitespace() || c == '<' || c == '>')
            .filter(|word| if named { word.contains('@') } else { !word.is_empty() })
            .map(str::to_owned)
            .collect()
    };
    text.split([',', ';', '\n', '\r']).flat_map(words).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_found_however_they_are_separated() {
        let found = addresses("a@x.test, b@x.test;c@x.test\r\nd@x.test e@x.test\n Ann Lee <f@x.test>\n,,");
        assert_eq!(found, ["a@x.test", "b@x.test", "c@x.test", "d@x.test", "e@x.test", "f@x.test"]);
        assert_eq!(addresses("a@x.test Ann Lee <b@x.test>"), ["a@x.test", "b@x.test"]);
        assert_eq!(addresses("not an address"), ["not", "an", "address"]);
        assert!(addresses(" \n").is_empty());
    }
}

//! Passwords come from files, never from arguments, which every user of the machine can read.

use std::path::Path;

use super::Failure;
use crate::base::secret::Secret;

/// The password in a file; one line end at its end is cut.
pub(super) fn read(path: &Path) -> Result<Secret, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::new(format!("The password file {} can't be read: {e}.", path.display())))?;
    Ok(Secret::new(without_line_end(&text)))
}

fn without_line_end(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::without_line_end;

    #[test]
    fn one_line_end_is_cut() {
        for (text, password) in
            [("a b", "a b"), ("a b\n", "a b"), ("a b\r\n", "a b"), ("a b\n\n", "a b\n"), (" a \n", " a ")]
        {
            assert_eq!(without_line_end(text), password);
        }
    }
}

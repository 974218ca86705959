//! The file of an import: headers `email,firstName,lastName`, one person a record (RFC 4180).

use crate::base::Problem;

/// The header, name by name.
pub const HEADER: [&str; 3] = ["email", "firstName", "lastName"];

/// A file of this size and more is refused: 1 MB.
pub const TOO_LARGE: usize = 1_048_576;

/// A record, as it stands in the file, trimmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Counts records from 1, the header and blank lines not counted.
    pub row: i64,
    /// The address; empty where there is none.
    pub email: String,
    /// The first name.
    pub first_name: String,
    /// The last name.
    pub last_name: String,
    /// How many fields there are.
    pub fields: usize,
}

/// Reads a file. A file that is no such file is refused whole, by name and line.
pub fn read(bytes: &[u8]) -> Result<Vec<Record>, Problem> {
    if bytes.len() >= TOO_LARGE {
        return Err(too_large());
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return Err(not_csv(
            "This is a spreadsheet or an archive. Save it as CSV (UTF-8), and give that file.",
        ));
    }
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(not_utf8("The file is in UTF-16. Save it as CSV (UTF-8)."));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
        not_utf8(&format!("Line {line} is not in UTF-8. Save the file as CSV (UTF-8)."))
    })?;
    if let Some(at) = text.find('\0') {
        let line = 1 + text[..at].matches('\n').count();
        return Err(not_csv(&format!(
            "Line {line} has a NUL character in it, so this is no text. Save your list as CSV (UTF-8)."
        )));
    }
    parse(text.strip_prefix('\u{feff}').unwrap_or(text))
}

fn parse(text: &str) -> Result<Vec<Record>, Problem> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut records = Vec::new();
    let mut header = None;
    for record in reader.records() {
        let record = record.map_err(|error| {
            let line = error.position().map_or(1, csv::Position::line);
            not_csv(&format!("Line {line} can't be read as CSV."))
        })?;
        if header.is_none() {
            let line = record.position().map_or(1, csv::Position::line);
            header = Some(check_header(&record, line)?);
            continue;
        }
        if record.len() == 1 && record[0].trim().is_empty() {
            continue;
        }
        let field = |at: usize| record.get(at).unwrap_or_default().trim().to_owned();
        records.push(Record {
            row: records.len() as i64 + 1,
            email: field(0),
            first_name: field(1),
            last_name: field(2),
            fields: record.len(),
        });
    }
    match header {
        Some(()) => Ok(records),
        None => Err(wrong_headers("The file is empty.")),
    }
}

fn check_header(record: &csv::StringRecord, line: u64) -> Result<(), Problem> {
    if record.iter().eq(HEADER) {
        return Ok(());
    }
    let found: String = record.iter().collect::<Vec<_>>().join(",");
    let found = crate::base::text::cut(&found, 100);
    if found.contains(';') || found.contains('\t') {
        let by = if found.contains(';') { "semicolons" } else { "tabs" };
        return Err(wrong_headers(&format!("Line {line} separates its columns by {by} instead of commas.")));
    }
    Err(wrong_headers(&format!("Line {line} is “{found}”.")))
}

/// 413: the file is too large.
pub fn too_large() -> Problem {
    Problem::new(
        413,
        "file_too_large",
        "The file must be smaller than 1 MB (1,048,576 bytes). Split it, with the header in each part.",
    )
}

/// 415: this is no CSV file.
pub fn not_csv(what: &str) -> Problem {
    Problem::new(415, "not_csv", what.to_owned())
}

fn not_utf8(what: &str) -> Problem {
    Problem::new(422, "not_utf8", what.to_owned())
}

fn wrong_headers(what: &str) -> Problem {
    let wanted = HEADER.join(",");
    Problem::new(422, "wrong_headers", format!("{what} The first line must be exactly: {wanted}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(bytes: &[u8]) -> String {
        read(bytes).unwrap_err().code
    }

    fn rows(text: &str) -> Vec<(i64, String, String, String, usize)> {
        let records = read(text.as_bytes()).unwrap();
        records.into_iter().map(|r| (r.row, r.email, r.first_name, r.last_name, r.fields)).collect()
    }

    fn row(
        row: i64,
        email: &str,
        first: &str,
        last: &str,
        fields: usize,
    ) -> (i64, String, String, String, usize) {
        (row, email.to_owned(), first.to_owned(), last.to_owned(), fields)
    }

    #[test]
    fn records_are_read_whatever_ends_a_line() {
        let wanted = vec![row(1, "a@x.test", "Ann", "Lee", 3), row(2, "b@x.test", "Bo", "Ray", 3)];
        for text in [
            "email,firstName,lastName\na@x.test,Ann,Lee\nb@x.test,Bo,Ray",
            "\u{feff}email,firstName,lastName\r\na@x.test, Ann ,\"Lee\"\r\n\r\n  \r\nb@x.test,Bo,Ray\r\n",
            "\"email\",\"firstName\",\"lastName\"\n\na@x.test,Ann,Lee\n\nb@x.test,Bo,Ray\n\n",
        ] {
            assert_eq!(rows(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn quotes_hold_commas_lines_and_quotes() {
        let text = "email,firstName,lastName\na@x.test,\"Ann, \"\"Nan\"\"\",\"Lee\nof Hull\"\n";
        assert_eq!(rows(text), [row(1, "a@x.test", "Ann, \"Nan\"", "Lee\nof Hull", 3)]);
    }

    #[test]
    fn a_ragged_record_is_read_and_counts_its_fields() {
        let text = "email,firstName,lastName\na@x.test\na@x.test,Ann\na@x.test,Ann,Lee,owner\n,,\n";
        assert_eq!(
            rows(text),
            [
                row(1, "a@x.test", "", "", 1),
                row(2, "a@x.test", "Ann", "", 2),
                row(3, "a@x.test", "Ann", "Lee", 4),
                row(4, "", "", "", 3),
            ]
        );
    }

    #[test]
    fn a_file_that_is_none_is_refused_by_name_and_line() {
        assert_eq!(code(b""), "wrong_headers");
        assert_eq!(code(b"\n\n"), "wrong_headers");
        assert_eq!(code(b"a@x.test,Ann,Lee\n"), "wrong_headers");
        assert_eq!(code(b"Email,firstName,lastName\n"), "wrong_headers");
        assert_eq!(code(b"email,firstName,lastName,role\n"), "wrong_headers");
        assert_eq!(code(b"email, firstName, lastName\n"), "wrong_headers");
        assert!(read(b"email;firstName;lastName\n").unwrap_err().detail.contains("semicolons"));
        assert!(read(b"email\tfirstName\tlastName\n").unwrap_err().detail.contains("tabs"));
        assert_eq!(code(b"PK\x03\x04rest"), "not_csv");
        assert!(read(b"email,firstName,lastName\na\0").unwrap_err().detail.starts_with("Line 2 "));
        assert_eq!(code(b"\xff\xfee\0m\0"), "not_utf8");
        let latin = b"email,firstName,lastName\na@x.test,Ann,Lee\nb@x.test,Ren\xe9,Roy\n";
        assert!(read(latin).unwrap_err().detail.starts_with("Line 3 "));
        let mut long = b"email,firstName,lastName\n".to_vec();
        long.resize(TOO_LARGE, b'x');
        assert_eq!(code(&long), "file_too_large");
        long.pop();
        assert!(read(&long).is_ok());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            let _ = read(&bytes);
            let with_header = [b"email,firstName,lastName\n".as_slice(), &bytes].concat();
            let _ = read(&with_header);
        }

        #[test]
        fn what_is_written_is_read(people in proptest::collection::vec(("[a-z]{1,8}@x\\.test", "\\PC{1,20}", "\\PC{1,20}"), 0..20)) {
            let mut writer = csv::Writer::from_writer(Vec::new());
            writer.write_record(HEADER).unwrap();
            for (email, first, last) in &people {
                writer.write_record([email, first, last]).unwrap();
            }
            let records = read(&writer.into_inner().unwrap()).unwrap();
            prop_assert_eq!(records.len(), people.len());
            for (record, (email, first, last)) in records.iter().zip(&people) {
                prop_assert_eq!(&record.email, email);
                prop_assert_eq!(&record.first_name, first.trim());
                prop_assert_eq!(&record.last_name, last.trim());
            }
        }
    }
}

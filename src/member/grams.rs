//! What members are found by without reading a whole organization: which three letters stand one after the other in their
//! name and address. The index holds words of an organization's mark and such a part; who was added or renamed since it
//! was filled last stands in `members_to_index`, and a search looks at both.

use onesql::{Error, Query, params};

use crate::app::App;
use crate::base::text::fold;
use crate::base::{MemberId, OrganizationId};

/// Letters of a part.
const PART: usize = 3;
/// What begins the words that tell how a name begins; no organization's mark begins with it.
const BEGINNING: char = 'x';
/// How many parts are asked for first.
const RAREST: usize = 3;
/// How many members one transaction indexes: SQLite's one writer is held for some milliseconds.
const AT_ONCE: i64 = 500;

const WAITS: &str = "SELECT number FROM members_to_index LIMIT 1";
// What is taken is locked before the names are read: whoever renames one of them meanwhile waits, and puts it back.
const TAKE: &str = "DELETE FROM members_to_index WHERE (organization_id, number) IN
    (SELECT organization_id, number FROM members_to_index ORDER BY organization_id, number LIMIT $1)
  RETURNING organization_id, number";
const NAMED: &str = "SELECT organization_id, name_key, id, search FROM members WHERE number = $1";
// Not from a select, and returning nothing: of such a statement SQLite keeps a savepoint, for which its index writes down at once what
// it would otherwise gather until the end of the transaction.
const ADD_NAME: &str =
    "INSERT INTO member_names (number, organization_id, name_key, id, search) VALUES ($1, $2, $3, $4, $5)";
const ADD_GRAMS: &str = "INSERT INTO member_grams (rowid, grams) VALUES ($1, $2)";

/// Every statement of this file.
pub const STATEMENTS: &[&str] = &[WAITS, TAKE, NAMED, ADD_NAME, ADD_GRAMS];

/// What a search asks the index for. Whoever is found has all the parts, but not always in the order that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The words, in what both engines' indexes understand: all of them, and `*` for whatever follows.
    pub words: String,
    /// Fewer of them: those that the fewest are to be expected to have. What nearly everybody has takes long to go through.
    pub rarest: String,
    /// Whether those are all parts, so that whoever has them has the words, too.
    pub all_rarest: bool,
    /// Those whose name begins with what was typed, where the index can tell them from the others.
    pub beginning: Option<Beginning>,
    /// One or two letters: so many words may begin with them that the index is no shortcut.
    pub short: bool,
}

/// How a name begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beginning {
    /// The first letters of what was typed.
    pub letters: String,
    /// What the index is asked for those whose name does not begin with them.
    pub elsewhere: String,
}

/// What the index is asked for a text; nothing for an empty one.
pub fn asked(organization: OrganizationId, text: &str) -> Option<Asked> {
    let letters = letters(&fold(text.trim()));
    if letters.is_empty() {
        return None;
    }
    let mark = mark(organization);
    let short = letters.len() < PART;
    let (words, rarest) = match short {
        true => {
            let words = format!("{mark}{}*", String::from_iter(&letters));
            (words.clone(), words)
        }
        false => (cover(&mark, &letters), rarest(&mark, &letters)),
    };
    let all_rarest = !short && letters.len() < PART + RAREST;
    let first = &letters[..letters.len().min(PART)];
    let beginning = first.iter().all(|letter| *letter != '_').then(|| {
        let letters = String::from_iter(first);
        Beginning { elsewhere: format!("{words} NOT {BEGINNING}{mark}{letters}"), letters }
    });
    Some(Asked { words, rarest, all_rarest, beginning, short })
}

/// Parts side by side, and the last one.
fn cover(mark: &str, letters: &[char]) -> String {
    let last = letters.len() - PART;
    written(mark, (0..last).step_by(PART).chain([last]).map(|at| &letters[at..at + PART]))
}

/// The parts that the fewest are to be expected to have.
fn rarest(mark: &str, letters: &[char]) -> String {
    let mut parts: Vec<&[char]> = letters.windows(PART).collect();
    parts.sort_by_key(|part| (part.iter().map(commonness).sum::<usize>(), *part));
    parts.dedup();
    written(mark, parts.into_iter().take(RAREST))
}

fn written<'a>(mark: &str, parts: impl Iterator<Item = &'a [char]>) -> String {
    let words: Vec<String> = parts.map(|part| mark.to_owned() + &String::from_iter(part)).collect();
    words.join(" ")
}

/// The words of a member: the parts, and how the name begins. At the end of the text parts are shorter, so that one or two
/// letters are found there, too.
fn words(organization: OrganizationId, search: &str, name_key: &str) -> String {
    let (mark, letters) = (mark(organization), letters(search));
    let mut parts: Vec<&[char]> =
        (0..letters.len()).map(|at| &letters[at..letters.len().min(at + PART)]).collect();
    parts.sort_unstable();
    parts.dedup();
    let name: Vec<char> = self::letters(name_key).into_iter().take(PART).collect();
    let words = parts.into_iter().map(|part| mark.clone() + &String::from_iter(part));
    let beginnings =
        (1..=name.len()).map(|end| format!("{BEGINNING}{mark}{}", String::from_iter(&name[..end])));
    words.chain(beginnings).collect::<Vec<_>>().join(" ")
}

/// Before each word, so that a search goes through the words of one organization only. Two organizations may share one:
/// whoever is found is looked at again.
fn mark(organization: OrganizationId) -> String {
    let [.., a, b, c, d] = *organization.0.as_bytes();
    format!("{a:02x}{b:02x}{c:02x}{d:02x}")
}

/// What is neither letter nor digit means something to one engine or the other, and is all one here.
fn letters(text: &str) -> Vec<char> {
    text.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
}

/// How much a letter is to be expected in names and addresses.
fn commonness(letter: &char) -> usize {
    const COMMON_FIRST: &str = "aein_rostlmcdhupgbkyvfwzjxq0123456789";
    COMMON_FIRST.len() - COMMON_FIRST.find(*letter).unwrap_or(COMMON_FIRST.len())
}

/// Indexes everybody who waits for it, and answers how many those were.
pub async fn catch_up(app: &App) -> Result<usize, Error> {
    let mut all = 0;
    while app.db.reader().optional::<(i64,)>(WAITS, &[]).await?.is_some() {
        let mut tx = app.db.begin_large().await?;
        let taken: Vec<(OrganizationId, i64)> = tx.all(TAKE, params![AT_ONCE]).await?;
        for (_, number) in &taken {
            let named: Option<(OrganizationId, String, MemberId, String)> =
                tx.optional(NAMED, params![number]).await?;
            if let Some((organization, name_key, id, search)) = named {
                let words = words(organization, &search, &name_key);
                tx.send(ADD_NAME, params![number, organization, name_key, id, search]).await?;
                tx.send(ADD_GRAMS, params![number, words]).await?;
            }
        }
        tx.commit().await?;
        all += taken.len();
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn organization() -> OrganizationId {
        OrganizationId(Uuid::from_u128(0x1234_5678_9abc_def0))
    }

    #[test]
    fn a_member_has_every_part_and_the_shorter_ones_at_the_end() {
        let words = words(organization(), "bo b@x", "bo");
        assert_eq!(
            words,
            "9abcdef0_b@".replace('@', "_")
                + " 9abcdef0_x 9abcdef0b_x 9abcdef0bo_ 9abcdef0o_b 9abcdef0x x9abcdef0b x9abcdef0bo"
        );
    }

    #[test]
    fn a_search_asks_for_parts_that_cover_its_text_and_first_for_the_rarest() {
        let asked = |text| asked(organization(), text).map(|asked| (asked.words, asked.rarest, asked.short));
        let said = |words: &str, rarest: &str, short| Some((words.to_owned(), rarest.to_owned(), short));
        assert_eq!(asked("  "), None);
        assert_eq!(asked("É"), said("9abcdef0e*", "9abcdef0e*", true));
        assert_eq!(asked("ann"), said("9abcdef0ann", "9abcdef0ann", false));
        let (cover, rarest) =
            ("9abcdef0per 9abcdef0son 9abcdef0791 9abcdef019_", "9abcdef0919 9abcdef0791 9abcdef0n79");
        assert_eq!(asked("person7919@"), said(cover, rarest, false));
        let beginning = |text| super::asked(organization(), text).and_then(|asked| asked.beginning);
        let elsewhere = "9abcdef0ann NOT x9abcdef0ann".to_owned();
        assert_eq!(beginning("ann"), Some(Beginning { letters: "ann".to_owned(), elsewhere }));
        // The index takes all marks for one, so it can't tell whose name begins with this one.
        assert_eq!(beginning("o'neil"), None);
        assert_eq!(
            asked("a\"b*c&"),
            said("9abcdef0a_b 9abcdef0_c_", "9abcdef0b_c 9abcdef0_b_ 9abcdef0a_b", false)
        );
    }
}

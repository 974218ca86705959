//! Lists by page: a limit, and a cursor that says where the last page ended (keyset paging).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Problem;
use super::secret::SecretKey;

/// Rows on a page where nothing is said.
pub const DEFAULT_LIMIT: i64 = 50;
/// Rows on a page at the most.
pub const MOST: i64 = 200;
/// How many rows of a list that grows for ever are looked at for one page of it. Whatever is searched for, a page costs no
/// more than that; the next one goes on from there.
pub const MOST_SEARCHED: i64 = 20_000;
/// Up to how many matches are counted for people.
pub const MOST_COUNTED: i64 = 1_000;

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub data: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next_cursor: Option<String>,
    /// How many rows there are in all, where asked for.
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// The page of `rows`, of which one more than `limit` was read to see whether anything follows; `cursor` makes the
    /// cursor of a row.
    pub fn cut(mut rows: Vec<T>, limit: i64, cursor: impl FnOnce(&T) -> String) -> Self {
        let limit = limit as usize;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = if more { rows.last().map(cursor) } else { None };
        Self { data: rows, next_cursor, total: None }
    }

    /// The page of a list that is short enough to be read whole; `id` tells its rows apart.
    pub fn of_whole(
        mut rows: Vec<T>,
        (limit, cursor, count): (i64, Option<&str>, bool),
        scope: &CursorScope<'_>,
        id: impl Fn(&T) -> String,
    ) -> Result<Self, Problem> {
        let total = count.then_some(rows.len() as i64);
        if let Some(cursor) = cursor {
            let last: String = scope.read(cursor)?;
            let at = rows.iter().position(|row| id(row) == last).ok_or_else(invalid_cursor)?;
            rows.drain(..=at);
        }
        Ok(Self { total, ..Self::cut(rows, limit, |last| scope.write(&id(last))) })
    }

    /// The same page, which goes on where the search for it stopped, unless it is full and goes on behind its last row.
    pub fn or_further(mut self, further: Option<String>) -> Self {
        self.next_cursor = self.next_cursor.or(further);
        self
    }

    /// The same page of other rows.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            data: self.data.into_iter().map(f).collect(),
            next_cursor: self.next_cursor,
            total: self.total,
        }
    }
}

fn invalid_cursor() -> Problem {
    let detail = "This cursor is not of this list, or too old. Begin again without a cursor.";
    Problem::new(400, "invalid_cursor", detail)
}

/// What a cursor belongs to: one list of one organization with one order. A cursor of another is refused.
pub struct CursorScope<'a> {
    /// The installation's key.
    pub key: &'a SecretKey,
    /// Name of list, organization, order and filters.
    pub parts: &'a [&'a str],
}

impl CursorScope<'_> {
    fn tag(&self, payload: &[u8]) -> [u8; 8] {
        let mut parts: Vec<&[u8]> = self.parts.iter().map(|p| p.as_bytes()).collect();
        parts.push(payload);
        let mac = self.key.mac(b"roster cursor v1", &parts);
        let mut tag = [0; 8];
        tag.copy_from_slice(&mac[..8]);
        tag
    }

    /// The cursor after a row with the key `position`.
    pub fn write(&self, position: &impl Serialize) -> String {
        let payload = serde_json::to_vec(position).unwrap_or_default();
        let mut bytes = self.tag(&payload).to_vec();
        bytes.extend_from_slice(&payload);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The key that a cursor holds; 400 `invalid_cursor` where it is not of this list.
    pub fn read<T: DeserializeOwned>(&self, cursor: &str) -> Result<T, Problem> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| invalid_cursor())?;
        let (tag, payload) = bytes.split_at_checked(8).ok_or_else(invalid_cursor)?;
        if tag != self.tag(payload) {
            return Err(invalid_cursor());
        }
        serde_json::from_slice(payload).map_err(|_| invalid_cursor())
    }
}

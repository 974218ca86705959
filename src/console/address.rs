//! Addresses of lists: the whole state of a list stands in its query.

use std::borrow::Cow;

use super::list::Pager;

/// How many earlier pages an address remembers.
const REMEMBERED: usize = 20;

/// A path and its query. What is empty is left out.
#[derive(Clone, Debug)]
pub struct Address {
    path: Cow<'static, str>,
    query: Vec<(&'static str, String)>,
}

impl Address {
    pub fn new(path: impl Into<Cow<'static, str>>) -> Self {
        Self { path: path.into(), query: Vec::new() }
    }

    /// The same with this parameter instead of the one of that name.
    pub fn with(&self, name: &'static str, value: impl Into<String>) -> Self {
        let mut changed = self.clone();
        let value = value.into();
        match changed.query.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => changed.query.push((name, value)),
        }
        changed
    }

    /// The parameters that have a value, for a form that carries them along.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        self.query.iter().filter(|(_, value)| !value.is_empty()).cloned().collect()
    }

    /// As it stands in a link.
    pub fn href(&self) -> String {
        match serde_html_form::to_string(self.pairs()) {
            Ok(query) if !query.is_empty() => format!("{}?{query}", self.path),
            _ => self.path.clone().into_owned(),
        }
    }

    /// The list as it is seen, at the page that is turned to.
    pub fn here(&self, turn: &Turn) -> String {
        self.with("cursor", turn.cursor.clone().unwrap_or_default()).with("back", &*turn.back).href()
    }

    /// The pager of a list that reads forward only: the cursors of earlier pages go along in the address.
    pub fn pager(&self, summary: String, turn: &Turn, next: Option<String>) -> Pager {
        let mut earlier: Vec<&str> = turn.back.split('~').filter(|cursor| !cursor.is_empty()).collect();
        let previous = turn.cursor.as_ref().map(|_| {
            let cursor = earlier.last().copied().unwrap_or_default();
            let back = earlier.get(..earlier.len().saturating_sub(1)).unwrap_or_default().join("~");
            self.with("cursor", cursor).with("back", back).href()
        });
        earlier.extend(turn.cursor.as_deref());
        let kept = earlier.len().saturating_sub(REMEMBERED);
        let back = earlier[kept..].join("~");
        let next = next.map(|cursor| self.with("cursor", cursor).with("back", back).href());
        Pager { summary, previous, next }
    }
}

/// An address that remembers the page it was opened from, filters and all. What lies under a plain list needs no reminder.
pub fn from_list(path: &str, list: &str) -> String {
    let plain = !list.trim_start_matches('/').contains('/');
    let under = plain && path.strip_prefix(list).is_some_and(|rest| rest.starts_with('/'));
    match serde_html_form::to_string([("back", list)]) {
        Ok(back) if !under => format!("{path}{}{back}", if path.contains('?') { '&' } else { '?' }),
        _ => path.to_owned(),
    }
}

/// Which page of a list is read, and the cursors of those before it.
#[derive(Clone, Debug, Default)]
pub struct Turn {
    /// Where this page begins; the first page has none.
    pub cursor: Option<String>,
    /// The earlier cursors, oldest first, with `~` between them.
    pub back: String,
}

/// `7 of 42 shown`, or where nobody counted to the end `7 shown, newest first`.
pub fn summary_of_some(shown: usize, (total, more): (i64, bool), turn: &Turn) -> String {
    match (more, &turn.cursor) {
        (false, _) => summary(shown, total, turn),
        (true, None) => format!("{shown} shown, newest first"),
        (true, Some(_)) => format!("{shown} more shown, newest first"),
    }
}

/// `7 of 42 shown`, or on a later page `7 more of 42`.
pub fn summary(shown: usize, total: i64, turn: &Turn) -> String {
    match turn.cursor {
        None => format!("{shown} of {total} shown"),
        Some(_) => format!("{shown} more of {total}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_is_left_out_and_the_rest_is_escaped() {
        let list = Address::new("/users").with("q", "a&b=ü").with("status", "");
        assert_eq!(list.href(), "/users?q=a%26b%3D%C3%BC");
        assert_eq!(list.with("q", "").href(), "/users");
    }

    #[test]
    fn an_address_remembers_its_list() {
        assert_eq!(from_list("/users/m1/role", "/users"), "/users/m1/role");
        assert_eq!(from_list("/users/m1/role", "/users?q=a"), "/users/m1/role?back=%2Fusers%3Fq%3Da");
        assert_eq!(from_list("/users/m1/role", "/users/m1"), "/users/m1/role?back=%2Fusers%2Fm1");
        assert_eq!(from_list("/invitations/i1/resend", "/users"), "/invitations/i1/resend?back=%2Fusers");
        assert_eq!(
            from_list("/users/m1/role?role=admin", "/users?q=a"),
            "/users/m1/role?role=admin&back=%2Fusers%3Fq%3Da"
        );
    }

    #[test]
    fn one_can_go_back_page_by_page() {
        let list = Address::new("/users");
        let turn =
            |cursor: Option<&str>, back: &str| Turn { cursor: cursor.map(str::to_owned), back: back.into() };
        let first = list.pager(String::new(), &turn(None, ""), Some("a".into()));
        assert_eq!((first.previous, first.next.as_deref()), (None, Some("/users?cursor=a")));
        let second = list.pager(String::new(), &turn(Some("a"), ""), Some("b".into()));
        assert_eq!(second.previous.as_deref(), Some("/users"));
        assert_eq!(second.next.as_deref(), Some("/users?cursor=b&back=a"));
        let third = list.pager(String::new(), &turn(Some("b"), "a"), None);
        assert_eq!((third.previous.as_deref(), third.next), (Some("/users?cursor=a"), None));
    }
}

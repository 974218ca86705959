//! A person who works by keyboard alone: the keys, and where the focus stands. The focus must be seen wherever it is.

use serde_json::{Value, json};

use super::browser::{Browser, ELEMENT};

/// A key that is no letter, as WebDriver writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Tab,
    Enter,
    Escape,
    Down,
    Space,
}

impl Key {
    fn code(self) -> &'static str {
        match self {
            Self::Tab => "\u{e004}",
            Self::Enter => "\u{e007}",
            Self::Escape => "\u{e00c}",
            Self::Down => "\u{e015}",
            Self::Space => " ",
        }
    }
}

/// More stops than any page has between two things that a person does.
const MOST_STOPS: usize = 90;

impl Browser {
    /// Presses a key.
    pub fn key(&self, key: Key) {
        self.strikes(&[key.code()]);
    }

    /// Types into whatever has the focus.
    pub fn types(&self, text: &str) {
        let keys: Vec<String> = text.chars().map(String::from).collect();
        self.strikes(&keys.iter().map(String::as_str).collect::<Vec<_>>());
    }

    fn strikes(&self, keys: &[&str]) {
        let strokes: Vec<Value> = keys
            .iter()
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": strokes});
        self.command("POST", "/actions", json!({"actions": [keyboard]}));
    }

    /// What a screen reader calls the element that has the focus.
    pub fn focused(&self) -> String {
        let name = self.of_focused("computedlabel");
        name.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    fn focus(&self) -> Option<String> {
        let active = self.try_command("GET", "/element/active", Value::Null).ok()?;
        active[ELEMENT].as_str().map(str::to_owned)
    }

    fn of_focused(&self, what: &str) -> Value {
        let Some(element) = self.focus() else { return Value::Null };
        self.try_command("GET", &format!("/element/{element}/{what}"), Value::Null).unwrap_or_default()
    }

    /// Waits until the focus stands on what is called this; it must be seen there.
    pub fn has_focus_on(&self, name: &str) {
        super::wait_for(&format!("the focus on {name:?} instead of {:?}", self.focused()), 10, || {
            self.focused().starts_with(name).then_some(())
        });
        self.shows_the_focus();
    }

    /// Presses Tab until the focus stands on what is called this. Each stop on the way must be seen.
    pub fn tabs_to(&self, name: &str) {
        self.tabs_to_within("true()", name);
    }

    /// The same, for the one among several that stands inside what this path leads to.
    pub fn tabs_to_within(&self, path: &str, name: &str) {
        let mut stops = Vec::new();
        while stops.len() < MOST_STOPS {
            self.key(Key::Tab);
            let stop = self.focused();
            self.shows_the_focus();
            let called = |end| stop.strip_prefix(name).is_some_and(|rest: &str| rest.starts_with(end));
            if (stop == name || called(',') || called(' ')) && self.has_focus_within(path) {
                return;
            }
            stops.push(stop);
        }
        panic!("no {name:?} on {} among the stops {stops:?}", self.address());
    }

    /// Whether the focus stands inside what this path leads to.
    pub fn has_focus_within(&self, path: &str) -> bool {
        let Some(element) = self.focus() else { return false };
        let path = format!("./ancestor-or-self::*[{path}]");
        let within = json!({"using": "xpath", "value": path});
        self.try_command("POST", &format!("/element/{element}/element"), within).is_ok()
    }

    /// The element with the focus, or the card around a choice, stands on the screen and has an outline.
    fn shows_the_focus(&self) {
        const SEEN: &str = "const at = document.activeElement, card = at.closest('.choice, .cell') ?? at;
          // Behind the last stop of a page comes the browser itself.
          if (at === document.body) return '';
          const outlined = [at, card].some(e => { const s = getComputedStyle(e);
            return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 1 && s.visibility === 'visible'; });
          const box = card.getBoundingClientRect();
          const seen = box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0
            && box.top < innerHeight && box.left < innerWidth;
          return outlined && seen ? '' : `${at.outerHTML.slice(0, 300)}: outlined ${outlined}, on the screen ${seen} ${JSON.stringify(box)}`;";
        let found = self.command("POST", "/execute/sync", json!({"script": SEEN, "args": []}));
        assert!(found == "", "the focus is not seen on {}: {found}", self.address());
    }
}

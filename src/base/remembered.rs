//! What was read from a text, kept for the next time the same text is read. The text itself is the key, whole: nothing can
//! go stale, and which texts are remembered changes only how long reading takes.

use std::cell::RefCell;
use std::sync::Arc;

/// How many texts are remembered.
const MOST: usize = 64;

/// What one thread remembers; held in a `thread_local!`.
pub struct Remembered<T: ?Sized>(RefCell<Vec<(Box<str>, Arc<T>)>>);

impl<T: ?Sized> Remembered<T> {
    /// Nothing remembered yet.
    pub const fn new() -> Self {
        Self(RefCell::new(Vec::new()))
    }

    /// What `text` says: remembered, or read by `parse`.
    pub fn read<E>(&self, text: &str, parse: impl FnOnce(&str) -> Result<Arc<T>, E>) -> Result<Arc<T>, E> {
        let known = &mut *self.0.borrow_mut();
        if let Some(place) = known.iter().position(|(before, _)| **before == *text) {
            let found = Arc::clone(&known[place].1);
            // What is read often moves to the front.
            known.swap(place, place / 2);
            return Ok(found);
        }
        let read = parse(text)?;
        known.truncate(MOST - 1);
        known.push((text.into(), Arc::clone(&read)));
        Ok(read)
    }
}

impl<T: ?Sized> Default for Remembered<T> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_gives_its_own_however_many_there_are() {
        let remembered = Remembered::<String>::new();
        let read = |n: usize| remembered.read(&n.to_string(), |text| Ok::<_, ()>(Arc::new(text.to_owned())));
        for _ in 0..2 {
            for n in (0..MOST * 2).chain(0..3) {
                assert_eq!(*read(n).unwrap(), n.to_string());
            }
        }
        assert_eq!(remembered.read("wrong", |_| Err("unreadable")), Err("unreadable"));
        assert!(remembered.0.borrow().len() <= MOST);
    }
}

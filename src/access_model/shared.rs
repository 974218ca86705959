use std::cell::RefCell;
use std::sync::Arc;

use onesql::{FromValue, ValueRef};

use super::AccessModel;

/// An access model that several hold. Every request reads its organization's, and hardly any differs from the last.
pub type SharedModel = Arc<AccessModel>;

/// How many texts a thread remembers. Organizations that did not change their preset share one.
const REMEMBERED: usize = 32;

thread_local! {
    // The text decides, not its age or owner: which ones are remembered changes only how long reading takes.
    static READ_BEFORE: RefCell<Vec<(Box<str>, SharedModel)>> = const { RefCell::new(Vec::new()) };
}

fn read(text: &str) -> Result<SharedModel, serde_json::Error> {
    READ_BEFORE.with_borrow_mut(|known| {
        if let Some(place) = known.iter().position(|(before, _)| **before == *text) {
            let model = Arc::clone(&known[place].1);
            known.swap(place, place.saturating_sub(1));
            return Ok(model);
        }
        let model = Arc::new(AccessModel::from_json(text)?);
        known.truncate(REMEMBERED - 1);
        known.push((text.into(), Arc::clone(&model)));
        Ok(model)
    })
}

/// The model in a column.
pub struct ModelColumn(pub SharedModel);

impl FromValue for ModelColumn {
    fn from_value(value: ValueRef<'_>) -> Result<Self, onesql::Error> {
        read(value.text()?).map(Self).map_err(|e| onesql::Error::Other(format!("access model: {e}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access_model::Presets;

    #[test]
    fn each_text_gives_its_own_model_however_many_there_are() {
        let presets = Presets::load().expect("the presets are sound");
        let model = presets.iter().next().expect("a preset").model.clone();
        let named = |n: usize| AccessModel { name: format!("model {n}"), ..model.clone() };
        for _ in 0..2 {
            for n in (0..REMEMBERED * 2).chain(0..3) {
                let read = read(&named(n).to_json()).expect("what was written");
                assert_eq!(*read, named(n));
            }
        }
    }
}

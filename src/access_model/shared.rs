use std::sync::Arc;

use onesql::{FromValue, ValueRef};

use super::AccessModel;
use crate::base::remembered::Remembered;

/// An access model that several hold. Every request reads its organization's, and hardly any differs from the last.
pub type SharedModel = Arc<AccessModel>;

thread_local! {
    // Organizations that did not change their preset share one text.
    static READ_BEFORE: Remembered<AccessModel> = const { Remembered::new() };
}

/// The model in a column.
pub struct ModelColumn(pub SharedModel);

impl FromValue for ModelColumn {
    fn from_value(value: ValueRef<'_>) -> Result<Self, onesql::Error> {
        let text = value.text()?;
        let read =
            READ_BEFORE.with(|before| before.read(text, |text| AccessModel::from_json(text).map(Arc::new)));
        read.map(Self).map_err(|e| onesql::Error::Other(format!("access model: {e}")))
    }
}

//! A role as a badge: its label and bars for its rank. More bars, more power.

use askama::Template;
use askama::filters::HtmlSafe;

use super::assets;

/// One role of somebody.
#[derive(Clone, Debug, Template)]
#[template(path = "console/pages/role.html")]
pub struct RoleBadge {
    pub label: String,
    /// 1 to 6.
    pub bars: u8,
}

impl HtmlSafe for RoleBadge {}

impl RoleBadge {
    pub fn new(label: impl Into<String>, bars: u8) -> Self {
        Self { label: label.into(), bars: bars.clamp(1, 6) }
    }

    fn sprite(&self) -> &'static str {
        assets::asset("icons.svg")
    }
}

/// Bars of the role at `place` (0 is the lowest rank) among `count` roles of an organization.
pub fn bars(place: usize, count: usize) -> u8 {
    if count < 2 {
        return 6;
    }
    let (place, steps) = (place.min(count - 1), count - 1);
    u8::try_from(1 + (place * 5 + steps / 2) / steps).unwrap_or(6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_go_from_one_to_six() {
        assert_eq!((0..5).map(|place| bars(place, 5)).collect::<Vec<_>>(), [1, 2, 4, 5, 6]);
        assert_eq!((0..2).map(|place| bars(place, 2)).collect::<Vec<_>>(), [1, 6]);
        assert_eq!((bars(0, 1), bars(9, 3)), (6, 6));
    }
}

//! What templates call with a bar: `{{ "mail"|icon }}`, `{{ "roster.css"|asset }}`, `{{ 3|people }}`.

use std::fmt;

use askama::filters::HtmlSafe;

use super::assets;

/// One drawing of the sprite, 16 by 16, silent for assistive technology: the words beside it speak.
pub struct Icon<'a>(&'a str);

impl fmt::Display for Icon<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sprite = assets::asset("icons.svg");
        write!(f, r##"<svg class="icon" aria-hidden="true"><use href="{sprite}#i-{}"/></svg>"##, self.0)
    }
}

impl HtmlSafe for Icon<'_> {}

/// Draws an icon. Only ever called with a literal or a `&'static str` of ours.
#[askama::filter_fn]
pub fn icon(name: &'static str, _: &dyn askama::Values) -> askama::Result<Icon<'static>> {
    Ok(Icon(name))
}

/// The address of a file under `assets/`.
#[askama::filter_fn]
pub fn asset(name: &str, _: &dyn askama::Values) -> askama::Result<&'static str> {
    Ok(assets::asset(name))
}

/// `1 person`, `42 people`.
#[askama::filter_fn]
pub fn people(count: &u64, _: &dyn askama::Values) -> askama::Result<String> {
    Ok(if *count == 1 { "1 person".to_owned() } else { format!("{count} people") })
}

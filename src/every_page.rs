//! Every page, rendered from samples and checked: what a reader of HTML can check without a browser.
//!
//! With `ROSTER_SAMPLES=folder` the pages are written there, with the assets, to be looked at.

use std::collections::HashSet;
use std::path::Path;

use crate::console::sample::Sample;

fn all() -> Vec<Sample> {
    [
        crate::console::errors::samples::all(),
        crate::sign_in::samples::all(),
        crate::recovery::samples::all(),
        crate::organization::samples::all(),
        crate::account::samples::all(),
        crate::profile::samples::all(),
        crate::member::samples::all(),
        crate::session::samples::all(),
        crate::trail::samples::all(),
        crate::user_console::samples::all(),
        crate::role_console::samples::all(),
        crate::decision::samples::all(),
        crate::invitation::samples::all(),
        crate::import::samples::all(),
        crate::bulk::samples::all(),
        crate::review::samples::all(),
        crate::group::samples::all(),
        crate::resource::samples::all(),
        crate::mailbox::samples::all(),
    ]
    .concat()
}

/// R52: names, messages and whatever else people type stand in every page as text.
#[test]
fn every_page_is_well_formed() {
    let pages = all();
    if let Some(folder) = std::env::var_os("ROSTER_SAMPLES") {
        write(Path::new(&folder), &pages);
    }
    for (name, html) in &pages {
        check(name, html);
    }
}

#[test]
fn every_icon_is_in_the_sprite() {
    let sprite = include_str!("../assets/icons.svg");
    for (name, html) in all() {
        for part in html.split("icons.svg#").skip(1) {
            let id = part.split('"').next().unwrap_or_default();
            assert!(
                sprite.contains(&format!("id=\"{id}\"")),
                "{name} draws {id}, which icons.svg does not have"
            );
        }
        assert!(!html.contains("/assets/missing"), "{name} links an asset that does not exist");
    }
}

#[test]
fn script_and_style_stay_small() {
    // The budget is 40 KB compressed; text of this kind shrinks to less than a third.
    let bytes = include_str!("../assets/roster.css").len() + include_str!("../assets/roster.js").len();
    assert!(bytes < 80_000, "{bytes} bytes of script and style");
}

fn check(name: &str, html: &str) {
    let tags = tags(html);
    let count = |tag: &str| tags.iter().filter(|(found, _)| found == tag).count();
    assert_eq!(count("h1"), 1, "{name}: one h1");
    assert_eq!(count("main"), 1, "{name}: one main");
    assert!(!html.contains("<script>alert"), "{name}: unescaped text");
    assert_eq!(count("script"), 1, "{name}: only the linked script");
    let mut ids = HashSet::new();
    let labelled: HashSet<&str> =
        tags.iter().filter(|(tag, _)| tag == "label").filter_map(|(_, list)| get(list, "for")).collect();
    for (tag, list) in &tags {
        for (attribute, _) in list {
            assert!(*attribute != "style" && !attribute.starts_with("on"), "{name}: <{tag}> has {attribute}");
        }
        if let Some(id) = get(list, "id") {
            assert!(ids.insert(id.to_owned()), "{name}: two of id {id}");
        }
        let wrapped = matches!(get(list, "type"), Some("hidden" | "radio" | "checkbox"));
        if matches!(tag.as_str(), "input" | "select" | "textarea") && !wrapped {
            let known =
                get(list, "id").is_some_and(|id| labelled.contains(id)) || get(list, "aria-label").is_some();
            assert!(known, "{name}: <{tag}> {:?} has no label", get(list, "name"));
        }
        if tag == "img" {
            assert!(get(list, "alt").is_some(), "{name}: an image without words");
        }
    }
    let pointers =
        ["for", "popovertarget", "aria-labelledby", "aria-describedby", "data-live", "data-reveal"];
    for (tag, list) in &tags {
        for id in pointers.iter().filter_map(|attribute| get(list, attribute)).flat_map(str::split_whitespace)
        {
            assert!(ids.contains(id), "{name}: <{tag}> points to {id}, which is not there");
        }
    }
    balanced(name, &tags);
}

/// Every opened element is closed, in order.
fn balanced(name: &str, tags: &[(String, Attributes<'_>)]) {
    const VOID: [&str; 13] = [
        "!doctype", "meta", "link", "input", "br", "hr", "img", "use", "rect", "circle", "path", "line",
        "wbr",
    ];
    let mut open: Vec<&str> = Vec::new();
    for (tag, _) in tags.iter().filter(|(tag, _)| !VOID.contains(&tag.as_str())) {
        match tag.strip_prefix('/') {
            Some(closed) => assert_eq!(open.pop(), Some(closed), "{name}: inside {open:?}"),
            None => open.push(tag),
        }
    }
    assert!(open.is_empty(), "{name}: left open {open:?}");
}

type Attributes<'a> = Vec<(&'a str, &'a str)>;

fn get<'a>(list: &Attributes<'a>, name: &str) -> Option<&'a str> {
    list.iter().find(|(found, _)| *found == name).map(|(_, value)| *value)
}

/// Tags with their attributes. Our templates quote every value, so a small reader is enough.
fn tags(html: &str) -> Vec<(String, Attributes<'_>)> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start + 1..];
        let mut quoted = false;
        let end = rest.find(|letter| {
            quoted ^= letter == '"';
            letter == '>' && !quoted
        });
        let (inside, after) = rest.split_at(end.expect("a tag that ends"));
        rest = after;
        let (tag, list) = inside.split_at(inside.find([' ', '\n']).unwrap_or(inside.len()));
        found.push((tag.trim_end_matches('/').to_ascii_lowercase(), attributes(list)));
    }
    found
}

fn attributes(mut list: &str) -> Attributes<'_> {
    let mut found = Vec::new();
    loop {
        list = list.trim_start().trim_start_matches('/');
        if list.is_empty() {
            return found;
        }
        let end = list.find([' ', '\n', '=']).unwrap_or(list.len());
        let (name, rest) = list.split_at(end);
        match rest.strip_prefix("=\"") {
            Some(value) => {
                let close = value.find('"').expect("a quoted value that ends");
                found.push((name, &value[..close]));
                list = &value[close + 1..];
            }
            None => {
                found.push((name, ""));
                list = rest;
            }
        }
    }
}

fn write(folder: &Path, pages: &[Sample]) {
    let assets = folder.join(crate::console::assets::asset("roster.css").trim_start_matches('/'));
    let assets = assets.parent().expect("a folder");
    std::fs::create_dir_all(assets).expect("a folder for the samples");
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/assets")).expect("the assets") {
        let file = entry.expect("a file").path();
        std::fs::copy(&file, assets.join(file.file_name().expect("a name"))).expect("a copy");
    }
    for (name, html) in pages {
        std::fs::write(folder.join(format!("{name}.html")), html).expect("a page written");
    }
}

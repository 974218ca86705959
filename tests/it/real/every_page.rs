//! Every page of the console, rendered from samples, in a real browser: no violation of the accessibility rules in
//! either theme, and nothing that a script or style complains about.

use std::path::Path;
use std::process::{Command, Stdio};

use super::browser::Browser;
use super::{installation::free_port, wait_for};

#[test]
fn every_page_is_accessible_in_both_themes() {
    let folder = std::env::var("ROSTER_TEST_PAGES").unwrap_or_else(|_| {
        panic!("ROSTER_TEST_PAGES is not set. `tests/run` sets it; or fill a folder by ROSTER_SAMPLES=FOLDER cargo test --lib every_page")
    });
    let mut pages: Vec<_> = std::fs::read_dir(Path::new(&folder))
        .expect("read the folder of pages")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".html"))
        .collect();
    pages.sort();
    assert!(pages.len() > 20, "the samples of all pages: {pages:?}");

    let port = free_port();
    let mut server = Command::new("python3")
        .args(["-m", "http.server", "--bind", "127.0.0.1", "--directory", &folder, &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("start a file server");
    wait_for("the file server", 10, || std::net::TcpStream::connect(("127.0.0.1", port)).ok());
    let browser = Browser::open(true);
    let mut faults = Vec::new();
    for page in &pages {
        browser.goes_to(&format!("http://127.0.0.1:{port}/{page}"));
        faults.extend(browser.violations().into_iter().map(|fault| format!("{page}: {fault}")));
    }
    let _ = server.kill();
    let _ = server.wait();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    browser.has_no_complaints();
}

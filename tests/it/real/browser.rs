//! A real Chromium, driven through chromedriver: WebDriver is JSON over HTTP.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::{installation::free_port, wait_for};

/// One browser with a profile of its own, driven as a person would: by what stands on the page.
pub struct Browser {
    driver: Child,
    agent: ureq::Agent,
    session: String,
    profile: PathBuf,
    scripts: bool,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

/// The name under which WebDriver gives an element.
pub const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

impl Browser {
    /// Opens a browser; without `scripts` the pages run none of theirs.
    pub fn open(scripts: bool) -> Self {
        let port = free_port();
        let profile = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!(
            "browser_{}_{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        ));
        let driver = Command::new("chromedriver")
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("start chromedriver (Debian: chromium-driver); `tests/run` installs it");
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)));
        let mut browser = Self {
            driver,
            agent: agent.build().into(),
            session: format!("http://127.0.0.1:{port}"),
            profile: profile.clone(),
            scripts,
        };
        wait_for("chromedriver", 20, || {
            let answer = browser.agent.get(format!("{}/status", browser.session)).call().ok()?;
            (answer.status() == 200).then_some(())
        });
        let profile = format!("--user-data-dir={}", profile.display());
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-default-apps",
            "--window-size=1440,900",
            // Nothing is still on its way when it is looked at or clicked.
            "--force-prefers-reduced-motion",
            &profile,
        ];
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let session = browser.command("POST", "/session", wanted);
        browser.session =
            format!("{}/session/{}", browser.session, session["sessionId"].as_str().expect("a session"));
        browser.runs_scripts(scripts);
        browser
    }

    /// Opens an address.
    pub fn goes_to(&self, url: &str) {
        self.command("POST", "/url", json!({"url": url}));
    }

    /// Where the browser is.
    pub fn address(&self) -> String {
        self.command("GET", "/url", Value::Null).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until this text stands on the page.
    pub fn sees(&self, text: &str) {
        for _ in 0..200 {
            if self.shown_text().contains(text) {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("{text:?} does not stand on {}:\n{}", self.address(), self.shown_text());
    }

    /// All text that is visible.
    pub fn shown_text(&self) -> String {
        let Some(body) = self.find("//body").into_iter().next() else { return String::new() };
        self.try_command("GET", &format!("/element/{body}/text"), Value::Null)
            .ok()
            .and_then(|text| text.as_str().map(str::to_owned))
            .unwrap_or_default()
    }

    /// Presses the visible button or link with this text or accessible name.
    pub fn presses(&self, name: &str) {
        let named = format!("[normalize-space()={0} or @aria-label={0}]", quoted(name));
        // An entry of the navigation has a count behind its name.
        let place = format!("//nav[@id='nav']//a[starts-with(normalize-space(),{})]", quoted(name));
        self.click(&format!("//button{named} | //a{named} | //summary{named} | {place}"), name);
    }

    /// The same, within the table row that holds this text.
    pub fn presses_in_row(&self, row: &str, name: &str) {
        let named = format!("[contains(normalize-space(),{0}) or contains(@aria-label,{0})]", quoted(name));
        let row = format!("//tr[contains(.,{})]", quoted(row));
        self.click(&format!("{row}//button{named} | {row}//a{named}"), name);
    }

    /// Opens the menu of a row of the users and chooses in it: it stands in the row, or without scripts on a page of its own.
    pub fn chooses_in_menu(&self, row: &str, name: &str) {
        self.presses_in_row(row, "Actions for");
        let named = format!("[contains(normalize-space(),{})]", quoted(name));
        let places =
            [format!("//tr[contains(.,{})]", quoted(row)), "//*[contains(@class,'menu-page')]".to_owned()];
        let paths = places.map(|place| format!("{place}//button{named} | {place}//a{named}"));
        self.click(&paths.join(" | "), name);
    }

    /// Types into the field with this label.
    pub fn fills(&self, label: &str, text: &str) {
        let element = self.labelled(label);
        self.command("POST", &format!("/element/{element}/clear"), json!({}));
        self.command("POST", &format!("/element/{element}/value"), json!({"text": text}));
    }

    /// Chooses the radio button or box whose label holds this text.
    pub fn chooses(&self, label: &str) {
        let label = quoted(label);
        self.click(&format!("//label[contains(normalize-space(.),{label})]"), &label);
    }

    /// Presses what stands on this path.
    pub fn presses_at(&self, path: &str) {
        self.click(path, path);
    }

    /// Picks an option of the list with this label.
    pub fn picks(&self, label: &str, option: &str) {
        let list = format!("//select[@id=//label[normalize-space(.)={}]/@for]", quoted(label));
        self.click(&format!("{list}/option[normalize-space(.)={}]", quoted(option)), option);
    }

    /// Where the link with this text leads.
    pub fn leads_to(&self, link: &str) -> String {
        let element = self.visible(&format!("//a[normalize-space()={}]", quoted(link)), link);
        let href = self.command("GET", &format!("/element/{element}/property/href"), Value::Null);
        href.as_str().expect("a link leads somewhere").to_owned()
    }

    /// This page breaks no accessibility rule, light or dark.
    pub fn is_accessible(&self) {
        let found = self.violations();
        assert!(found.is_empty(), "{}: {}", self.address(), found.join("\n"));
    }

    /// The accessibility rules that this page breaks, light or dark.
    pub fn violations(&self) -> Vec<String> {
        let path = std::env::var("ROSTER_TEST_AXE").unwrap_or_else(|_| {
            panic!("ROSTER_TEST_AXE is not set. `tests/run` sets it; or set it to the path of axe-core's axe.min.js")
        });
        let rules = std::fs::read_to_string(path).expect("read axe-core");
        // The rules are a script themselves; those of a page that was loaded without scripts have missed their turn.
        self.runs_scripts(true);
        let mut violations = Vec::new();
        for theme in ["light", "dark"] {
            let features = json!({"features": [
                {"name": "prefers-color-scheme", "value": theme},
                {"name": "prefers-reduced-motion", "value": "reduce"},
            ]});
            self.devtools("Emulation.setEmulatedMedia", features);
            let script = format!(
                "const done = arguments[arguments.length - 1];
                 {rules};
                 window.axe.run(document).then(found => done(found.violations.map(v => v.id + ': ' + v.help + ' ' +
                   v.nodes.slice(0, 3).map(n => n.html + ' ' + n.failureSummary).join(' | '))), e => done(['axe: ' + e]));"
            );
            let found = self.command("POST", "/execute/async", json!({"script": script, "args": []}));
            let found = found.as_array().expect("a list of violations");
            violations.extend(found.iter().map(|violation| format!("{theme}: {violation}")));
        }
        self.runs_scripts(self.scripts);
        violations
    }

    /// No script failed and nothing was blocked by the content security policy, since the last time this was asked.
    pub fn has_no_complaints(&self) {
        let log = self.command("POST", "/se/log", json!({"type": "browser"}));
        let complaints: Vec<_> = log
            .as_array()
            .expect("a log")
            .iter()
            // A page that answers 403 or 404 is noted as well, and is no fault.
            .filter(|entry| entry["level"] == "SEVERE" && entry["source"] != "network")
            .collect();
        assert!(complaints.is_empty(), "{complaints:?}");
    }

    fn labelled(&self, label: &str) -> String {
        let text = quoted(label);
        let field = format!(
            "//*[@id=//label[starts-with(normalize-space(.),{text})]/@for] | \
             //label[starts-with(normalize-space(.),{text})]//*[self::input or self::textarea or self::select]"
        );
        self.visible(&field, label)
    }

    fn click(&self, path: &str, name: &str) {
        let element = self.visible(path, name);
        self.command("POST", &format!("/element/{element}/click"), json!({}));
    }

    /// The first element on this path that can be seen, waiting for it.
    fn visible(&self, path: &str, name: &str) -> String {
        for _ in 0..100 {
            for element in self.find(path) {
                let shown = self.try_command("GET", &format!("/element/{element}/displayed"), Value::Null);
                if shown.is_ok_and(|shown| shown == true) {
                    return element;
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("no {name:?} on {}:\n{}", self.address(), self.shown_text());
    }

    fn find(&self, path: &str) -> Vec<String> {
        let found = self.command("POST", "/elements", json!({"using": "xpath", "value": path}));
        let elements = found.as_array().cloned().unwrap_or_default();
        elements.iter().filter_map(|element| element[ELEMENT].as_str().map(str::to_owned)).collect()
    }

    fn runs_scripts(&self, scripts: bool) {
        self.devtools("Emulation.setScriptExecutionDisabled", json!({"value": !scripts}));
    }

    fn devtools(&self, command: &str, parameters: Value) {
        self.command("POST", "/goog/cdp/execute", json!({"cmd": command, "params": parameters}));
    }

    /// A command of WebDriver, which must succeed.
    pub fn command(&self, method: &str, path: &str, body: Value) -> Value {
        self.try_command(method, path, body).unwrap_or_else(|problem| panic!("{method} {path}: {problem}"))
    }

    /// A command of WebDriver.
    pub fn try_command(&self, method: &str, path: &str, body: Value) -> Result<Value, Value> {
        let url = format!("{}{path}", self.session);
        let answer = match method {
            "GET" => self.agent.get(url).call(),
            "DELETE" => self.agent.delete(url).call(),
            _ => self.agent.post(url).send_json(&body),
        };
        let mut answer = answer.expect("chromedriver answers");
        let mut body: Value =
            answer.body_mut().with_config().limit(64 << 20).read_json().expect("chromedriver speaks JSON");
        if answer.status() == 200 { Ok(body["value"].take()) } else { Err(body["value"].take()) }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the browser was at {}", self.address());
        }
        let _ = self.try_command("DELETE", "", Value::Null);
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

/// A text as XPath writes it.
fn quoted(text: &str) -> String {
    if text.contains('\'') { format!("\"{text}\"") } else { format!("'{text}'") }
}

//! What a `User-Agent` says of the device, in the words that a list of sessions uses.

/// A browser or program, and what it runs on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// For people: "Firefox on Windows".
    pub name: String,
    /// The browser or program, empty where unknown.
    pub browser: String,
    /// The operating system, empty where unknown.
    pub os: String,
}

/// Robots and libraries that hide behind a browser's words. What they claim to run on is part of the disguise, so none is named.
const ROBOTS: &[(&str, &str)] = &[
    ("Applebot/", "Applebot"),
    ("Slackbot", "Slackbot"),
    ("Slack-ImgProxy", "Slackbot"),
    ("facebookexternalhit/", "Facebook link preview"),
    ("Twitterbot/", "Twitterbot"),
    ("SkypeUriPreview", "Skype link preview"),
    ("BingPreview/", "Bing preview"),
    ("GoogleImageProxy", "Gmail image proxy"),
    ("YahooMailProxy", "Yahoo Mail image proxy"),
    ("AdsBot-Google", "AdsBot-Google"),
    ("Storebot-Google/", "Storebot-Google"),
    ("Google-Read-Aloud", "Google-Read-Aloud"),
    ("Chrome-Lighthouse", "Lighthouse"),
    ("Pingdom.com_bot", "Pingdom"),
    ("aiohttp/", "aiohttp"),
];

/// Browsers and apps that woothee takes for another: most add their own name to the one of the browser they are made of.
/// Apps come first, since they show pages in any of these browsers.
const APPS: &[(&str, &str)] = &[
    ("Instagram", "Instagram"),
    ("FBAN/", "Facebook"),
    ("FBAV/", "Facebook"),
    ("LinkedInApp", "LinkedIn"),
    ("GSA/", "Google app"),
    ("MicroMessenger/", "WeChat"),
    ("Line/", "LINE"),
    ("Snapchat/", "Snapchat"),
    ("Teams/", "Teams"),
    ("Microsoft Outlook", "Outlook"),
    ("Outlook-iOS/", "Outlook"),
    ("Outlook-Android/", "Outlook"),
    ("Microsoft Office/", "Microsoft Office"),
    ("Thunderbird/", "Thunderbird"),
    ("PowerShell/", "PowerShell"),
    ("WindowsPowerShell/", "PowerShell"),
    ("HeadlessChrome/", "Headless Chrome"),
    ("DuckDuckGo/", "DuckDuckGo"),
    ("Ddg/", "DuckDuckGo"),
    ("YaBrowser/", "Yandex Browser"),
    ("Vivaldi/", "Vivaldi"),
    ("OPR/", "Opera"),
    ("OPT/", "Opera"),
    ("OPiOS/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("UCBrowser/", "UC Browser"),
    ("MiuiBrowser/", "Mi Browser"),
    ("HuaweiBrowser/", "Huawei Browser"),
    ("Whale/", "Whale"),
    ("Silk/", "Silk"),
    ("Brave/", "Brave"),
    ("Focus/", "Firefox Focus"),
    ("Klar/", "Firefox Klar"),
    ("SeaMonkey/", "SeaMonkey"),
    ("PaleMoon/", "Pale Moon"),
    ("Waterfox/", "Waterfox"),
    ("Epiphany/", "GNOME Web"),
    ("CriOS/", "Chrome"),
    ("FxiOS/", "Firefox"),
    ("EdgiOS/", "Edge"),
    ("Edg/", "Edge"),
    ("Edge/", "Edge"),
    ("Dalvik/", "App"),
];

/// Systems that woothee doesn't know or tells too exactly: browsers have told one version of Windows for years, whichever runs.
/// A television or a console says Linux or Windows as well, so the narrower word stands first.
const SYSTEMS: &[(&str, &str)] = &[
    ("Tizen", "Samsung TV"),
    ("Web0S", "LG TV"),
    ("CrKey/", "Chromecast"),
    ("PlayStation 5", "PlayStation 5"),
    ("PlayStation 4", "PlayStation 4"),
    ("Nintendo Switch", "Nintendo Switch"),
    ("Xbox", "Xbox"),
    ("KAIOS/", "KaiOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("FreeBSD", "FreeBSD"),
    ("OpenBSD", "OpenBSD"),
    ("NetBSD", "NetBSD"),
    ("Windows Phone", "Windows Phone"),
    ("Windows", "Windows"),
];

/// Woothee's words where a person would use another; empty for those that say nothing.
const WORDS: &[(&str, &str)] = &[
    ("UNKNOWN", ""),
    ("HTTP Library", ""),
    ("Mac OSX", "macOS"),
    ("Mac OS Classic", "Mac OS"),
    // It concludes so from Apple's network library, which a Mac has as well.
    ("iOS", ""),
    ("Webview", "App"),
    ("misc crawler", "Crawler"),
    ("RSSReader", "Feed reader"),
    ("Safari RSSReader", "Feed reader"),
    ("Windows RSSReader", "Feed reader"),
    ("facebook", "Facebook link preview"),
    ("ahref AhrefsBot", "AhrefsBot"),
    ("SeoMoz rogerbot", "rogerbot"),
];

/// The longest name that a program may give itself.
const LONGEST_TOKEN: usize = 40;

impl Device {
    /// Reads a `User-Agent` header. Whoever sends it may write anything there: what is shown comes from our lists and
    /// woothee's, or is one plain word with which a program names itself.
    pub fn of(user_agent: &str) -> Self {
        if let Some(robot) = first(ROBOTS, user_agent).or_else(|| compatible(user_agent)) {
            return Self::new(robot, "");
        }
        let parsed = woothee::parser::Parser::new().parse(user_agent).unwrap_or_default();
        let os = first(SYSTEMS, user_agent).unwrap_or_else(|| word(parsed.os));
        let browser = electron(user_agent)
            .or_else(|| first(APPS, user_agent))
            .or_else(|| program(user_agent))
            .unwrap_or_else(|| browser(user_agent, word(parsed.name), os));
        Self::new(browser, system(user_agent, os))
    }

    fn new(browser: &str, os: &str) -> Self {
        let browser = if browser == os { "" } else { browser };
        let name = match (browser, os) {
            ("", "") => "Unknown device".to_owned(),
            ("", os) => os.to_owned(),
            (browser, "") => browser.to_owned(),
            (browser, os) => format!("{browser} on {os}"),
        };
        Self { name, browser: browser.to_owned(), os: os.to_owned() }
    }
}

/// The browser that woothee found, where that can be.
fn browser<'a>(user_agent: &str, found: &'a str, os: &str) -> &'a str {
    match found {
        // It takes any "wv" for the mark of a web view, also in the name of a phone.
        "App" if has(user_agent, "Chrome/") && !user_agent.contains("; wv)") => "Chrome",
        // Apple makes none for others: it's any browser with the same engine.
        "Safari" if !["macOS", "iPhone", "iPad", "iPod", "Windows"].contains(&os) => "Browser",
        // A console that woothee takes for a browser.
        "PlayStation 4" | "Xbox One" | "Xbox 360" => "",
        found => found,
    }
}

/// A browser that exists on iPhone and iPad only, and says Mac, is an iPad's that asks for the pages of a desktop.
fn system<'a>(user_agent: &str, os: &'a str) -> &'a str {
    let mobile = || ["CriOS/", "FxiOS/", "EdgiOS/", "OPT/", "GSA/"].iter().any(|mark| has(user_agent, mark));
    if os == "macOS" && mobile() { "iPad" } else { os }
}

/// The name of a desktop app made with Electron, which it writes before the browser's.
fn electron(user_agent: &str) -> Option<&str> {
    if !has(user_agent, "Electron/") {
        return None;
    }
    let named = user_agent.split_once("like Gecko) ").and_then(|(_, products)| products.split('/').next());
    Some(match named.unwrap_or_default() {
        "Code" => "VS Code",
        "Slack_SSB" => "Slack",
        named if named != "Chrome" && named != "Electron" && token(named) == Some(named) => named,
        _ => "App",
    })
}

/// `Mozilla/5.0 (compatible; ClaudeBot/1.0; …)`: the way robots name themselves. Internet Explorer writes a space there.
fn compatible(user_agent: &str) -> Option<&str> {
    let (_, said) = user_agent.strip_prefix("Mozilla/")?.split_once("compatible; ")?;
    let name = token(said)?;
    said[name.len()..].starts_with(['/', ';', ')']).then_some(name)
}

/// A program names itself first: `curl/8.5.0`, `Faraday v2.9.0`, `node`. Several words without a version are no name.
fn program(user_agent: &str) -> Option<&str> {
    let name = token(user_agent).filter(|name| *name != "Mozilla")?;
    let rest = &user_agent[name.len()..];
    let version = |c: char| c.is_ascii_digit() || "v(+".contains(c);
    (rest.is_empty() || rest.starts_with('/') || rest.strip_prefix(' ')?.starts_with(version)).then_some(name)
}

/// The harmless word at the beginning of a text: with a letter in it, and neither too long nor followed by more of a word.
fn token(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"._-".contains(c)).unwrap_or(text.len());
    let word = &text[..end];
    let named = word.len() <= LONGEST_TOKEN && word.contains(|c: char| c.is_ascii_alphabetic());
    named.then_some(word)
}

fn first(list: &[(&str, &'static str)], user_agent: &str) -> Option<&'static str> {
    list.iter().find(|(mark, _)| has(user_agent, mark)).map(|(_, name)| *name)
}

/// Whether a mark stands in a text, at the beginning of a word.
fn has(text: &str, mark: &str) -> bool {
    text.match_indices(mark).any(|(at, _)| !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric()))
}

fn word(of_woothee: &str) -> &str {
    WORDS.iter().find(|(theirs, _)| *theirs == of_woothee).map_or(of_woothee, |(_, ours)| *ours)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What is read in the list of sessions, a tab, and the header that leads to it; `#` begins a comment.
    const CORPUS: &str = include_str!("device_corpus.txt");

    #[test]
    fn the_devices_of_today_are_named_as_people_name_them() {
        let lines = CORPUS.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let rows: Vec<_> = lines.map(|line| line.split_once('\t').expect(line)).collect();
        assert!(rows.len() >= 100, "{}", rows.len());
        let wrong = rows.iter().filter_map(|(expected, user_agent)| {
            let name = Device::of(user_agent).name;
            (name != *expected).then(|| format!("{user_agent}\n  is called {name}, not {expected}"))
        });
        let wrong: Vec<_> = wrong.collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn nonsense_is_an_unknown_device() {
        let nonsense = [
            String::new(),
            "-".into(),
            "\u{1}<script>".into(),
            "\0\0\0".into(),
            "curl\r\nSet-Cookie: a=b".into(),
            "()".repeat(200),
            "x".repeat(400),
            format!("Mozilla/5.0 (compatible; {}/1.0)", "y".repeat(41)),
            format!("Mozilla/5.0 ({})", "(".repeat(10_000)),
            "\u{202e}tenalp rehtona".into(),
        ];
        for user_agent in nonsense {
            assert_eq!(Device::of(&user_agent).name, "Unknown device", "{user_agent:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_makes_a_name_long_or_odd(
            user_agent in "(Mozilla/5.0 \\()?(compatible; |Windows |Linux; Android |Electron/1 like Gecko\\) )?\\PC{0,60}.{0,340}"
        ) {
            let device = Device::of(&user_agent);
            let plain = |c: char| c.is_ascii_alphanumeric() || " ._-!".contains(c);
            for text in [&device.name, &device.browser, &device.os] {
                prop_assert!(text.len() <= 80 && text.chars().all(plain), "{device:?}");
            }
            prop_assert!(!device.name.trim().is_empty());
        }
    }
}

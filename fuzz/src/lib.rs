//! What holds of everything that Roster reads from strangers, whatever they send. Each function takes any bytes and fails
//! where something does not hold; libFuzzer calls them (`fuzz_targets/`), and so does the ordinary suite with the kept inputs.

use std::net::IpAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::http::{HeaderMap, HeaderValue, header};
use roster::base::client::Device;
use roster::base::{EmailAddress, MemberId, Problem, Timestamp, text};
use roster::import::{file, multipart as form};
use roster::invitation::addresses::addresses as split;
use roster::web::caller::client_ip;

/// What holds of any bytes.
pub type Property = fn(&[u8]);

/// Every parser, under the name of its target and of the folder of its kept inputs.
pub const ALL: &[(&str, Property)] = &[
    ("addresses", addresses),
    ("csv", csv),
    ("device", device),
    ("email_address", email_address),
    ("headers", headers),
    ("links", links),
    ("multipart", multipart),
    ("texts", texts),
];

/// The file of an import.
pub fn csv(data: &[u8]) {
    read_csv(data);
    read_csv(&[file::HEADER.join(",").as_bytes(), b"\n", data].concat());
}

fn read_csv(data: &[u8]) {
    let records = match file::read(data) {
        Ok(records) => records,
        Err(problem) => {
            return refused(&problem, &["not_csv", "not_utf8", "wrong_headers", "file_too_large"]);
        }
    };
    let lines = data.iter().filter(|byte| [b'\n', b'\r'].contains(byte)).count();
    assert!(records.len() <= lines, "{} records on {lines} lines below the header", records.len());
    let mut read = 0;
    for (at, record) in records.iter().enumerate() {
        assert_eq!(record.row, at as i64 + 1, "rows count from 1");
        assert!(record.fields >= 1);
        for (place, field) in [&record.email, &record.first_name, &record.last_name].into_iter().enumerate() {
            assert_eq!(field.trim(), field);
            assert!(!field.contains('\0'));
            assert!(field.is_empty() || place < record.fields, "a field that the record does not have");
            read += field.len();
        }
    }
    assert!(read <= data.len(), "more is read than was sent");
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(file::HEADER).unwrap();
    for record in &records {
        writer.write_record([&record.email, &record.first_name, &record.last_name]).unwrap();
    }
    let written = writer.into_inner().unwrap();
    if written.len() < file::TOO_LARGE {
        let again = file::read(&written).expect("what is written from records is read");
        let kept = records.into_iter().map(|record| file::Record { fields: file::HEADER.len(), ..record });
        assert_eq!(again, kept.collect::<Vec<_>>());
    }
}

/// An e-mail address.
pub fn email_address(data: &[u8]) {
    let Ok(typed) = std::str::from_utf8(data) else { return };
    let key = EmailAddress::key_of(typed);
    assert!(key.chars().count() <= 320, "the key of nonsense is bounded");
    let Ok(address) = EmailAddress::parse(typed) else { return };
    assert_eq!(key, address.key());
    for form in [address.as_str(), address.key()] {
        assert!(form.len() <= 254, "longer than a mail server takes: {form:?}");
        assert!(
            !form.chars().any(|c| c.is_control() || c.is_whitespace() || "\"<>,;()[]\\".contains(c)),
            "{form:?}"
        );
        let (local, domain) = form.split_once('@').expect("an @");
        assert!(!domain.contains('@') && domain.contains('.'), "{form:?}");
        assert!(!local.is_empty() && local.len() <= 64 && !local.starts_with('-'), "{form:?}");
    }
    let (_, domain) = address.key().split_once('@').expect("an @");
    assert!(domain.is_ascii() && !domain.contains(|c: char| c.is_ascii_uppercase()), "{domain:?}");
    assert_eq!(EmailAddress::parse(address.as_str()), Ok(address.clone()), "shown, it is the same address");
    let by_key = EmailAddress::parse(address.key()).expect("its key is an address");
    assert_eq!(by_key.key(), address.key(), "the key of the key");
    assert!(
        roster::outbox::message::envelope_address(&address).is_ok(),
        "a letter can be sent there: {address:?}"
    );
}

/// A field with many addresses.
pub fn addresses(data: &[u8]) {
    let Ok(typed) = std::str::from_utf8(data) else { return };
    let found = split(typed);
    for word in &found {
        assert!(!word.is_empty() && typed.contains(word.as_str()));
        assert!(!word.contains(|c: char| c.is_whitespace() || ",;<>".contains(c)), "{word:?}");
    }
    assert_eq!(split(&found.join(", ")), found, "what is shown again is read the same");
}

/// The program and device that a browser names.
pub fn device(data: &[u8]) {
    let said = String::from_utf8_lossy(data);
    let device = Device::of(&said);
    let plain = |c: char| c.is_ascii_alphanumeric() || " ._-!".contains(c);
    for text in [&device.name, &device.browser, &device.os] {
        assert!(text.len() <= 80 && text.chars().all(plain), "{device:?}");
    }
    assert!(!device.name.trim().is_empty());
    assert_eq!(device, Device::of(&said));
}

/// Headers, one a line: cookies where a line begins with `c`, else hops of proxies.
pub fn headers(data: &[u8]) {
    let mut headers = HeaderMap::new();
    for line in data.split(|byte| *byte == b'\n') {
        let (name, value) = match line.split_first() {
            Some((b'c', rest)) => (header::COOKIE, rest),
            _ => (header::HeaderName::from_static("x-forwarded-for"), line),
        };
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.append(name, value);
        }
    }
    for name in ["roster", "__Host-roster", "a"] {
        let Some(value) = roster::http::cookie::read(&headers, name) else { continue };
        assert!(!value.contains(';') && value.trim_end() == value, "{value:?}");
        let mut alone = HeaderMap::new();
        alone.insert(header::COOKIE, HeaderValue::from_str(&format!("{name}={value}")).unwrap());
        assert_eq!(roster::http::cookie::read(&alone, name), Some(value), "one cookie, read the same");
    }
    let proxies = ["10.0.0.0/8".parse().unwrap(), "2001:db8::/32".parse().unwrap()];
    let trusted = |ip: IpAddr| proxies.iter().any(|net: &ipnet::IpNet| net.contains(&ip));
    for peer in ["192.0.2.1", "10.0.0.1", "::ffff:10.0.0.1", "2001:db8::1"] {
        let peer: IpAddr = peer.parse().unwrap();
        let found = client_ip(&headers, peer, &proxies);
        assert_eq!(found.to_canonical(), found);
        assert_eq!(client_ip(&headers, peer, &[]), peer.to_canonical(), "nobody's word is taken");
        if !trusted(peer.to_canonical()) {
            assert_eq!(found, peer, "a stranger's word is not taken");
        }
    }
}

/// Where to go afterwards, and the ids and instants in addresses.
pub fn links(data: &[u8]) {
    let said = String::from_utf8_lossy(data);
    let answer = roster::http::see_other(&said);
    let to = answer.headers()[header::LOCATION].to_str().expect("a plain header");
    assert!(to == "/" || to == said, "{to:?}");
    assert!(
        to.starts_with('/') && !to.starts_with("//") && !to.contains(['\\', '\t', '\r', '\n', ' ']),
        "{to:?}"
    );
    if roster::http::call::is_page_of_ours(&said) {
        let path = said.split('?').next().unwrap_or_default();
        assert!(path.starts_with('/') && !path.starts_with("//") && !path.contains(".."), "{said:?}");
    }
    if let Ok(id) = said.parse::<MemberId>() {
        assert_eq!(id.to_string(), said, "an id has one spelling");
    }
    if let Ok(at) = said.parse::<Timestamp>() {
        assert_eq!(at.to_string().parse::<Timestamp>().ok(), Some(at), "an instant reads back");
    }
}

/// A form with a file: its content type on the first line, and the body below.
pub fn multipart(data: &[u8]) {
    let at = data.iter().position(|byte| *byte == b'\n').unwrap_or(data.len());
    let (kind, body) = (&data[..at], data.get(at + 1..).unwrap_or_default());
    let Ok(kind) = std::str::from_utf8(kind) else { return };
    match now(form::of_form(kind, body.to_vec().into())) {
        Ok(sent) => {
            assert!(
                (1..=100).contains(&sent.name.chars().count()) && !sent.name.chars().any(char::is_control)
            );
            let fields: usize = sent.fields.iter().map(|(name, value)| name.len() + value.len() / 3).sum();
            assert!(sent.bytes.len() + fields <= body.len(), "more is read than was sent");
        }
        Err(problem) => refused(&problem, &["invalid_form", "not_csv", "invalid_input"]),
    }
}

/// Names, messages, slugs, and how they are searched.
pub fn texts(data: &[u8]) {
    let Ok(typed) = std::str::from_utf8(data) else { return };
    if let Ok(line) = text::line(typed, 100) {
        assert!((1..=100).contains(&line.chars().count()) && !line.chars().any(char::is_control));
        assert!(!text::is_blank(&line));
        assert_eq!(text::line(&line, 100), Ok(line));
    }
    if let Ok(paragraph) = text::paragraph(typed, 1_000) {
        assert!(!paragraph.chars().any(|c| c.is_control() && !"\n\t".contains(c)));
        assert_eq!(text::paragraph(&paragraph, 1_000), Ok(paragraph));
    }
    let folded = text::fold(typed);
    assert_eq!(text::fold(&folded), folded, "folded once is folded");
    let slug = text::slug(typed);
    assert!(slug.len() <= 48 && slug.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{slug:?}");
    assert!(!slug.starts_with('-') && !slug.ends_with('-') && !slug.contains("--"), "{slug:?}");
    assert_eq!(text::slug(&slug), slug);
    let isolated = text::isolated(typed);
    let turned = isolated.chars().filter(|c| ('\u{2066}'..='\u{2068}').contains(c)).count();
    let back = isolated.chars().filter(|c| *c == '\u{2069}').count();
    assert_eq!(turned, back, "what is turned is turned back");
}

/// A refusal in words of ours.
fn refused(problem: &Problem, codes: &[&str]) {
    assert!(codes.contains(&problem.code.as_str()), "{problem:?}");
    assert!((400..500).contains(&problem.status) && problem.detail.chars().count() <= 400, "{problem:?}");
}

/// The outcome of a future that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..1_000_000 {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut context) {
            return outcome;
        }
    }
    panic!("it waits for what never comes");
}

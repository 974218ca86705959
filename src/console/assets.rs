//! Style sheet, script and icons: part of the binary, served under an address that holds their hash.

use std::fmt::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// The route that [`serve`] answers.
pub const ROUTE: &str = "/assets/{release}/{file}";

struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

const SVG: &str = "image/svg+xml";

static ASSETS: [Asset; 5] = [
    Asset {
        name: "roster.css",
        content_type: "text/css; charset=utf-8",
        bytes: include_bytes!("../../assets/roster.css"),
    },
    Asset {
        name: "roster.js",
        content_type: "text/javascript; charset=utf-8",
        bytes: include_bytes!("../../assets/roster.js"),
    },
    Asset { name: "icons.svg", content_type: SVG, bytes: include_bytes!("../../assets/icons.svg") },
    Asset { name: "chevron.svg", content_type: SVG, bytes: include_bytes!("../../assets/chevron.svg") },
    Asset { name: "mark.svg", content_type: SVG, bytes: include_bytes!("../../assets/mark.svg") },
];

/// One hash over all files: they refer to each other by name, so they change together.
static RELEASE: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for asset in &ASSETS {
        hash.update(asset.bytes);
    }
    hash.finalize().iter().take(8).fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
});

static ADDRESSES: LazyLock<Vec<String>> =
    LazyLock::new(|| ASSETS.iter().map(|asset| format!("/assets/{}/{}", *RELEASE, asset.name)).collect());

/// Where the browser finds the file. An unknown name gets an address that answers 404; a test reads every template.
pub fn asset(name: &str) -> &'static str {
    match ASSETS.iter().position(|asset| asset.name == name) {
        Some(index) => &ADDRESSES[index],
        None => "/assets/missing",
    }
}

/// `GET /assets/{release}/{file}`. A page of another release (during a rolling upgrade) gets today's file, not to be kept.
pub async fn serve(Path((release, file)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == file) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = format!("\"{}\"", *RELEASE);
    let cache = if release == *RELEASE { "public, max-age=31536000, immutable" } else { "no-cache" };
    let common = [
        (header::ETAG, etag.as_str()),
        (header::CACHE_CONTROL, cache),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, asset.content_type)], asset.bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(release: &str, file: &str, headers: HeaderMap) -> Response {
        let answer = serve(Path((release.to_owned(), file.to_owned())), headers);
        tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(answer)
    }

    #[test]
    fn an_asset_is_kept_for_ever_under_its_hash() {
        let address = asset("roster.css");
        let release = address.split('/').nth(2).expect("a release").to_owned();
        let answer = ask(&release, "roster.css", HeaderMap::new());
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
        let known = HeaderMap::from_iter([(header::IF_NONE_MATCH, answer.headers()[header::ETAG].clone())]);
        assert_eq!(ask(&release, "roster.css", known).status(), StatusCode::NOT_MODIFIED);
    }

    #[test]
    fn another_release_gets_todays_file_and_an_unknown_file_is_not_found() {
        let answer = ask("0123456789abcdef", "roster.js", HeaderMap::new());
        assert_eq!(answer.headers()[header::CACHE_CONTROL], "no-cache");
        assert_eq!(
            ask("0123456789abcdef", "../Cargo.toml", HeaderMap::new()).status(),
            StatusCode::NOT_FOUND
        );
    }
}

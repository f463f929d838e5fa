//! What pages load besides themselves: under an address that changes with the content, so that it may be kept for ever.

use sha2::{Digest, Sha256};
use std::sync::LazyLock;

/// A file.
#[derive(Debug)]
pub struct Asset {
    /// Its name.
    pub name: &'static str,
    /// Its media type.
    pub media: &'static str,
    /// Its content.
    pub text: &'static str,
    digest: String,
}

impl Asset {
    fn new(name: &'static str, media: &'static str, text: &'static str) -> Self {
        let digest = hex::encode(Sha256::digest(text)).chars().take(16).collect();
        Self { name, media, text, digest }
    }

    /// Where it is served.
    #[must_use]
    pub fn address(&self) -> String {
        format!("/assets/{}/{}", self.digest, self.name)
    }

    /// The file at an address.
    #[must_use]
    pub fn at(digest: &str, name: &str) -> Option<&'static Self> {
        [&CSS, &JS].into_iter().map(|one| &**one).find(|a| a.digest == digest && a.name == name)
    }
}

/// The sheet of the console.
pub static CSS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("console.css", "text/css; charset=utf-8", include_str!("../assets/console.css")));
/// What a browser shows beside the name of a page.
pub static ICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon.svg", "image/svg+xml", include_str!("../assets/icon.svg")));
/// What pages gain where scripts run.
pub static JS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("console.js", "text/javascript; charset=utf-8", include_str!("../assets/console.js")));

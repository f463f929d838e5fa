//! Where a sample's bytes come from: a file, or one plain GET. Bounded in time and size; redirects are answers, not ways on.

use crate::problem::Problem;
use std::path::Path;
use std::time::Duration;

/// More of a sample is not read.
const BYTES: usize = 32 << 20;
const WAIT: Duration = Duration::from_secs(30);

fn too_large() -> Problem {
    Problem::new("draft.too-large", format!("样例超过 {} MiB", BYTES >> 20)).fix("给出较小的一份：几十行就够")
}

/// The bytes of a file.
pub(super) fn file(file: &Path) -> Result<Vec<u8>, Problem> {
    let unreadable =
        |e: std::io::Error| Problem::new("draft.unreadable", format!("{}：{e}", file.display())).fix("核对路径与权限");
    if std::fs::metadata(file).map_err(unreadable)?.len() > BYTES as u64 {
        return Err(too_large());
    }
    std::fs::read(file).map_err(unreadable)
}

/// An address as it may be fetched.
pub(super) fn address(text: &str) -> Result<reqwest::Url, Problem> {
    let url = reqwest::Url::parse(text).ok().filter(|u| u.has_host() && ["http", "https"].contains(&u.scheme()));
    url.filter(|u| u.username().is_empty() && u.password().is_none()).ok_or_else(|| {
        Problem::new("draft.address", "地址应以 http:// 或 https:// 开头，其中不写用户名与密码")
            .fix("令牌用 --secret token=env:变量 给出")
    })
}

/// A client for one question to a department's system.
pub(crate) fn client(authorities: &[Vec<u8>], wait: Duration) -> Result<reqwest::Client, Problem> {
    daylight_host::ready_for_tls();
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(wait)
        .http1_only()
        .no_proxy()
        .user_agent(concat!("daylight/", env!("CARGO_PKG_VERSION")));
    for certificate in authorities.iter().flat_map(|file| daylight_host::authorities(file).unwrap_or_default()) {
        builder = builder.add_root_certificate(certificate);
    }
    builder.build().map_err(|e| Problem::new("system.http", e.to_string()))
}

/// One GET.
pub(super) async fn get(url: &reqwest::Url, bearer: Option<&str>, authorities: &[Vec<u8>]) -> Result<Vec<u8>, Problem> {
    let mut request = client(authorities, WAIT)?.get(url.clone()).header("accept", "application/json, text/xml, */*");
    if let Some(token) = bearer {
        request = request.bearer_auth(token);
    }
    // The address may hold a secret, and stands in no message.
    let failed = |e: reqwest::Error| {
        let e = e.without_url();
        let mut cause: &dyn std::error::Error = &e;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Problem::new("draft.unreachable", format!("来源没有回答：{cause}"))
            .fix("核对地址、网络与证书；也可把一次回答存成文件再试")
    };
    let mut response = request.send().await.map_err(failed)?;
    let status = response.status();
    if !status.is_success() {
        return Err(Problem::new("draft.refused", format!("来源以 HTTP {} 回答", status.as_u16()))
            .fix("401、403：用 --secret token=env:变量 给出令牌；404：核对路径"));
    }
    let mut bytes = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(failed)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > BYTES {
            return Err(too_large());
        }
    }
    Ok(bytes)
}

//! HTTP for guests, through the core's own client: only granted origins, names resolved once and the addresses checked,
//! those addresses dialled, no redirects, no proxy, bounded bytes and time. The guest holds a handle to a secret, never its value.

use super::connector::bindings::daylight::plugin::http as wit;
use super::connector::bindings::daylight::plugin::types::Failure;
use super::grants::Origin;
use super::state::State;
use crate::error::PluginError;
use base64::Engine as _;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// What a secret handle stands for.
pub struct Secret {
    value: String,
}

/// One client per origin and its addresses.
#[derive(Default)]
pub(crate) struct Clients(HashMap<String, reqwest::Client>);

pub(crate) fn failure(code: &str, message: &str, retryable: bool) -> Failure {
    Failure { code: code.to_owned(), message: message.to_owned(), setting: None, retryable, retry_after_ms: None }
}

/// Whether an address may be dialled. Link-local, unspecified, multicast and broadcast addresses never.
fn address_allowed(address: IpAddr, private: bool) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let never = v4.is_link_local() || v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast() || a == 0;
            let inside = v4.is_private() || v4.is_loopback() || (a == 100 && (64..128).contains(&b));
            !never && (private || !inside)
        }
        IpAddr::V6(v6) => {
            if let Some(v4) = v6.to_ipv4_mapped() {
                return address_allowed(IpAddr::V4(v4), private);
            }
            let head = v6.segments().first().copied().unwrap_or(0);
            let nat64 = head == 0x64 && v6.segments().get(1) == Some(&0xff9b);
            let never = v6.is_unspecified() || v6.is_multicast() || (head & 0xffc0) == 0xfe80 || nat64;
            let inside = v6.is_loopback() || (head & 0xfe00) == 0xfc00;
            !never && (private || !inside)
        }
    }
}

/// The certificates in a file: one in DER, or any number in PEM.
///
/// # Errors
/// `trust.certificate`.
pub fn authorities(file: &[u8]) -> Result<Vec<reqwest::Certificate>, PluginError> {
    let refused = |why: String| PluginError::new("trust.certificate", why);
    if !file.starts_with(b"-----BEGIN") && !file.windows(10).any(|w| w == b"-----BEGIN") {
        return reqwest::Certificate::from_der(file).map(|one| vec![one]).map_err(|e| refused(e.to_string()));
    }
    match reqwest::Certificate::from_pem_bundle(file) {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(refused("文件中没有证书".to_owned())),
        Err(e) => Err(refused(e.to_string())),
    }
}

/// Makes this process ready for TLS; who comes first does it, and everybody after finds it done.
pub fn ready_for_tls() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// An address with its `{secret}` filled in, encoded as an address needs it.
#[must_use]
pub fn with_secret(address: &str, secret: &str) -> String {
    let mut encoded = String::with_capacity(secret.len());
    for byte in secret.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    address.replace("{secret}", &encoded)
}

const OWN_HEADERS: [&str; 8] =
    ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "proxy-authorization"];

impl State {
    async fn client(&mut self, origin: &Origin, private: bool) -> Result<reqwest::Client, Failure> {
        if let Some(client) = self.clients.0.get(&origin.to_string()) {
            return Ok(client.clone());
        }
        let bare = origin.host.trim_start_matches('[').trim_end_matches(']');
        let wait = Duration::from_millis(self.limits.http_ms);
        let found: Vec<SocketAddr> = match bare.parse::<IpAddr>() {
            Ok(ip) => vec![SocketAddr::new(ip, origin.port)],
            Err(_) => tokio::time::timeout(wait, self.deps.resolve(bare, origin.port))
                .await
                .map_err(|_| failure("http.timeout", "域名解析超时", true))?
                .map_err(|e| failure("http.unreachable", &format!("域名无法解析：{e}"), true))?,
        };
        let allowed: Vec<SocketAddr> = found.iter().copied().filter(|a| address_allowed(a.ip(), private)).collect();
        if allowed.is_empty() {
            let all: Vec<String> = found.iter().map(|a| a.ip().to_string()).collect();
            let what = format!("{origin} 指向 {}，不允许访问", all.join("、"));
            self.refused(&what, &format!("[[grants.http]] origin = \"{origin}\", private = true（仅限内网地址）"));
            return Err(failure("http.denied", "不允许访问该地址", false));
        }
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(wait)
            .connect_timeout(wait.min(Duration::from_secs(10)))
            .http1_only()
            .user_agent(concat!("daylight/", env!("CARGO_PKG_VERSION")))
            .resolve_to_addrs(&origin.host, &allowed);
        for certificate in self.deps.county_cas.iter().flat_map(|file| authorities(file).unwrap_or_default()) {
            builder = builder.add_root_certificate(certificate);
        }
        let client = builder.build().map_err(|e| failure("http.invalid", &e.to_string(), false))?;
        self.clients.0.insert(origin.to_string(), client.clone());
        Ok(client)
    }

    async fn dispatch(&mut self, request: wit::Request) -> Result<wit::Response, Failure> {
        let invalid = |why: &str| failure("http.invalid", why, false);
        let mut url = reqwest::Url::parse(&request.url).map_err(|_| invalid("地址应为完整的 http(s) 地址"))?;
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(invalid("地址不能带用户名、密码或片段"));
        }
        let origin = Origin::of(&url).ok_or_else(|| invalid("只支持 http 与 https"))?;
        let grant = self.grants.http.iter().find(|g| Origin::parse(&g.origin).as_ref() == Some(&origin)).cloned();
        let Some(grant) = grant else {
            self.refused(&format!("插件要访问 {origin}，未获授权"), &format!("[[grants.http]] origin = \"{origin}\""));
            return Err(failure("http.denied", "不允许访问该地址", false));
        };
        let method = match request.method.as_str() {
            "GET" => reqwest::Method::GET,
            "POST" => reqwest::Method::POST,
            "PUT" => reqwest::Method::PUT,
            "HEAD" => reqwest::Method::HEAD,
            _ => return Err(invalid("只支持 GET、POST、PUT、HEAD")),
        };
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value) in request.headers {
            if OWN_HEADERS.contains(&name.to_ascii_lowercase().as_str()) {
                return Err(invalid(&format!("请求头 {name} 由主机设置")));
            }
            headers.push((name, value));
        }
        for credential in request.credentials {
            let secret = self.table.get(&credential.secret).map_err(|_| invalid("凭据已失效"))?.value.clone();
            match credential.placement {
                wit::Placement::Bearer => headers.push(("authorization".to_owned(), format!("Bearer {secret}"))),
                wit::Placement::Basic(user) => {
                    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{secret}"));
                    headers.push(("authorization".to_owned(), format!("Basic {pair}")));
                }
                wit::Placement::Header(name) => headers.push((name, secret)),
                wit::Placement::Query(name) => {
                    url.query_pairs_mut().append_pair(&name, &secret);
                }
                wit::Placement::HmacSha256Header(name) => {
                    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_err(|_| invalid("密钥为空"))?;
                    mac.update(&credential.signed_text.unwrap_or_default());
                    headers.push((name, hex::encode(mac.finalize().into_bytes())));
                }
            }
        }
        let client = self.client(&origin, grant.private).await?;
        let mut built = client.request(method, url);
        for (name, value) in headers {
            built = built.header(name, value);
        }
        if let Some(body) = request.body {
            built = built.body(body);
        }
        let sent = |e: reqwest::Error| {
            // The address may hold a secret in its query: it is left out of every message.
            let e = e.without_url();
            // What the system says stands at the end of the chain: refused, no route, a certificate nobody knows.
            let mut cause: &dyn std::error::Error = &e;
            while let Some(deeper) = cause.source() {
                cause = deeper;
            }
            let e_text = format!("{origin}：{cause}");
            if e.is_timeout() {
                failure("http.timeout", &format!("{origin} 没有在时限内应答"), true)
            } else if e.is_builder() || e.is_request() && e.status().is_none() && !e.is_connect() && !e.is_body() {
                failure("http.unreachable", &format!("请求失败：{e_text}"), true)
            } else {
                failure("http.unreachable", &format!("无法连接 {e_text}"), true)
            }
        };
        let mut response = built.send().await.map_err(sent)?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        let too_large = || {
            let message = format!("应答超过 {} MiB", self.limits.response_bytes >> 20);
            failure("http.too-large", &message, false)
        };
        let announced = response.content_length().unwrap_or(0);
        if usize::try_from(announced).unwrap_or(usize::MAX) > self.limits.response_bytes {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(piece) = response.chunk().await.map_err(sent)? {
            if body.len() + piece.len() > self.limits.response_bytes {
                return Err(too_large());
            }
            body.extend_from_slice(&piece);
        }
        Ok(wit::Response { status, headers, body })
    }
}

impl wit::Host for State {
    async fn send(&mut self, request: wit::Request) -> wasmtime::Result<Result<wit::Response, Failure>> {
        self.called()?;
        Ok(self.dispatch(request).await)
    }
}

impl wit::HostSecret for State {
    async fn open(&mut self, name: String) -> wasmtime::Result<Result<wasmtime::component::Resource<Secret>, Failure>> {
        self.called()?;
        let Some(value) = self.secret(&name) else {
            self.refused(
                &format!("插件要使用密钥“{name}”，未获授权或未存储"),
                &format!("[grants] secrets = [\"{name}\"]"),
            );
            return Ok(Err(failure("secret.not-granted", "没有这个密钥", false)));
        };
        self.handle_opened()?;
        Ok(Ok(self.table.push(Secret { value })?))
    }

    async fn drop(&mut self, handle: wasmtime::component::Resource<Secret>) -> wasmtime::Result<()> {
        self.table.delete(handle)?;
        self.handles = self.handles.saturating_sub(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_with_any_character_fits_into_an_address() {
        let address = with_secret("mysql://reader:{secret}@10.0.0.1/db", "p@ss/w:rd%密");
        assert_eq!(address, "mysql://reader:p%40ss%2Fw%3Ard%25%E5%AF%86@10.0.0.1/db");
    }

    #[test]
    fn private_addresses_need_a_grant_and_link_local_ones_never_get_one() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        for public in ["93.184.216.34", "2606:2800:220:1::1"] {
            assert!(address_allowed(ip(public), false), "{public}");
        }
        for inside in
            ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "100.64.0.1", "::1", "fd00::1", "::ffff:10.0.0.1"]
        {
            assert!(!address_allowed(ip(inside), false) && address_allowed(ip(inside), true), "{inside}");
        }
        for never in
            ["169.254.169.254", "0.0.0.0", "224.0.0.1", "fe80::1", "::", "::ffff:169.254.169.254", "64:ff9b::a00:1"]
        {
            assert!(!address_allowed(ip(never), true), "{never}");
        }
    }
}

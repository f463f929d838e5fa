//! Mail: in the clear, with TLS from the first byte and with STARTTLS, by the county's own certificate authority.

use crate::notify::{clock, configured, open};
use daylight::app::App;
use daylight_tests::letterbox::{Letterbox, Safety};
use std::path::Path;
use std::sync::Arc;

fn channel(scheme: &str, port: u16, more: &str) -> String {
    format!(
        "[[channel]]\nid = \"office\"\nkind = \"smtp\"\naddress = \"{scheme}://localhost:{port}\"\n\
         from = \"阳光监察 <daylight@example.gov.cn>\"\nto = [\"a@example.gov.cn\", \"full@example.gov.cn\"]\n{more}\n"
    )
}

async fn county(folder: &Path, channels: &str) -> Arc<App> {
    configured(folder, channels);
    open(folder, &clock()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_is_signed_in_for_and_who_is_refused_holds_up_nobody() {
    let server = Letterbox::open(Safety::Plain);
    let folder = tempfile::tempdir().expect("a folder");
    let more = "user = \"daylight\"\nsecret = \"mail\"";
    let app = county(folder.path(), &channel("smtp-plain", server.port, more)).await;
    assert_eq!(app.notify_test("office", Some("b@example.gov.cn")).await.expect("sent"), ["b@example.gov.cn"]);
    let refused = app.notify_test("office", None).await.expect_err("one is refused");
    assert_eq!(refused.code, "notify.refused");
    assert!(refused.message.contains("552"), "{refused}");
    let letters = server.letters();
    assert_eq!(letters.iter().map(|l| l.to.as_str()).collect::<Vec<_>>(), ["b@example.gov.cn", "a@example.gov.cn"]);
    let letter = &letters[0];
    // RFC 4616: nothing, the name, the password.
    assert_eq!(letter.auth.as_deref(), Some("AGRheWxpZ2h0AGdlaGVpbQ=="));
    assert!(letter.text.contains("Subject: =?utf-8?b?"), "{}", letter.text);
    assert!(letter.text.contains("Message-ID: <") && letter.text.contains("@example.gov.cn>"), "{}", letter.text);
    assert!(letter.text.contains("Date: Wed, 04 Mar 2026 02:00:00"), "{}", letter.text);
    app.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_ways_of_tls_are_spoken_by_the_county_s_own_authority_only() {
    for (safety, scheme) in [(Safety::Implicit, "smtps"), (Safety::StartTls, "smtp")] {
        let server = Letterbox::open(safety);
        let folder = tempfile::tempdir().expect("a folder");
        let app = county(folder.path(), &channel(scheme, server.port, "")).await;
        let unknown = app.notify_test("office", Some("a@example.gov.cn")).await.expect_err("an authority nobody knows");
        assert!(["notify.tls", "notify.unreachable"].contains(&unknown.code.as_str()), "{scheme}: {unknown}");
        assert_eq!(server.letters().len(), 0, "{scheme}");
        app.close().await;
        let trust = folder.path().join("config/trust");
        std::fs::create_dir_all(&trust).expect("a folder");
        std::fs::write(trust.join("county.pem"), &server.authority).expect("written");
        let app = open(folder.path(), &clock()).await;
        app.notify_test("office", Some("a@example.gov.cn")).await.unwrap_or_else(|e| panic!("{scheme}: {e}"));
        let letters = server.letters();
        assert!(letters.len() == 1 && letters[0].safe, "{scheme}: {letters:?}");
        app.close().await;
    }
    // A server that has no STARTTLS gets nothing in the clear.
    let server = Letterbox::open(Safety::Plain);
    let folder = tempfile::tempdir().expect("a folder");
    let app = county(folder.path(), &channel("smtp", server.port, "")).await;
    app.notify_test("office", Some("a@example.gov.cn")).await.expect_err("not in the clear");
    assert_eq!(server.letters().len(), 0);
    app.close().await;
}

//! What a real system answered is kept without secrets and persons, and is answered again.

use super::{ask, plan};
use daylight::kit::mock::{Faults, Kind, Mock, Recorded, Recorder, afterwards};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_answers_as_the_system_did_without_its_secrets_and_persons() {
    let folder = tempfile::tempdir().expect("a folder");
    let tape = folder.path().join("tape");
    let plan = plan(Kind::Rest, 30);
    let clock = Arc::new(afterwards(&plan));
    let real = Mock::start(plan, clock).await.expect("a fake department");
    let hide = vec!["applicantName".to_owned(), "idNo".to_owned(), "phone".to_owned()];
    let recorder = Recorder::start(real.address(), &tape, hide, None).await.expect("a recorder");
    let bearer = format!("Authorization: Bearer {}\r\nCookie: session=s3cret\r\n", real.secret());
    let targets = [
        "/api/v2/events?after=0&size=40",
        "/api/v2/events?size=40&after=40&token=s3cret",
        "/api/v2/events?after=0&size=40",
        "/nowhere",
    ];
    let mut told = Vec::new();
    for target in targets {
        told.push(ask(recorder.address(), "GET", target, &bearer, b"").await);
        // Between equal requests the system has moved on.
        real.set_faults(Faults::parse("empty@2").expect("faults")).expect("faults");
    }
    assert_eq!(recorder.recorded(), 4);
    assert!(String::from_utf8_lossy(&told[0].1).contains("applicantName"));
    let direct = ask(real.address(), "GET", targets[0], &bearer, b"").await;
    assert_eq!(direct.1, told[0].1, "who asks the recorder is told what the system says");

    let mut kept = String::new();
    for entry in std::fs::read_dir(&tape).expect("a folder").flatten() {
        kept += &String::from_utf8_lossy(&std::fs::read(entry.path()).expect("a file"));
    }
    let truth = real.truth();
    let secret = real.secret().to_owned();
    let persons = truth
        .iter()
        .flat_map(|h| h.fields.iter())
        .filter(|(f, _)| ["applicant_name", "applicant_id_no", "contact_phone"].contains(f));
    let (mut n, secrets) = (0, [secret.as_str(), "s3cret"]);
    for word in persons.map(|(_, v)| v.as_str()).chain(secrets) {
        assert!(!kept.contains(word), "{word} is in the recording");
        n += 1;
    }
    assert!(n > 50 && kept.contains("authorization") && kept.contains("cookie"), "names of headers are kept");

    let played = Recorded::start(&tape).await.expect("a recording");
    let again = |target: &'static str| ask(played.address(), "GET", target, "", b"");
    let first = again(targets[0]).await;
    assert!(first.0.starts_with("HTTP/1.1 200") && first.0.contains("application/json"), "{}", first.0);
    let rows = |body: &[u8]| {
        serde_json::from_slice::<serde_json::Value>(body).expect("JSON")["data"]["list"].as_array().map(Vec::len)
    };
    assert_eq!(rows(&first.1), Some(40));
    assert_eq!(
        rows(&again("/api/v2/events?token=other&after=40&size=40").await.1),
        rows(&told[1].1),
        "any order, any secret"
    );
    assert_eq!(rows(&again(targets[2]).await.1), rows(&told[2].1), "equal requests in their order");
    assert_eq!(rows(&again(targets[2]).await.1), rows(&told[2].1), "the last answer stays");
    played.rewind();
    assert_eq!(rows(&again(targets[0]).await.1), Some(40));
    assert!(again("/nowhere").await.0.starts_with("HTTP/1.1 404"));

    let (head, body) = again("/api/v2/events?after=41&size=40").await;
    let text = String::from_utf8_lossy(&body).into_owned();
    assert!(head.starts_with("HTTP/1.1 404") && text.contains("mock.not-recorded"), "{head}{text}");
    assert!(
        text.contains("/api/v2/events?after=41&size=40") && text.contains("001 GET /api/v2/events?after=0&size=40"),
        "{text}"
    );
    assert_eq!(played.unknown().len(), 1);
    played.set_faults(Faults::parse("5xx@1").expect("faults"));
    assert!(again(targets[0]).await.0.starts_with("HTTP/1.1 503"));
    assert!(again(targets[0]).await.0.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_recording_that_cannot_be_read_is_named_by_its_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let tape = folder.path();
    let code = |r: Result<Recorded, daylight::problem::Problem>| r.err().map(|p| (p.code, p.message)).expect("refused");
    assert_eq!(code(Recorded::start(tape).await).0, "mock.recording");
    std::fs::write(tape.join("001.request.json"), "{\"method\":\"GET\",\"path\":\"/a\"}").expect("written");
    assert!(code(Recorded::start(tape).await).1.contains("001.response.json"));
    for (answer, word) in [
        ("{\"status\":200,\"body\":\"../secret\"}", "../secret"),
        ("{\"status\":99}", "001.response.json"),
        ("{\"status\":200,\"colour\":1}", "colour"),
    ] {
        std::fs::write(tape.join("001.response.json"), answer).expect("written");
        let (code, message) = code(Recorded::start(tape).await);
        assert!(code == "mock.recording" && message.contains(word), "{message}");
    }
    std::fs::write(tape.join("001.response.json"), "{\"status\":204}").expect("written");
    let played = Recorded::start(tape).await.expect("a recording");
    assert!(ask(played.address(), "GET", "/a", "", b"").await.0.starts_with("HTTP/1.1 204"));
    let again = Recorder::start("http://127.0.0.1:1", tape, Vec::new(), None).await.err().expect("refused");
    assert_eq!(again.code, "mock.folder");
    for wrong in ["ftp://a", "nothing", "http://u:p@127.0.0.1"] {
        let elsewhere = folder.path().join("new");
        assert_eq!(Recorder::start(wrong, &elsewhere, Vec::new(), None).await.err().expect(wrong).code, "mock.record");
    }
}

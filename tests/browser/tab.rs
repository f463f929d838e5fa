//! A tab as a person uses it: goes to an address, fills a field by its label, presses a button by its name, reads a table. Every
//! person has a context of their own (cookies, cache), with scripts or without.

use crate::chromium::{Chromium, Event};
use serde_json::{Value, json};

/// What the page sees of itself; runs beside the page's own scripts, and where the page's scripts do not run.
const EYES: &str = include_str!("eyes.js");
const WORLD: &str = "daylight-eyes";

/// One tab in a context of its own.
pub struct Tab<'a> {
    pub browser: &'a Chromium,
    pub session: String,
    context: String,
    target: String,
    base: String,
}

/// How a context is.
#[derive(Clone, Copy, Default)]
pub struct Kind {
    /// Scripts of pages do not run.
    pub no_scripts: bool,
    /// The page's content security policy is not kept: for tools that are put into it.
    pub no_policy: bool,
}

impl<'a> Tab<'a> {
    /// A tab of somebody who was never here, in a window of 1280 by 800.
    pub fn open(browser: &'a Chromium, base: &str, kind: Kind) -> Self {
        let text = |v: &Value, name: &str| v[name].as_str().unwrap_or_default().to_owned();
        let context = text(&browser.ask("", "Target.createBrowserContext", json!({})), "browserContextId");
        let place = json!({ "url": "about:blank", "browserContextId": context });
        let target = text(&browser.ask("", "Target.createTarget", place), "targetId");
        let attach = json!({ "targetId": target, "flatten": true });
        let session = text(&browser.ask("", "Target.attachToTarget", attach), "sessionId");
        let tab = Self { browser, session, context, target, base: base.to_owned() };
        for domain in ["Page", "Runtime", "Network", "Log", "Accessibility"] {
            tab.ask(&format!("{domain}.enable"), json!({}));
        }
        tab.ask("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }));
        tab.ask("Page.addScriptToEvaluateOnNewDocument", json!({ "source": EYES, "worldName": WORLD }));
        tab.ask("Emulation.setLocaleOverride", json!({ "locale": "zh-CN" }));
        tab.ask("Network.setExtraHTTPHeaders", json!({ "headers": { "accept-language": "zh-CN,zh" } }));
        if kind.no_scripts {
            tab.ask("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
        }
        if kind.no_policy {
            tab.ask("Page.setBypassCSP", json!({ "enabled": true }));
        }
        tab.resize(1280, 800);
        tab
    }

    pub fn ask(&self, method: &str, params: Value) -> Value {
        self.browser.ask(&self.session, method, params)
    }

    pub fn resize(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", size);
    }

    /// Is somebody who signed in, by the cookie that is given for it.
    pub fn as_session(&self, secret: &str) {
        let cookie =
            json!({ "name": "daylight", "value": secret, "url": self.base, "httpOnly": true, "sameSite": "Lax" });
        self.ask("Network.setCookie", cookie);
    }

    /// Goes to an address of ours and waits until everything the page needs is there; the status of the page itself.
    pub fn go(&self, path: &str) -> Result<u16, String> {
        let from = self.browser.heard();
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        let gone = self.browser.try_ask(&self.session, "Page.navigate", json!({ "url": url }))?;
        if let Some(error) = gone["errorText"].as_str() {
            return Err(format!("{path}: {error}"));
        }
        let loader = gone["loaderId"].clone();
        self.loaded(from)?;
        let answers = self.browser.since(&self.session, from);
        let document =
            answers.iter().rfind(|e| e.method == "Network.responseReceived" && e.params["loaderId"] == loader);
        let of = |e: &Event| e.params["response"]["status"].as_u64();
        let first = answers.iter().find(|e| {
            e.method == "Network.responseReceived" && e.params["loaderId"] == loader && e.params["type"] == "Document"
        });
        Ok(first.or(document).and_then(of).and_then(|n| u16::try_from(n).ok()).unwrap_or(0))
    }

    fn loaded(&self, from: usize) -> Result<(), String> {
        self.browser.hear(&self.session, from, "the page", |e| e.method == "Page.loadEventFired").map(drop)
    }

    /// Evaluates something where the eyes are, which see the page but not its scripts.
    pub fn see(&self, expression: &str) -> Result<Value, String> {
        let frame = self.ask("Page.getFrameTree", json!({}))["frameTree"]["frame"]["id"].clone();
        let world = json!({ "frameId": frame, "worldName": WORLD });
        let context = self.browser.try_ask(&self.session, "Page.createIsolatedWorld", world)?;
        let context = context["executionContextId"].clone();
        // Where scripts are off the eyes do not open by themselves.
        self.evaluate(&format!("{EYES};({expression})"), Some(context))
    }

    /// Evaluates something among the page's own scripts.
    pub fn evaluate(&self, expression: &str, context: Option<Value>) -> Result<Value, String> {
        let mut words = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        if let Some(context) = context {
            words["contextId"] = context;
        }
        let said = self.browser.try_ask(&self.session, "Runtime.evaluate", words)?;
        match said.get("exceptionDetails") {
            Some(wrong) => Err(format!("{}", wrong["exception"]["description"])),
            None => Ok(said["result"]["value"].clone()),
        }
    }

    fn must(&self, expression: &str) -> Value {
        self.see(expression).unwrap_or_else(|e| panic!("{}: {e}", self.here()))
    }

    /// The path and query of the page.
    pub fn here(&self) -> String {
        let said = self.see("location.pathname + location.search").unwrap_or_default();
        said.as_str().unwrap_or_default().to_owned()
    }

    /// The words of the page, as a person reads them.
    pub fn text(&self) -> String {
        self.must("document.body.innerText").as_str().unwrap_or_default().to_owned()
    }

    /// Writes into the field with this label, as with a keyboard; chooses, in a list of choices.
    pub fn fill(&self, label: &str, value: &str) {
        self.fill_in("", label, value);
    }

    /// The same, within the form whose button has this name: pages may have several forms with the same labels.
    pub fn fill_in(&self, button: &str, label: &str, value: &str) {
        let typed = self.must(&format!("eyes.fill({}, {}, {})", json!(button), json!(label), json!(value)));
        if typed == json!("type") {
            self.ask("Input.insertText", json!({ "text": value }));
        }
    }

    /// Presses the button or link with this name by the mouse, and waits for the page that comes.
    pub fn press(&self, name: &str) {
        let place = self.must(&format!("eyes.place({})", json!(name)));
        let from = self.browser.heard();
        for kind in ["mousePressed", "mouseReleased"] {
            let at = json!({ "type": kind, "x": place["x"], "y": place["y"], "button": "left", "clickCount": 1 });
            self.ask("Input.dispatchMouseEvent", at);
        }
        self.loaded(from).unwrap_or_else(|e| panic!("{} pressed “{name}”: {e}", self.here()));
    }

    /// The next field, as Tab goes.
    pub fn tab_key(&self) {
        for kind in ["rawKeyDown", "keyUp"] {
            let key = json!({ "type": kind, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9 });
            self.ask("Input.dispatchKeyEvent", key);
        }
    }

    /// What stands beside a label.
    pub fn fact(&self, label: &str) -> String {
        self.must(&format!("eyes.fact({})", json!(label))).as_str().unwrap_or_default().to_owned()
    }

    /// The rows of the table under a heading: each cell's words, without the head.
    pub fn table(&self, heading: &str) -> Vec<Vec<String>> {
        let rows = self.must(&format!("eyes.table({})", json!(heading)));
        serde_json::from_value(rows).expect("a table")
    }

    /// Waits until the page hears the live stream.
    pub fn listening(&self) {
        let events = |e: &Event| {
            e.method == "Network.responseReceived"
                && e.params["response"]["url"].as_str().is_some_and(|url| url.ends_with("/api/v1/events"))
        };
        self.browser.hear(&self.session, 0, "the live stream", events).unwrap_or_else(|e| panic!("{e}"));
    }

    /// Remembers a part of the page for `changes`.
    pub fn remember(&self, part: &str) {
        assert_eq!(self.must(&format!("eyes.remember({})", json!(part))), json!(true), "{part} of {}", self.here());
    }

    /// Waits until a part of the page was put anew.
    pub fn changes(&self, part: &str) {
        self.must(&format!("eyes.changed({})", json!(part)));
    }

    /// A picture of the window, PNG.
    pub fn picture(&self) -> Vec<u8> {
        use base64::Engine as _;
        let shot = json!({ "format": "png", "optimizeForSpeed": false });
        let picture = self.ask("Page.captureScreenshot", shot);
        base64::engine::general_purpose::STANDARD
            .decode(picture["data"].as_str().unwrap_or_default())
            .expect("a picture")
    }
}

impl Drop for Tab<'_> {
    fn drop(&mut self) {
        for (method, params) in [
            ("Target.closeTarget", json!({ "targetId": self.target })),
            ("Target.disposeBrowserContext", json!({ "browserContextId": self.context })),
        ] {
            let _ = self.browser.try_ask("", method, params);
        }
    }
}

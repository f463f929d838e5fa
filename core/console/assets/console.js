// What the pages gain where scripts run: a list that changed says so, and is read again. Without it every page is whole.
"use strict";
(() => {
  const parts = [...document.querySelectorAll("[data-live]")];
  if (parts.length === 0 || !("EventSource" in window)) return;
  const topics = parts.map((part) => part.dataset.live);
  // A wall has a stream of its own, and says when it is cut off.
  const own = document.body.dataset.stream;
  const broken = (is) => document.querySelectorAll("[data-broken]").forEach((part) => { part.hidden = !is; });
  let waiting = false;
  // Several changes in a moment are one reading.
  const again = () => {
    if (waiting) return;
    waiting = true;
    setTimeout(async () => {
      waiting = false;
      try {
        const answer = await fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
        if (!answer.ok) return broken(true);
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        const found = [...fresh.querySelectorAll("[data-live]")];
        document.querySelectorAll("[data-live]").forEach((old, at) => {
          const inside = old.contains(document.activeElement);
          if (found[at] && !inside) old.replaceWith(found[at]);
        });
      } catch {
        broken(true);
      }
    }, 500);
  };
  const stream = new EventSource(own || "/api/v1/events");
  // What each kind of thing tells of itself.
  const acts = {
    card: ["issued", "confirm", "revoke", "read", "feedback", "close", "appeal", "decide"],
    case: ["changed"],
    order: ["issue", "reply", "return", "close", "withdraw", "escalate"],
    investigation: ["notify", "conclude", "measure", "return", "accept", "close"],
    draft: ["return", "approve", "publish"],
    complaint: ["assign", "review", "reopen", "decide-extension"],
    enquiry: ["register", "transfer"],
    rating: ["register", "decide"],
    score: ["open", "appeal", "decide", "finalise", "publish", "withdraw"],
  };
  const told = Object.entries(acts).flatMap(([kind, words]) => words.map((word) => `${kind}.${word}`));
  for (const topic of [...told, "changed"]) {
    if (topics.some((t) => topic.startsWith(t))) stream.addEventListener(topic, again);
  }
  stream.addEventListener("error", () => broken(true));
  stream.addEventListener("open", () => { broken(false); if (own) again(); });
  // What only time changes – a source that fell silent – is told by nobody.
  if (own) setInterval(again, 60000);
  addEventListener("pagehide", () => stream.close());
})();

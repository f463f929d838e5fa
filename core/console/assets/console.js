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
  const told = ["card.issued", "card.confirm", "card.revoke", "card.feedback", "card.appeal", "case.changed",
    "score.open", "score.appeal", "score.decide", "score.finalise", "score.publish", "score.withdraw", "changed"];
  for (const topic of told) {
    if (topics.some((t) => topic.startsWith(t))) stream.addEventListener(topic, again);
  }
  stream.addEventListener("error", () => broken(true));
  stream.addEventListener("open", () => { broken(false); if (own) again(); });
  // What only time changes – a source that fell silent – is told by nobody.
  if (own) setInterval(again, 60000);
  addEventListener("pagehide", () => stream.close());
})();

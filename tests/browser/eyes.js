// What a test sees of a page. It runs beside the page's scripts, in a world of its own.
globalThis.eyes ??= (() => {
  const violations = [];
  addEventListener("securitypolicyviolation", (e) => violations.push(`${e.effectiveDirective} ${e.blockedURI} ${e.sample}`));
  const words = (node) => (node?.textContent ?? "").replace(/\s+/g, " ").trim();
  const shown = (node) => node.checkVisibility({ visibilityProperty: true }) && node.getClientRects().length > 0;
  const labels = (field) => [...(field.labels ?? [])].map((label) => {
    const copy = label.cloneNode(true);
    copy.querySelectorAll("input, select, textarea").forEach((inner) => inner.remove());
    return words(copy);
  });
  // Without the key that presses it, which is told beside its name.
  const bare = (node) => {
    const copy = node.cloneNode(true);
    copy.querySelectorAll("kbd").forEach((key) => key.remove());
    return words(copy);
  };
  const named = (node) => node.getAttribute("aria-label") ?? (bare(node) || node.value || node.title);
  const presses = (scope) => [...scope.querySelectorAll("button, a[href], summary, input[type=submit]")].filter(shown);
  const pressable = (name, scope = document) => {
    // A button before a link: what does something is often called like the place it is done at.
    const all = presses(scope).sort((a, b) => (b.localName === "button") - (a.localName === "button"));
    return all.find((b) => named(b) === name) ?? all.find((b) => named(b).includes(name));
  };
  const scopeOf = (button) => (button === "" ? document : (pressable(button)?.form ?? document));
  const field = (scope, label) => {
    const all = [...scope.querySelectorAll("input:not([type=hidden]), select, textarea")].filter(shown);
    const is = (one, same) => labels(one).some(same) || same(one.getAttribute("aria-label") ?? "");
    return all.find((one) => is(one, (l) => l === label)) ?? all.find((one) => is(one, (l) => l.includes(label)));
  };
  // What Tab should come to: of buttons of choice only one of a group.
  const stops = () => {
    const groups = new Set();
    const all = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']");
    return [...all].filter((one) => {
      if (!shown(one) || one.disabled) return false;
      if (one.type !== "radio") return true;
      const group = `${one.form?.action} ${one.name}`;
      const chosen = [...document.getElementsByName(one.name)].find((r) => r.form === one.form && r.checked);
      if (groups.has(group) || (chosen && chosen !== one)) return false;
      groups.add(group);
      return true;
    });
  };
  const said = (one) => `<${one.localName}> “${(labels(one)[0] ?? named(one)).slice(0, 40)}”`;
  let watched = null;
  let kept = null;
  // Whether somebody who looks at the window sees where the focus is.
  const unseen = (one) => {
    const box = one.getBoundingClientRect();
    const style = getComputedStyle(one);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 2) return "has no outline";
    if (box.bottom <= 0 || box.top >= innerHeight || box.right <= 0 || box.left >= innerWidth) return "is outside the window";
    const x = Math.min(Math.max(box.left + Math.min(box.width / 2, 8), 1), innerWidth - 2);
    const y = Math.min(Math.max(box.top + box.height / 2, 1), innerHeight - 2);
    const over = document.elementFromPoint(x, y);
    return over && !one.contains(over) && !over.contains(one) ? `is under ${said(over)}` : null;
  };
  return {
    violations,
    fill(button, label, value) {
      const one = field(scopeOf(button), label);
      if (!one) throw new Error(`no field “${label}” among ${[...document.querySelectorAll("label")].map(words).join("、")}`);
      if (one.localName === "select") {
        const choice = [...one.options].find((o) => words(o) === value) ?? [...one.options].find((o) => o.value === value);
        if (!choice) throw new Error(`no choice “${value}” in “${label}”: ${[...one.options].map(words).join("、")}`);
        one.value = choice.value;
        one.dispatchEvent(new Event("change", { bubbles: true }));
        return "done";
      }
      if (one.type === "checkbox" || one.type === "radio") {
        if (one.checked !== (value !== "")) one.click();
        return "done";
      }
      if (["date", "time", "datetime-local", "month"].includes(one.type)) {
        one.value = value;
        return "done";
      }
      one.focus();
      one.select();
      return "type";
    },
    place(name) {
      const one = pressable(name);
      if (!one) throw new Error(`nothing named “${name}” among ${presses(document).map(named).join("、")}`);
      one.scrollIntoView({ block: "center", inline: "center" });
      const box = one.getClientRects()[0];
      return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
    },
    fact(label) {
      const one = [...document.querySelectorAll("dt")].find((dt) => words(dt) === label);
      if (!one) throw new Error(`no fact “${label}” among ${[...document.querySelectorAll("dt")].map(words).join("、")}`);
      return words(one.nextElementSibling);
    },
    table(heading) {
      const head = [...document.querySelectorAll("h1, h2, h3, caption, legend")].find((h) => words(h).includes(heading));
      if (!head) throw new Error(`no heading “${heading}”`);
      const after = (table) => head.contains(table) || table.contains(head) || head.compareDocumentPosition(table) & 4;
      const table = [...document.querySelectorAll("table")].find(after);
      if (!table) throw new Error(`no table under “${heading}”`);
      return [...table.querySelectorAll("tbody tr")].map((row) => [...row.cells].map(words));
    },
    // Listens where the focus goes; how many stops Tab should make.
    watch() {
      const wanted = stops();
      watched = { wanted, seen: new Set(), wrong: [] };
      document.activeElement?.blur();
      getSelection()?.removeAllRanges();
      document.addEventListener("focusin", (e) => {
        const one = e.target;
        if (watched.seen.has(one)) return;
        watched.seen.add(one);
        const why = unseen(one);
        if (why) watched.wrong.push(`focus on ${said(one)} ${why}`);
      });
      scrollTo(0, 0);
      return wanted.length;
    },
    watched() {
      const missed = watched.wanted.filter((one) => one.isConnected && !watched.seen.has(one));
      return [...missed.map((one) => `Tab does not come to ${said(one)}`), ...watched.wrong];
    },
    // What of the page is wider than the window.
    wide() {
      const root = document.scrollingElement;
      if (root.scrollWidth <= innerWidth) return [];
      const out = [...document.body.querySelectorAll("*")].filter((one) => {
        const box = one.getBoundingClientRect();
        return Math.max(box.right, box.left + one.scrollWidth) > innerWidth + 1 && ![...parents(one)].some((p) => getComputedStyle(p).overflowX !== "visible");
      });
      return [`${root.scrollWidth} px wide in ${innerWidth}: ${out.slice(-3).map(said).join("、")}`];
    },
    // Every address the page itself loads something from.
    assets() {
      const all = document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src], img[src], image[href], object[data], source[src]");
      return [...new Set([...all].map((n) => n.href?.baseVal ?? n.href ?? n.src ?? n.data))].filter((a) => !a.startsWith("data:"));
    },
    // Words of the program on a Chinese page, where a person should read Chinese.
    codes() {
      if (!document.documentElement.lang.startsWith("zh")) return [];
      const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const found = new Set();
      while (walk.nextNode()) {
        const text = walk.currentNode.data.trim();
        const one = walk.currentNode.parentElement;
        if (/^[a-z]+(_[a-z]+)*$/.test(text) && !one.closest("code, pre, kbd, [lang=en], script, .pair, .who, a[href^=\"/docs/errors/\"]")) found.add(text);
      }
      return [...found];
    },
    // Links within the page that lead nowhere.
    anchors() {
      const inner = [...document.querySelectorAll("a[href^='#']")].map((a) => decodeURIComponent(a.hash.slice(1)));
      return [...new Set(inner)].filter((id) => id !== "" && !document.getElementById(id));
    },
    // Remembers a part of the page; until it was put anew.
    remember(part) {
      kept = document.querySelector(part);
      return kept !== null;
    },
    changed(part) {
      const is = () => document.querySelector(part) !== kept;
      return new Promise((done) => {
        if (is()) return done(true);
        const look = new MutationObserver(() => is() && (look.disconnect(), done(true)));
        look.observe(document.body, { childList: true, subtree: true });
      });
    },
    // Names that are there twice.
    ids() {
      const all = [...document.querySelectorAll("[id]")].map((n) => n.id);
      return [...new Set(all.filter((id, at) => all.indexOf(id) !== at))];
    },
  };
  function* parents(one) {
    for (let p = one.parentElement; p && p !== document.body; p = p.parentElement) yield p;
  }
})();

/* How long until a promise is due? <yn-countdown due="2026-03-11T02:30:00+00:00" now="2026-03-11T02:20:00+00:00"
     started=… warn=… day="d">00:10:00</yn-countdown>
   `now` is the server's clock when the page was made: the browser's own clock is never trusted, only its ticking.
   data-state: ok, soon (as long before risk as risk is before due), risk (from `warn`, else the last quarter, else 30 min),
   over; event yn:over when it breaks. A hidden word in it says the same (words: <html data-count-words="a|b|c|d">).
   Shapes and states as in kit/formats.py and count_states.py. One timer serves all. */
(() => {
  const ticking = new Set();
  const DAY = 86400, STATES = ["ok", "soon", "risk", "over"];
  const two = (number) => String(number).padStart(2, "0");
  let timer = 0;

  function shape(seconds, day) {
    const sign = seconds < 0 ? "-" : "";
    let rest = Math.abs(seconds);
    const days = Math.floor(rest / DAY);
    rest %= DAY;
    const hours = two(Math.floor(rest / 3600)), minutes = two(Math.floor((rest % 3600) / 60));
    return sign + (days ? `${days}${day} ${hours}:${minutes}` : `${hours}:${minutes}:${two(rest % 60)}`);
  }

  function tick() {
    for (const element of ticking) element.tick();
    if (!ticking.size) timer = 0;
    else timer = setTimeout(tick, 1000 - (Date.now() % 1000));
  }

  class Countdown extends HTMLElement {
    static observedAttributes = ["due", "now", "started", "warn"];

    connectedCallback() {
      this.sync();
      ticking.add(this);
      if (!timer) tick();
    }

    disconnectedCallback() { ticking.delete(this); }

    attributeChangedCallback() { if (this.isConnected) this.sync(); }

    /* Only the ticking of the browser's clock counts. Date, not performance.now(): that one stands still in sleep.
       In the first page `now` is as old as the answer's first byte; in a swapped part it is fresh. */
    sync() {
      const first = !this.synced && document.readyState !== "complete";
      const age = first ? performance.now() - (performance.getEntriesByType("navigation")[0]?.responseStart || 0) : 0;
      const at = (name) => Date.parse(this.getAttribute(name) ?? "");
      this.synced = true;
      this.due = at("due");
      this.offset = at("now") ? at("now") - (Date.now() - age) : 0;
      this.warn = at("warn") || this.due - (at("started") ? (this.due - at("started")) / 4 : 1800000);
      this.tick();
    }

    /* Only what differs is written, so that nothing is read out anew each second. */
    say(state, text) {
      const word = (document.documentElement.dataset.countWords || "").split("|")[STATES.indexOf(state)] || "";
      if (this.firstChild?.nodeType !== 1 || this.childNodes.length !== 2)
        this.replaceChildren(Object.assign(document.createElement("span"), { className: "visually-hidden" }), "");
      if (this.firstChild.textContent !== `${word} `) this.firstChild.textContent = `${word} `;
      if (this.lastChild.data !== text) this.lastChild.data = text;
    }

    tick() {
      if (Number.isNaN(this.due)) return;
      const now = Date.now() + this.offset;
      const text = shape(Math.floor((this.due - now) / 1000), this.getAttribute("day") || "d");
      const state = now > this.due ? "over" : now >= this.warn ? "risk" : now >= 2 * this.warn - this.due ? "soon" : "ok";
      this.say(state, text);
      if (this.dataset.state === state) return;
      const broke = state === "over" && this.dataset.state;
      this.dataset.state = state;
      if (broke) this.dispatchEvent(new CustomEvent("yn:over", { bubbles: true }));
    }
  }

  customElements.define("yn-countdown", Countdown);
})();

/* How long has it lasted? <yn-elapsed since="2026-03-11T02:20:00+00:00" now="2026-03-11T02:21:05+00:00">01:05</yn-elapsed>
   `now` is the server's clock when the part was made; of the browser's clock only the ticking counts. */
(() => {
  const all = new Set();
  const two = (number) => String(number).padStart(2, "0");
  let timer = 0;

  function shape(seconds) {
    const hours = Math.floor(seconds / 3600), rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
    return hours ? `${hours}:${rest}` : rest;
  }

  function tick() {
    for (const element of all) element.tick();
    timer = all.size ? setTimeout(tick, 1000 - (Date.now() % 1000)) : 0;
  }

  class Elapsed extends HTMLElement {
    static observedAttributes = ["since", "now"];

    connectedCallback() {
      this.sync();
      all.add(this);
      if (!timer) tick();
    }

    disconnectedCallback() { all.delete(this); }

    attributeChangedCallback() { if (this.isConnected) this.sync(); }

    sync() {
      const now = Date.parse(this.getAttribute("now") ?? "");
      this.since = Date.parse(this.getAttribute("since") ?? "");
      this.offset = now ? now - Date.now() : 0;
      this.tick();
    }

    tick() {
      if (Number.isNaN(this.since)) return;
      const text = shape(Math.max(0, Math.floor((Date.now() + this.offset - this.since) / 1000)));
      if (this.textContent !== text) this.textContent = text;
    }
  }

  customElements.define("yn-elapsed", Elapsed);
})();

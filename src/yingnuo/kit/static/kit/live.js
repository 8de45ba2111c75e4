/* How does a page hear of changes? {% live "tickets" "ticket:42" %} → <yn-live topics="tickets ticket:42" token=… worker=…>
   dispatches yn:tickets on the body (for ticket:42 both yn:ticket:42 and yn:ticket), so that <div hx-get=… hx-trigger="yn:tickets from:body"> fetches itself again.
   At most one event a second for a topic; a hidden tab waits until it is seen. After a break all topics fire once. */
(() => {
  const PAUSE = 1000;

  class Live extends HTMLElement {
    connectedCallback() {
      this.due = new Map();
      this.fired = new Map();
      this.topics = this.getAttribute("topics").split(" ").filter(Boolean);
      this.seen = () => { if (!document.hidden) for (const [topic, id] of [...this.due]) this.fire(topic, id); };
      this.leave = () => this.port?.postMessage({ bye: true });
      this.back = (event) => { if (event.persisted) { this.hello(); this.hear({ topic: "*" }); } };
      document.addEventListener("visibilitychange", this.seen);
      addEventListener("pagehide", this.leave);
      addEventListener("pageshow", this.back);
      this.connect();
    }

    disconnectedCallback() {
      document.removeEventListener("visibilitychange", this.seen);
      removeEventListener("pagehide", this.leave);
      removeEventListener("pageshow", this.back);
      this.leave();
      this.source?.close();
    }

    connect() {
      if (!window.SharedWorker) return this.alone();
      this.port = new SharedWorker(this.getAttribute("worker"), "yn-live").port;
      this.port.onmessage = ({ data }) => this.hear(data);
      this.hello();
    }

    hello() { this.port?.postMessage({ topics: this.topics, token: this.getAttribute("token") }); }

    alone() {
      this.source?.close();
      this.source = new EventSource(`/rt?token=${encodeURIComponent(this.getAttribute("token"))}`);
      this.source.onmessage = ({ data }) => this.hear({ topic: data.split(" ")[0], id: data.split(" ")[1] });
      this.source.onopen = () => { if (this.lost) this.hear({ topic: "*" }); this.lost = false; };
      this.source.onerror = () => { this.lost = true; if (this.source.readyState === EventSource.CLOSED) this.renew(); };
    }

    hear({ topic, id, refused }) {
      if (refused) return this.renew();
      const topics = topic === "*" ? this.topics : this.topics.filter((own) => own === topic);
      for (const own of topics) this.later(own, id || "");
    }

    later(topic, id) {
      const waiting = this.due.has(topic);
      this.due.set(topic, id);
      if (waiting || document.hidden) return;
      const wait = Math.max(30, (this.fired.get(topic) || -PAUSE) + PAUSE - performance.now());
      setTimeout(() => { if (!document.hidden && this.due.has(topic)) this.fire(topic, this.due.get(topic)); }, wait);
    }

    fire(topic, id) {
      this.due.delete(topic);
      this.fired.set(topic, performance.now());
      for (const name of new Set([topic, topic.split(":")[0]])) {
        document.body.dispatchEvent(new CustomEvent(`yn:${name}`, { detail: { id } }));
      }
    }

    /* The page itself is asked for a new token: so the reader's rights are checked again. */
    async renew() {
      if (this.renewing) return;
      this.renewing = true;
      await new Promise((resolve) => setTimeout(resolve, 3000 + Math.random() * 4000));
      try {
        const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
        const fresh = [...page.querySelectorAll("yn-live")].find((other) => other.getAttribute("topics") === this.getAttribute("topics"));
        if (fresh) this.setAttribute("token", fresh.getAttribute("token"));
      } catch (error) {
        console.warn("live updates wait for the network", error);
      }
      this.renewing = false;
      if (this.isConnected) this.port ? this.hello() : this.alone();
    }
  }

  customElements.define("yn-live", Live);
})();

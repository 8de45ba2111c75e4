/* How does the widget talk to its service? POSTs without cookies; a stream of events; an outbox that survives a reload.
   Everything that changes what is shown goes one after the other, so that nothing is shown twice or out of order. */
const script = document.currentScript, BASE = new URL(script.src).origin, SITE = script.dataset.site || "";
const wishes = () => ({ ...script.dataset, ...(window.YingnuoChat || {}) });
const kept = (name) => { try { return localStorage.getItem(`yn-chat:${SITE}:${name}`); } catch { return null; } };
const keep = (name, value) => { try { value === null ? localStorage.removeItem(`yn-chat:${SITE}:${name}`) : localStorage.setItem(`yn-chat:${SITE}:${name}`, value); } catch { /* a browser that keeps nothing: it works until the page is left */ } };
const newKey = () => [...crypto.getRandomValues(new Uint8Array(12))].map((n) => n.toString(16).padStart(2, "0")).join("");

function language() {
  for (const wish of [document.documentElement.lang, navigator.language]) {
    const code = (wish || "").toLowerCase();
    if (/^zh\b/.test(code)) return /hant|-tw|-hk|-mo/.test(code) ? "zh-hant" : "zh-hans";
    if (/^en\b/.test(code)) return "en";
  }
  return "en";
}

class Refused extends Error {
  constructor(status, told) { super(told.detail || String(status)); this.status = status; this.code = told.code || ""; this.fields = told.fields || {}; }
}

const net = {
  token: kept("token") || "", known: false, stream: null, permission: "", line: Promise.resolve(), onevent: () => {}, onbreak: () => {},

  async call(name, said = {}, files = []) {
    const body = { lang: language(), token: this.token, ...said };
    const options = { method: "POST", credentials: "omit", signal: AbortSignal.timeout?.(files.length ? 120000 : 20000) };
    if (files.length) {
      options.body = new FormData();
      for (const [key, value] of Object.entries(body)) options.body.append(key, value);
      for (const file of files) options.body.append("files", file, file.name);
    } else Object.assign(options, { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const answer = await fetch(`${BASE}/chat/${encodeURIComponent(SITE)}/${name}`, options);
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Refused(answer.status, told);
    return told;
  },

  inLine(work) {
    const done = this.line.then(work);
    this.line = done.catch(() => {});
    return done;
  },

  remember(told) {
    if (told.token) this.token = told.token;
    if (told.known !== undefined) this.known = told.known;
    if (told.token) keep("token", this.known ? null : told.token); // whom the site vouches for is not kept on this machine
    if (told.stream) this.permission = told.stream;
  },

  /* One stream for the page. A refused one gets a new permission first; whatever was missed is asked for when it opens. */
  listen() {
    if (this.stream || !this.permission) return;
    const stream = this.stream = new EventSource(`${BASE}/rt?token=${encodeURIComponent(this.permission)}`);
    stream.onopen = () => { this.tries = 0; this.onevent("open"); };
    stream.onmessage = ({ data }) => this.onevent(data.split(" ")[0] === "*" ? "open" : data.split(" ")[1]);
    stream.onerror = () => {
      this.onbreak();
      if (stream.readyState !== EventSource.CLOSED) return; // it tries again by itself
      this.quiet();
      this.tries = Math.min(6, (this.tries || 0) + 1);
      setTimeout(() => this.onevent("lost"), 1000 * 2 ** this.tries * (0.5 + Math.random() / 2));
    };
  },

  quiet() {
    this.stream?.close();
    this.stream = null;
  },
};

/* What was written and has not arrived: kept until it has. Files live as long as the page does. */
const outbox = {
  waiting: [], timer: 0, wait: 1000, onchange: () => {}, onsent: () => {},

  load() { try { this.waiting = JSON.parse(kept("out") || "[]").filter((one) => one.key && one.text); } catch { this.waiting = []; } },
  save() { keep("out", net.known || !this.waiting.length ? null : JSON.stringify(this.waiting.filter((one) => !one.files?.length && !one.failed))); },

  add(text, files = []) {
    this.waiting.push({ key: newKey(), text, files, at: new Date().toISOString() });
    this.save();
    this.onchange();
    return this.flush();
  },

  drop(key) {
    this.waiting = this.waiting.filter((one) => one.key !== key);
    this.save();
  },

  again(key) {
    const one = this.waiting.find((other) => other.key === key);
    if (one) one.failed = "";
    this.flush();
  },

  flush() {
    clearTimeout(this.timer);
    return net.inLine(async () => {
      for (let one; (one = this.waiting.find((other) => !other.failed));) {
        try {
          const told = await this.onsend(one);
          this.drop(one.key);
          this.wait = 1000;
          this.onsent(told);
        } catch (error) {
          const later = !(error instanceof Refused) || error.status >= 500 || error.status === 429;
          if (later) return this.later(error);
          one.failed = error.message;
          this.onchange();
        }
      }
    });
  },

  later(error) {
    this.wait = error instanceof Refused && error.status === 429 ? 15000 : Math.min(15000, this.wait * 2);
    this.timer = setTimeout(() => this.flush(), this.wait);
    if (!(error instanceof Refused)) net.onbreak();
    this.onchange();
  },
};

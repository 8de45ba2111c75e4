/* What happens when the page has loaded? The site's settings are asked for once; a chat that runs goes on by itself. */
const actions = {
  async toggle() {
    const n = view.nodes;
    talk.open = !talk.open;
    n.panel.hidden = !talk.open;
    n.all.classList.toggle("opened", talk.open);
    n.launch.setAttribute("aria-expanded", String(talk.open));
    talk.count([]);
    try { sessionStorage.setItem(`yn-chat:${SITE}:open`, talk.open ? "1" : ""); } catch { /* then it opens closed next time */ }
    if (!talk.open) return n.launch.focus();
    (n.form?.querySelector("input, textarea") || n.text).focus();
    await begin(false);
    view.scroll();
    talk.mark();
  },

  key(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    view.nodes.write.requestSubmit();
  },

  input() {
    const { text } = view.nodes, now = Date.now();
    text.rows = Math.min(5, text.value.split("\n").length);
    if (net.token && talk.chat?.stage === "active" && now - (talk.told || 0) > 2500) {
      talk.told = now;
      net.call("typing").catch(() => {});
    }
  },

  submit(event) {
    event.preventDefault();
    const { text } = view.nodes, said = text.value.trim();
    if (!said) return text.focus();
    text.value = "";
    text.rows = 1;
    more.shown = "";
    outbox.add(said);
    view.scroll();
  },

  picked() {
    const { pick } = view.nodes, files = [...pick.files].slice(0, view.setup.most);
    pick.value = "";
    if (files.some((file) => file.size > view.setup.largest)) { view.nodes.note.hidden = false; return view.nodes.note.replaceChildren(el("b.wrong", { role: "alert" }, w("too_large"))); }
    if (files.length) outbox.add("", files);
  },

  more: () => more.toggle(),

  escape(event) {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    if (more.shown) { more.show(""); view.nodes.more.focus(); } else actions.toggle();
  },
};

/* A stranger is greeted only when he writes; who has a token or is vouched for finds his talk again. */
async function begin(atLoad) {
  if (talk.started || !(net.token || (wishes().identity && (!atLoad || kept("known"))))) return;
  talk.started = true;
  try {
    const told = await net.inLine(() => net.call("hello", { page: location.href, ...identity() }));
    keep("known", told.known ? "1" : null);
    if (!told.token) return talk.forget();
    talk.take(told);
    outbox.flush();
  } catch (error) {
    talk.started = false;
    if (!(error instanceof Refused)) setTimeout(() => begin(atLoad), 8000);
    else console.warn("chat:", error.message);
  }
}

async function start() {
  if (!SITE || document.querySelector("yingnuo-chat")) return;
  try {
    view.setup = await net.call("site");
  } catch (error) {
    if (error instanceof Refused) return console.warn("chat:", error.message);
    return setTimeout(start, 15000);
  }
  view.words = view.setup.words;
  const host = document.createElement("yingnuo-chat");
  view.build(host, actions);
  document.body.append(host);
  if (!view.setup.open && view.setup.offline && !net.token) closed();
  outbox.load();
  [outbox.onchange, outbox.onsend] = [() => talk.draw(), talk.send];
  outbox.onsent = (told) => { [talk.broken, talk.started] = [false, true]; talk.take(told); };
  net.onevent = (what) => (what === "typing" ? talk.typed(true) : talk.soon());
  net.onbreak = talk.lost;
  for (const name of ["online", "pageshow"]) addEventListener(name, () => { if (net.token && talk.started) { talk.soon(); outbox.flush(); } });
  addEventListener("offline", talk.lost);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { talk.mark(); if (talk.started) talk.soon(); } });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => view.paint(host));
  talk.draw();
  await begin(true);
  let open = "";
  try { open = sessionStorage.getItem(`yn-chat:${SITE}:open`) || ""; } catch { /* closed then */ }
  if (open && matchMedia("(min-width: 481px)").matches && !talk.open) actions.toggle();
}

function closed() {
  const n = view.nodes;
  n.form = more.form();
  for (const part of n.talk) part.remove();
  n.panel.append(n.form);
}

if (document.body) start();
else addEventListener("DOMContentLoaded", start);

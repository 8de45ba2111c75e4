/* What do the panes of chats do? <section data-chat="7" data-last="41" data-seen-url=… data-typing-url=…>: its talk stays at
   the end, what is on the screen counts as read, Enter sends (Shift+Enter breaks the line), writing is told to the other
   side. [data-typing-for="7"] shows its <span> for five seconds after yn:chat-typing. */
(() => {
  const csrf = () => document.querySelector("meta[name=csrf-token]").content;
  const read = new Map(), ends = new Map(), timers = new Map();
  const panes = () => [...document.querySelectorAll("[data-chat]")];

  function post(url, said = {}) {
    return fetch(url, { method: "POST", headers: { "X-CSRFToken": csrf() }, body: new URLSearchParams(said) }).catch(() => {});
  }

  function atEnd(box) { return box.scrollHeight - box.scrollTop - box.clientHeight < 80; }

  /* Scrolled back to read something older, a talk stays where it is. */
  function settle() {
    for (const pane of panes()) {
      const talk = pane.querySelector(".chat-talk"), last = pane.dataset.last;
      if (ends.get(pane.dataset.chat) !== false && ends.get(`${pane.dataset.chat}:last`) !== last) talk.scrollTop = talk.scrollHeight;
      ends.set(`${pane.dataset.chat}:last`, last);
    }
    mark();
  }

  function mark() {
    if (document.hidden || !document.hasFocus()) return;
    for (const pane of panes()) {
      if (pane.classList.contains("chat-offered") || read.get(pane.dataset.chat) === pane.dataset.last) continue;
      read.set(pane.dataset.chat, pane.dataset.last);
      if (Number(pane.dataset.unread)) post(pane.dataset.seenUrl, { upto: pane.dataset.last });
    }
  }

  document.addEventListener("scroll", ({ target }) => {
    const pane = target.closest?.("[data-chat]");
    if (pane && target.matches(".chat-talk")) ends.set(pane.dataset.chat, atEnd(target));
  }, true);

  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.defaultPrevented || !field.matches?.(".chat-composer textarea")) return;
    event.preventDefault();
    if (field.value.trim()) field.form.requestSubmit();
  });

  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.(".chat-composer textarea") || !target.value.trim()) return;
    const pane = target.closest("[data-chat]"), told = Number(pane.dataset.told || 0), now = Date.now();
    if (now - told < 2500) return;
    pane.dataset.told = now;
    post(pane.dataset.typingUrl);
  });

  document.addEventListener("yn:chat-typing", ({ detail }) => {
    const said = document.querySelector(`[data-typing-for="${CSS.escape(detail.id)}"] span`);
    if (!said) return;
    said.hidden = false;
    clearTimeout(timers.get(detail.id));
    timers.set(detail.id, setTimeout(() => { said.hidden = true; }, 5000));
  }, true);

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-chat-link]");
    if (!link) return;
    event.preventDefault();
    const pane = document.getElementById(`chat-${link.dataset.chatLink}`);
    pane?.scrollIntoView({ inline: "start", block: "nearest" });
    pane?.querySelector("textarea, button")?.focus({ preventScroll: true });
  });

  document.addEventListener("htmx:after:swap", settle);
  for (const name of ["focus", "visibilitychange"]) addEventListener(name, mark);
  document.addEventListener("visibilitychange", mark);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", settle);
  else settle();
})();

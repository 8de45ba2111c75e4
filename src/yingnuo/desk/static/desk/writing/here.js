/* Who else is at this ticket? <span data-here="/writing/tickets/42/here"> says every 15 seconds that this page is open, and at
   once that somebody types in its composer; the answer names the others: there and, those who type, in [data-here-typing].
   Event yn:here: something has changed. <… data-left="25"> goes by itself unless it is heard of again. */
(() => {
  const BEAT = 15000, TYPING = 5000;
  const csrf = () => document.querySelector("meta[name=csrf-token]").content;
  let typed = 0, beat = 0, timers = [];

  const place = () => document.querySelector("[data-here]");
  const body = (more) => new URLSearchParams({ csrfmiddlewaretoken: csrf(), ...more });

  function show(html) {
    const here = place(), typing = document.querySelector("[data-here-typing]");
    if (!here) return;
    if (here.innerHTML !== html) here.innerHTML = html;
    typing?.replaceChildren(...[...here.querySelectorAll("[data-typing]")].map((one) => one.cloneNode(true)));
    timers.forEach(clearTimeout);
    timers = [...document.querySelectorAll("[data-left]")].map((one) => setTimeout(() => one.remove(), one.dataset.left * 1000));
  }

  async function tell(typing = false) {
    const here = place();
    if (!here || document.hidden) return;
    clearTimeout(beat);
    beat = setTimeout(tell, BEAT);
    const answer = await fetch(here.dataset.here, { method: "POST", headers: { "HX-Request": "true" }, body: body(typing === true ? { typing: "1" } : {}) }).catch(() => null);
    if (answer?.status === 200) show(await answer.text());
  }

  function leave() {
    clearTimeout(beat);
    if (place()) navigator.sendBeacon(place().dataset.here, body({ gone: "1" }));
  }

  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.(".desk-composer textarea") || !target.value.trim() || Date.now() - typed < TYPING) return;
    typed = Date.now();
    tell(true);
  });
  document.addEventListener("yn:here", () => tell(), true);
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : tell()));
  addEventListener("pagehide", leave);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => tell());
  else tell();
})();

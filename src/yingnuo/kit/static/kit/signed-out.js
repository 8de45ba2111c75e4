/* What if the session has ended while somebody writes? The server refuses (header Yn-Session: out) and the page stays.
   <div id="yn-signed-out" hidden data-out=… data-in=… data-other=…><span></span><a>sign in</a><button data-send hidden></div>
   says so; when the same person has signed in, in another tab, what was refused is sent again on one press. A page that
   has only become too old (Yn-Session: stale) gets a new token and sends again by itself, once. */
(() => {
  const bar = document.getElementById("yn-signed-out");
  if (!bar) return;
  const text = bar.querySelector("span"), link = bar.querySelector("a"), again = bar.querySelector("[data-send]");
  const pressed = new WeakMap(), retried = new WeakSet();
  let refused = null;

  function say(state) {
    bar.hidden = !state;
    bar.dataset.state = state === "in" ? "back" : "offline";
    text.textContent = state ? bar.dataset[state] : "";
    link.hidden = state !== "out";
    again.hidden = !(state === "in" && refused?.isConnected);
    if (state === "in" && again.hidden) say("");
  }

  /* Who is signed in now, in this browser; his token takes the place of the one that this page came with. */
  async function renew() {
    const answer = await fetch("/reader/session", { cache: "no-store", headers: { Accept: "application/json" } });
    const { person, token } = await answer.json();
    if (!person) return say("out");
    if (person !== document.body.dataset.person) return say("other");
    document.querySelector("meta[name=csrf-token]").content = token;
    for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) field.value = token;
    return "in";
  }

  function send() {
    const form = refused, button = pressed.get(form);
    refused = null;
    say("");
    form.requestSubmit(button?.isConnected ? button : null);
  }

  const look = () => { if (!bar.hidden && !document.hidden) renew().then((state) => { if (state) say(state); }, () => {}); };
  document.addEventListener("submit", ({ target, submitter }) => pressed.set(target, submitter), true);
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);
  again.addEventListener("click", send);
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const state = ctx.response?.headers?.get("Yn-Session");
    if (!state) return;
    const form = ctx.sourceElement?.closest?.("form");
    refused = form ?? refused;
    if (state === "out" || !form || retried.has(form)) return say("out");
    retried.add(form);
    renew().then((found) => { if (found) send(); }, () => say("out"));
  });
})();

/* What does the reader learn when the network is slow or gone? <div id="yn-connection" hidden data-offline="…" data-back="…"
   data-slow="…"><span></span><button data-again hidden></div>. Without a connection it says so and asks the server every few
   seconds; a form that would leave the page is held back until then; when it answers, what had failed can be sent again by a button: its text still stands in its form. A request of
   more than three seconds is said to be under way. */
(() => {
  const bar = document.getElementById("yn-connection");
  if (!bar) return;
  const SLOW = 3000, EVERY = 4000, READ = 4000;
  const text = bar.querySelector("span"), again = bar.querySelector("[data-again]");
  const waiting = new Map(), pressed = new WeakMap();
  let lost = false, failed = null, timer = 0;

  function say(state) {
    bar.hidden = !state;
    bar.dataset.state = state;
    text.textContent = state ? bar.dataset[state] : "";
    again.hidden = !(state === "back" && failed?.isConnected);
  }

  function gone() {
    lost = true;
    say("offline");
    clearTimeout(timer);
    timer = setTimeout(ask, EVERY);
  }

  async function ask() {
    try {
      if (!(await fetch("/healthz", { cache: "no-store" })).ok) throw new Error("the server is not well");
      back();
    } catch {
      gone();
    }
  }

  function back() {
    clearTimeout(timer);
    if (!lost) return;
    lost = false;
    say("back");
    if (again.hidden) setTimeout(() => { if (bar.dataset.state === "back") say(""); }, READ);
  }

  again.addEventListener("click", () => {
    const form = failed;
    failed = null;
    say("");
    const button = pressed.get(form);
    form.requestSubmit(button?.isConnected ? button : null);
  });

  document.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    pressed.set(target, submitter);
    if (!(lost || !navigator.onLine) || target.method !== "post" || target.matches("[hx-post]")) return;
    event.preventDefault();
    failed = target;
    gone();
  }, true);
  addEventListener("offline", gone);
  addEventListener("online", ask);
  if (!navigator.onLine) gone();

  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    waiting.set(ctx, setTimeout(() => { if (!lost) say("slow"); }, SLOW));
  });
  document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
    clearTimeout(waiting.get(ctx));
    waiting.delete(ctx);
    if (!waiting.size && bar.dataset.state === "slow") say("");
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (!ctx || ctx.response) return;
    if (ctx.request?.method !== "GET") failed = ctx.sourceElement?.closest?.("form") ?? failed;
    gone();
  });
})();

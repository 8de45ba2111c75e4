/* Is what was typed into a form lost with the network, the session or the tab? Every form that posts and has a text of
   several lines keeps its texts in this browser for whoever is signed in (<body data-person>), until the server has taken
   them: of a form sent by htmx its answer says so, of any other the cookie yn_taken of the answer (kit.middleware.taken).
   A form whose texts come back says so; the mark of what it had shown comes back too. Signing out forgets everything. */
(() => {
  const who = document.body.dataset.person, said = document.getElementById("yn-connection")?.dataset;
  if (!who || !said) return;
  const PREFIX = `yn.draft.${who}.form:`, PAUSE = 400, TEXTS = "textarea, input:not([type]), input[type=text], input[type=email], input[type=tel], input[type=url]";
  const timers = new WeakMap(), notes = new WeakMap(), done = new WeakSet();
  const own = (form) => new URL(form.getAttribute("action") || location.pathname, location.href).pathname;
  const keeps = (form) => form?.method === "post" && !form.dataset.confirm && form.querySelector("textarea:not([data-autosave])");
  const texts = (form) => [...form.querySelectorAll(TEXTS)].filter((f) => f.name && !f.dataset.autosave && !f.readOnly && !f.hidden);

  function read(form) {
    try {
      return JSON.parse(localStorage.getItem(PREFIX + own(form)));
    } catch {
      return null;
    }
  }

  function keep(form) {
    clearTimeout(timers.get(form));
    timers.delete(form);
    const typed = texts(form).filter((field) => field.value !== field.defaultValue).map((field) => [field.name, field.value]);
    if (!typed.length) return localStorage.removeItem(PREFIX + own(form));
    const shown = form.querySelector("[name=shown]")?.value;
    localStorage.setItem(PREFIX + own(form), JSON.stringify({ typed, shown, at: Date.now() }));
  }

  function forget(path) {
    localStorage.removeItem(PREFIX + path);
  }

  /* A field that shows something else than at first (the server gave back what was typed) is left alone. */
  function restore(form) {
    if (done.has(form) || !keeps(form)) return;
    done.add(form);
    const kept = read(form), fields = texts(form);
    const back = (kept?.typed ?? []).filter(([name, text]) => fields.some((f) => f.name === name && f.value === f.defaultValue && f.value !== text));
    if (!back.length) return;
    for (const [name, text] of back) {
      const field = fields.find((one) => one.name === name);
      field.value = text;
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    const mark = form.querySelector("[name=shown]"), was = mark?.value;
    if (mark && kept.shown) mark.value = kept.shown;
    tell(form, kept.at, () => { if (mark) mark.value = was; });
  }

  function tell(form, at, undo) {
    const note = document.createElement("p"), drop = document.createElement("button");
    const time = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "short", timeStyle: "short" }).format(at);
    note.className = "yn-kept";
    note.setAttribute("role", "status");
    note.append(`${said.kept} (${time}) `, drop);
    Object.assign(drop, { type: "button", className: "btn btn-sm", textContent: said.drop });
    drop.addEventListener("click", () => {
      forget(own(form));
      form.reset();
      undo();
      note.remove();
      form.querySelector("textarea").focus();
    });
    notes.set(form, note);
    form.before(note);
  }

  const all = () => [...document.forms].forEach(restore);
  function taken() {
    const path = document.cookie.split("; ").find((one) => one.startsWith("yn_taken="))?.slice(9);
    if (!path) return;
    document.cookie = "yn_taken=; path=/; max-age=0; samesite=lax";
    forget(decodeURIComponent(path));
  }

  taken();
  document.addEventListener("DOMContentLoaded", all);
  document.addEventListener("htmx:after:swap", all);
  document.addEventListener("input", ({ target }) => {
    const form = target.form;
    if (!keeps(form)) return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => keep(form), PAUSE));
  });
  addEventListener("pagehide", () => { for (const form of document.forms) if (timers.has(form)) keep(form); });
  document.addEventListener("submit", ({ target }) => {
    if (new URL(target.action, location.href).pathname === "/logout/") {
      for (const name of Object.keys(localStorage)) if (name.startsWith(`yn.draft.${who}.`)) localStorage.removeItem(name);
    } else if (timers.has(target)) keep(target);
  }, true);
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement?.closest?.("form"), status = ctx.response?.status ?? 0;
    if (form !== ctx.sourceElement || ctx.request.method === "GET" || !keeps(form)) return;
    if (status >= 200 && status < 400) {
      clearTimeout(timers.get(form));
      timers.delete(form);
      forget(own(form));
      notes.get(form)?.remove();
    } else keep(form);
  });
})();

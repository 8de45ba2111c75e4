/* Is a half-written answer lost when the page closes? <textarea data-autosave="reply:42"> keeps its text in this browser,
   for this person alone, until its form was sent (htmx: answered without error; else see keep.js) or the text is emptied.
   Drafts older than 30 days are thrown away. Event yn:kept on the field: its text is safe elsewhere. */
(() => {
  const DAYS = 30, ALL = "yn.draft.", PREFIX = `${ALL}${document.body.dataset.person ?? ""}.`;
  const key = (field) => PREFIX + field.dataset.autosave;
  const timers = new WeakMap();

  function read(name) {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  }

  function keep(field) {
    if (field.value) localStorage.setItem(key(field), JSON.stringify({ text: field.value, at: Date.now() }));
    else localStorage.removeItem(key(field));
  }

  function restore(root) {
    for (const field of root.querySelectorAll?.("[data-autosave]") ?? []) {
      const draft = read(key(field));
      if (!draft || field.value || field === document.activeElement) continue;
      field.value = draft.text;
      field.dispatchEvent(new Event("yn:restored", { bubbles: true }));
    }
  }

  function kept(field) {
    clearTimeout(timers.get(field));
    timers.delete(field);
    localStorage.removeItem(key(field));
  }

  document.addEventListener("input", ({ target }) => {
    if (!target.matches?.("[data-autosave]")) return;
    clearTimeout(timers.get(target));
    timers.set(target, setTimeout(() => keep(target), 400));
  });
  addEventListener("pagehide", () => {
    for (const field of document.querySelectorAll("[data-autosave]")) if (timers.has(field) && field.value) keep(field);
  });
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement?.closest?.("form"), status = ctx.response?.status ?? 0;
    if (!form || ctx.sourceElement.matches("[type=button]") || ctx.request.method === "GET" || !status || status >= 400) return;
    for (const field of form.querySelectorAll("[data-autosave]")) kept(field);
  });
  document.addEventListener("yn:kept", ({ target }) => { if (target.matches?.("[data-autosave]")) kept(target); });
  document.addEventListener("htmx:after:swap", () => restore(document));
  document.addEventListener("DOMContentLoaded", () => {
    const old = Date.now() - DAYS * 86400000;
    for (const name of Object.keys(localStorage)) if (name.startsWith(ALL) && !(read(name)?.at > old)) localStorage.removeItem(name);
    restore(document);
  });
})();

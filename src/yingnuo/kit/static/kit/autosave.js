/* Is a half-written answer lost when the page closes? <textarea data-autosave="reply:42"> keeps its text in this browser
   until its form was sent (htmx: answered without error) or the text is emptied. Drafts older than 30 days are thrown away.
   Event yn:kept on the field: its text is safe elsewhere. */
(() => {
  const DAYS = 30, PREFIX = "yn.draft.";
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

  function forget(form) {
    for (const field of form.querySelectorAll("[data-autosave]")) kept(field);
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
  document.addEventListener("submit", ({ target, defaultPrevented }) => {
    if (!defaultPrevented) forget(target);
  });
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement?.closest?.("form");
    if (form && !ctx.sourceElement.matches("[type=button]") && ctx.request.method !== "GET" && ctx.response?.status < 400) forget(form);
  });
  document.addEventListener("yn:kept", ({ target }) => kept(target));
  document.addEventListener("htmx:after:swap", () => restore(document));
  document.addEventListener("DOMContentLoaded", () => {
    const old = Date.now() - DAYS * 86400000;
    for (const name of Object.keys(localStorage)) if (name.startsWith(PREFIX) && !(read(name)?.at > old)) localStorage.removeItem(name);
    restore(document);
  });
})();

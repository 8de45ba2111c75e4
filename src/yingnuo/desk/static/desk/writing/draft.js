/* How is what is typed kept on the server? <textarea data-draft-url=… data-draft="kept text" data-version="7">: saved a
   second after the last key, with the side (radio) and the way (select) of its form. What the server says of it stands in
   [data-draft-said]; when another window has saved meanwhile, [data-draft-crossed] asks which text shall stay. Event yn:draft:
   the server's text comes into the field. A form that could not be sent shows [data-unsent] with [data-again]. */
(() => {
  const PAUSE = 1000, states = new WeakMap(), last = new WeakMap();
  const csrf = () => document.querySelector("meta[name=csrf-token]").content, fields = () => document.querySelectorAll("textarea[data-draft-url]");
  const part = (field, name) => field.form.querySelector(name);

  function body(field, state) {
    const side = part(field, '[name="side"]:checked')?.value ?? "reply", way = part(field, '[name="way"]')?.value ?? "";
    return new URLSearchParams({ text: field.value, side, way, version: state.version, csrfmiddlewaretoken: csrf() });
  }

  function say(field, word, at = "") {
    const said = part(field, "[data-draft-said]");
    said.textContent = word ? `${said.dataset[word]} ${at}`.trim() : "";
  }

  async function save(field) {
    const state = states.get(field), text = field.value;
    clearTimeout(state.timer);
    if (state.busy) return later(field);
    state.busy = true;
    const answer = await fetch(field.dataset.draftUrl, { method: "POST", headers: { "HX-Request": "true" }, body: body(field, state) }).catch(() => null);
    state.busy = false;
    if (!answer?.ok) return say(field, "unsaved");
    const told = await answer.json();
    if (told.crossed) return cross(field, told);
    Object.assign(state, { version: String(told.version), text });
    if (field.value === text) field.dispatchEvent(new Event("yn:kept", { bubbles: true }));
    if (state.sent) { state.sent = false; save(field); } else say(field, told.version ? "saved" : "", told.at);
  }

  function later(field) {
    const state = states.get(field);
    clearTimeout(state.timer);
    state.timer = setTimeout(() => save(field), PAUSE);
  }

  function cross(field, told) {
    const asks = part(field, "[data-draft-crossed]");
    asks.querySelector("[data-other]").textContent = told.text.slice(0, 200);
    asks.hidden = false;
    states.get(field).other = told;
  }

  function settle(field, choice) {
    const state = states.get(field), { text, version } = state.other;
    part(field, "[data-draft-crossed]").hidden = true;
    if (choice === "other") field.value = text;
    if (choice === "both") field.value = `${text}\n\n${field.value}`;
    Object.assign(state, { version: String(version), other: null });
    field.focus();
    save(field);
  }

  function fill(field) {
    const { draft, version, draftSide, draftWay } = field.dataset, side = part(field, `[name="side"][value="${draftSide}"]`);
    const way = part(field, 'select[name="way"]');
    field.value = draft;
    if (side && draft) side.checked = true;
    if (way && [...way.options].some((option) => option.value === draftWay)) way.value = draftWay;
    states.set(field, { version, text: draft, seen: version });
  }

  /* A field without anything unsaved follows what the server newly says; one with other words is asked about both. */
  function adopt(field) {
    const { draft, version } = field.dataset, state = states.get(field);
    if (state?.seen === version) return;
    if (!state && field.value && draft && field.value !== draft) {
      states.set(field, { version, text: draft });
      cross(field, { text: draft, version });
    } else if (!state) field.value ? states.set(field, { version, text: "" }) : fill(field);
    else if ((version === "0" || Number(version) > Number(state.version)) && !state.busy && field.value === state.text && document.activeElement !== field) fill(field);
    states.get(field).seen = version;
  }

  document.addEventListener("DOMContentLoaded", () => fields().forEach(adopt));
  document.addEventListener("htmx:after:swap", () => fields().forEach(adopt));
  document.addEventListener("yn:draft", () => fields().forEach((field) => {
    const typed = field.value.trim(), state = states.get(field);
    fill(field);
    if (typed && !field.value.includes(typed)) { field.value += `\n\n${typed}`; later(field); }
    clearTimeout(state?.timer);
    field.focus();
  }));
  for (const name of ["input", "change"]) document.addEventListener(name, ({ target }) => {
    const field = target.form?.querySelector?.("textarea[data-draft-url]");
    if (field && states.has(field) && (target === field || ["side", "way"].includes(target.name))) later(field);
  });
  addEventListener("pagehide", () => fields().forEach((field) => {
    const state = states.get(field);
    if (state && field.value !== state.text) navigator.sendBeacon(field.dataset.draftUrl, body(field, state));
  }));

  document.addEventListener("submit", ({ target, submitter }) => {
    const field = target.querySelector("textarea[data-draft-url]");
    if (!field) return;
    last.set(target, submitter);
    clearTimeout(states.get(field)?.timer);
  }, true);
  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement?.closest?.(".desk-composer"), field = form?.querySelector("textarea[data-draft-url]");
    if (!field || ctx.sourceElement !== form) return;
    const status = ctx.response?.status ?? 0, state = states.get(field);
    part(field, "[data-unsent]").hidden = status > 0 && status < 500;
    if (!state || status >= 300 || !status) return;
    Object.assign(state, { version: "0", text: "", sent: state.busy });
    say(field, "");
  });
  document.addEventListener("htmx:error", ({ detail: { ctx } }) => {
    if (ctx?.sourceElement?.matches?.(".desk-composer")) ctx.sourceElement.querySelector("[data-unsent]").hidden = false;
  });
  document.addEventListener("click", ({ target }) => {
    const again = target.closest?.("[data-again]"), take = target.closest?.("[data-take]");
    if (again?.form) again.form.requestSubmit(last.get(again.form));
    if (take) settle(take.form.querySelector("textarea"), take.dataset.take);
  });
})();

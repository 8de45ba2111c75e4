/* What can be picked while one writes? In <form><ul class="desk-picks" role="listbox" data-sign="/" hidden>…</ul><textarea>
   "/" opens the list of <li role="option" id=… data-text="…"> and "@" that with data-sign="@" (only where a note is
   written); what is typed on narrows it by all its words, arrows move, Enter or Tab takes, Esc closes. data-url: the
   list is fetched when it is first opened. */
(() => {
  const TOKEN = /(^|[^\p{L}\p{N}_@/:.])([/@])([\p{L}\p{N}_.-]*)$/u, NAMED = /()(@)([\p{L}\p{N}_.-]*)$/u;
  const shown = (list) => [...list.querySelectorAll("li")].filter((pick) => !pick.hidden && !("none" in pick.dataset));
  const lists = (field) => [...(field.form?.querySelectorAll(".desk-picks") ?? [])];
  const open = (field) => lists(field).find((list) => !list.hidden);
  const inNote = (field) => field.form.querySelector('[name="side"][value="note"]')?.checked;

  /* Chinese knows no space before @: there any sign may stand before it that is not of an address. */
  function asked(field) {
    const before = field.value.slice(0, field.selectionStart);
    const found = TOKEN.exec(before) ?? (/[A-Za-z0-9_.]@[^@]*$/.test(before) ? null : NAMED.exec(before));
    return found && { sign: found[2], word: found[3].toLowerCase(), start: field.selectionStart - found[3].length - 1 };
  }

  async function filled(list) {
    if (!list.dataset.url || list.childElementCount) return;
    const answer = await fetch(list.dataset.url, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.ok && !list.childElementCount) list.innerHTML = await answer.text();
  }

  async function narrow(field) {
    let token = asked(field);
    for (const list of lists(field)) if (list.dataset.sign !== token?.sign) list.hidden = true;
    const list = token && lists(field).find((one) => one.dataset.sign === token.sign);
    if (!list || (token.sign === "@" && !inNote(field)) || (token.sign === "/" && inNote(field))) return choose(field, null);
    await filled(list);
    token = asked(field);  // meanwhile somebody may have typed on, or picked
    if (token?.sign !== list.dataset.sign || document.activeElement !== field) return close(field);
    const words = (pick) => `${pick.textContent} ${pick.dataset.search ?? pick.dataset.text ?? ""}`.toLowerCase();
    for (const pick of list.querySelectorAll("li")) pick.hidden = "none" in pick.dataset ? Boolean(token.word) : !words(pick).includes(token.word);
    list.hidden = ![...list.querySelectorAll("li")].some((pick) => !pick.hidden);
    choose(field, list.hidden ? null : list, 0);
  }

  function choose(field, list, at = 0) {
    const all = list ? shown(list) : [], chosen = all.length ? all[(at + all.length) % all.length] : null;
    for (const one of lists(field)) for (const pick of one.querySelectorAll("li")) pick.setAttribute("aria-selected", String(pick === chosen));
    if (chosen) field.setAttribute("aria-activedescendant", chosen.id);
    else field.removeAttribute("aria-activedescendant");
    if (list) field.setAttribute("aria-controls", list.id);
    chosen?.scrollIntoView({ block: "nearest" });
  }

  function take(field, pick) {
    const token = asked(field);
    if (!pick) return;
    field.setRangeText(pick.dataset.text, token?.start ?? field.selectionStart, field.selectionStart, "end");
    close(field);
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function close(field) {
    for (const list of lists(field)) list.hidden = true;
    choose(field, null);
  }

  document.addEventListener("input", ({ target }) => {
    if (target.matches?.("textarea") && lists(target).length) narrow(target);
  });
  document.addEventListener("focusout", ({ target }) => { if (target.matches?.("textarea")) close(target); });

  /* Before the pane's own keys: Enter takes a reply here and does not send. */
  document.addEventListener("keydown", (event) => {
    const field = event.target, list = field.matches?.("textarea") && open(field);
    if (!list || event.isComposing) return;
    const all = shown(list), at = all.findIndex((pick) => pick.getAttribute("aria-selected") === "true");
    const acts = {
      ArrowDown: () => choose(field, list, at + 1), ArrowUp: () => choose(field, list, at - 1), Escape: () => close(field),
      Enter: () => take(field, all[Math.max(0, at)]), Tab: () => take(field, all[Math.max(0, at)]),
    };
    if (!acts[event.key] || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    acts[event.key]();
  }, true);

  document.addEventListener("mousedown", (event) => {
    const pick = event.target.closest?.(".desk-picks li");
    if (!pick) return;
    event.preventDefault();
    if (!("none" in pick.dataset)) take(pick.closest("form").querySelector("textarea"), pick);
  });
})();

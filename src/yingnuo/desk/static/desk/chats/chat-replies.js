/* How does an agent pick a saved reply? "/" at the beginning of the text opens <ul class="chat-picks" role="listbox"> of
   <li role="option" data-shortcut="hours" data-text="…">; what is typed on narrows it, arrows move, Enter or Tab takes. */
(() => {
  const list = (field) => field.form.querySelector(".chat-picks");
  const shown = (picks) => [...picks.children].filter((pick) => !pick.hidden);

  function narrow(field) {
    const picks = list(field), asked = /^\/([\p{L}\p{N}_-]*)$/u.exec(field.value);
    if (!picks) return;
    const word = asked?.[1].toLowerCase() ?? "";
    for (const pick of picks.children) pick.hidden = !asked || !pick.textContent.toLowerCase().includes(word);
    picks.hidden = !asked || !shown(picks).length;
    choose(field, picks.hidden ? -1 : 0);
  }

  function choose(field, at) {
    const picks = list(field), all = shown(picks), chosen = at < 0 ? null : all[(at + all.length) % all.length];
    for (const pick of picks.children) pick.setAttribute("aria-selected", String(pick === chosen));
    if (chosen) field.setAttribute("aria-activedescendant", chosen.id);
    else field.removeAttribute("aria-activedescendant");
    chosen?.scrollIntoView({ block: "nearest" });
  }

  function take(field, pick) {
    field.value = pick.dataset.text;
    list(field).hidden = true;
    choose(field, -1);
    field.focus();
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("input", ({ target }) => {
    if (target.matches?.(".chat-composer textarea")) narrow(target);
  });

  /* Before the pane's own keys: Enter takes a reply here and does not send. */
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.matches?.(".chat-composer textarea") || list(field)?.hidden !== false || event.isComposing) return;
    const all = shown(list(field)), at = all.findIndex((pick) => pick.getAttribute("aria-selected") === "true");
    const acts = {
      ArrowDown: () => choose(field, at + 1), ArrowUp: () => choose(field, at - 1), Escape: () => { list(field).hidden = true; },
      Enter: () => take(field, all[Math.max(0, at)]), Tab: () => take(field, all[Math.max(0, at)]),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }, true);

  document.addEventListener("mousedown", (event) => {
    const pick = event.target.closest?.(".chat-picks li");
    if (!pick) return;
    event.preventDefault();
    take(pick.closest("form").querySelector("textarea"), pick);
  });
})();

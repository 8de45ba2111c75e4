/* How is a field completed from a list below it? <form class="yn-search"><input role="combobox" aria-controls="suggest" aria-expanded="false" hx-get="…">
   <div id="suggest" role="listbox" data-none="…" data-some="…" hidden></div><span data-suggest-said role="status"></span></form>: the server fills the list; arrows choose, Enter takes.
   [role=option][data-fill] becomes the field's text ([data-go]: and is searched), [data-href] is gone to. Escape closes. Without a choice Enter searches what was typed. */
(() => {
  let dismissed = false;
  const field = () => document.querySelector('[role="combobox"][aria-controls="suggest"]');
  const list = () => document.getElementById("suggest");
  const options = () => [...list().querySelectorAll('[role="option"]')];
  const chosen = () => list().querySelector('[aria-selected="true"]');

  function show(open) {
    const shown = open && options().length > 0 && document.activeElement === field();
    list().hidden = !shown;
    field().setAttribute("aria-expanded", String(shown));
    if (!shown) choose(null);
  }

  function choose(option) {
    chosen()?.setAttribute("aria-selected", "false");
    if (option) {
      option.setAttribute("aria-selected", "true");
      option.scrollIntoView({ block: "nearest" });
      field().setAttribute("aria-activedescendant", option.id);
    } else field().removeAttribute("aria-activedescendant");
  }

  function move(step) {
    const all = options(), here = all.indexOf(chosen());
    const next = here + step;
    choose(here < 0 ? all.at(step > 0 ? 0 : -1) : next < 0 || next >= all.length ? null : all[next]);
  }

  function take(option) {
    if (option.dataset.href) return location.assign(option.dataset.href);
    field().value = option.dataset.fill;
    if ("go" in option.dataset) return field().form.requestSubmit();
    choose(null);
    field().focus();
    field().dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("keydown", (event) => {
    if (event.target !== field() || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const open = !list().hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (open) move(event.key === "ArrowDown" ? 1 : -1);
      else show(true);
    } else if (event.key === "Enter" && open && chosen()) {
      event.preventDefault();
      take(chosen());
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      dismissed = true;
      show(false);
    } else if (event.key === "Tab") show(false);
  }, true);

  document.addEventListener("input", ({ target }) => { if (target === field()) dismissed = false; });
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest?.('#suggest [role="option"]');
    if (option) {
      event.preventDefault();
      take(option);
    } else if (list() && !event.target.closest?.("form.yn-search")) show(false);
  });
  document.addEventListener("focusout", ({ target }) => { if (field() && target === field()) setTimeout(() => show(document.activeElement === field())); });

  document.addEventListener("htmx:after:swap", (event) => {
    const here = event.detail?.ctx?.target ?? event.target;
    if (here?.id !== "suggest") return;
    show(!dismissed);
    const said = document.querySelector("[data-suggest-said]"), count = options().length;
    if (said) said.textContent = count ? `${count} ${list().dataset.some}` : list().dataset.none;
  });
})();

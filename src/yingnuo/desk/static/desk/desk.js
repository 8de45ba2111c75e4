/* What do keys and boxes do in the desk's lists? <a> in <li class="desk-row"> with <input name="ids">:
   j/k or arrows move, x chooses, Enter opens (a link does that itself); [data-all="ids"] chooses all, [data-chosen] counts.
   <label class="desk-attach"><span data-files="Files"><input type="file"> names what was chosen.
   Choosing reply or note in .desk-tabs goes to the text; <form data-clear> is emptied after htmx has sent it. An open <details> stays open when its part is morphed. */
(() => {
  const rows = () => [...document.querySelectorAll(".desk-row > a, .desk-tr .desk-t-subject > a")];
  const boxes = () => [...document.querySelectorAll(".desk-row > input[name=ids], .desk-tr input[name=ids]")];

  function move(step) {
    const all = rows();
    if (!all.length) return;
    const here = all.findIndex((row) => row.closest(".desk-row, .desk-tr").contains(document.activeElement));
    const from = here < 0 ? all.findIndex((row) => row.hasAttribute("aria-current")) : here;
    all[Math.max(0, Math.min(all.length - 1, from < 0 ? 0 : from + step))].focus();
  }

  function choose(box, on) {
    box.checked = on ?? !box.checked;
    count();
  }

  function count() {
    const chosen = boxes().filter((box) => box.checked).length;
    for (const said of document.querySelectorAll("[data-chosen]"))
      said.textContent = chosen ? `${chosen} ${said.dataset.some}` : said.dataset.none;
    for (const all of document.querySelectorAll("[data-all]")) {
      all.checked = chosen > 0 && chosen === boxes().length;
      all.indeterminate = chosen > 0 && !all.checked;
    }
  }

  const focused = () => document.activeElement?.closest?.(".desk-row, .desk-tr")?.querySelector("input[name=ids]");
  const KEYS = { j: () => move(1), ArrowDown: () => move(1), k: () => move(-1), ArrowUp: () => move(-1) };

  /* In the capture phase: "a" must find its row chosen before the hotkeys press the button, which is hidden until then. */
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || ynKeys.silent(event) || document.querySelector("dialog[open]")) return;
    const inList = document.activeElement === document.body || document.activeElement?.closest?.(".desk-row, .desk-tr, #main");
    if (KEYS[event.key] && (event.key.length === 1 || (inList && focusedOrNone()))) {
      event.preventDefault();
      KEYS[event.key]();
    } else if (event.key === "x" && focused()) choose(focused());
    else if (event.key === "a" && focused() && !boxes().some((box) => box.checked)) choose(focused(), true);
  }, true);

  const focusedOrNone = () => document.activeElement === document.body || document.activeElement.closest(".desk-row, .desk-tr");

  document.addEventListener("change", ({ target }) => {
    if (target.matches?.("[data-all]")) for (const box of boxes()) box.checked = target.checked;
    if (target.matches?.("[data-all], input[name=ids]")) count();
    if (target.matches?.(".desk-attach input")) attached(target);
    if (target.matches?.(".desk-tabs input")) target.form.querySelector("textarea").focus();
  });
  document.addEventListener("reset", ({ target }) => setTimeout(() => target.querySelectorAll(".desk-attach input").forEach(attached)));
  document.addEventListener("htmx:after:swap", () => { count(); document.querySelectorAll(".desk-attach input").forEach(attached); });

  function attached(field) {
    const said = field.parentElement.querySelector("[data-files]");
    said.textContent = [...field.files].map((file) => file.name).join(", ") || said.dataset.files;
  }

  document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => {
    const form = ctx.sourceElement;
    if (form?.matches?.("form[data-clear]") && ctx.response?.status < 300) form.reset();
  });
  document.addEventListener("htmx:before:morph:attr", (event) => {
    if (event.detail.attrName === "open" && event.target.matches?.("details")) event.preventDefault();
  });
})();

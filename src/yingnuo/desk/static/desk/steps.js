/* What do the keys do in a list and from ticket to ticket? In <li class="desk-row"><a>: o opens the row that has the focus.
   Beside an open ticket, [ and ] open the one before and after it (the row whose link is aria-current). */
(() => {
  const rows = () => [...document.querySelectorAll(".desk-row > a")];

  function step(by) {
    const all = rows(), here = all.findIndex((row) => row.hasAttribute("aria-current"));
    const next = here < 0 ? undefined : all[here + by];
    next?.click();
    return Boolean(next);
  }

  function open() {
    const row = document.activeElement?.closest?.(".desk-row")?.querySelector("a");
    row?.click();
    return Boolean(row);
  }

  const KEYS = { "[": () => step(-1), "]": () => step(1), o: open };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || ynKeys.silent(event) || document.querySelector("dialog[open]")) return;
    if (KEYS[event.key]?.()) event.preventDefault();
  });
})();

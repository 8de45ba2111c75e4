/* How is a stretch of a list chosen at once? <input type="checkbox" name="ids"> boxes: one is clicked, then another with
   Shift, and all between become as the second. When every box of the page is chosen, .lists-every offers the whole list:
   <label class="lists-every" hidden><input type="checkbox" name="every"></label>. A form of that page keeps it by itself. */
(() => {
  const boxes = () => [...document.querySelectorAll("input[type=checkbox][name=ids]")];
  let last = null;

  document.addEventListener("click", (event) => {
    const box = event.target.closest?.("input[type=checkbox][name=ids]");
    if (!box) return;
    const all = boxes(), from = all.findIndex((each) => each.value === last), to = all.indexOf(box);
    if (event.shiftKey && from >= 0) {
      for (const each of all.slice(Math.min(from, to), Math.max(from, to) + 1)) each.checked = box.checked;
      box.dispatchEvent(new Event("change", { bubbles: true }));
    }
    last = box.value;
  });

  function offer() {
    const all = boxes(), whole = all.length > 0 && all.every((box) => box.checked);
    for (const label of document.querySelectorAll(".lists-every")) {
      label.hidden = !whole;
      if (!whole) label.querySelector("input").checked = false;
    }
  }

  document.addEventListener("change", ({ target }) => { if (target.matches?.("[data-all], input[name=ids]")) setTimeout(offer); });
  document.addEventListener("htmx:after:swap", offer);
})();

/* Where does the focus go when what had it is gone? After htmx has swapped and after a dialog has closed, whoever works
   by keys goes on at the same id, else at the same key (Pause became Resume), else at what stands in that place now (the next
   row), else at the main part; never at the top of the page. Who left a field of his own accord is left alone. */
(() => {
  const FOCUSABLE = "a[href], button:not([disabled]), input:not([type=hidden], [disabled]), select:not([disabled]), textarea:not([disabled]), summary, [tabindex='0']";
  const reachable = (element) => element?.getClientRects().length > 0 && element.checkVisibility?.() !== false;
  const open = (element) => element.matches(FOCUSABLE) && reachable(element);
  let last = null;

  document.addEventListener("focusin", ({ target }) => {
    if (target === document.body || target.closest("dialog, #toasts")) return;
    const path = [];
    for (let at = target; at.parentElement && at !== document.body; at = at.parentElement) path.push([at.parentElement, [...at.parentElement.children].indexOf(at)]);
    last = { element: target, path, id: target.id, key: target.dataset.hotkey };
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (!relatedTarget) queueMicrotask(() => { if (target === last?.element && target.isConnected && reachable(target) && !document.querySelector("dialog[open]")) last = null; });
  });

  /* The way down from the nearest part that is left, by the places in which its children stood. */
  function beside(path) {
    for (const [depth, [part]] of path.entries()) {
      if (!part.isConnected || part === document.body) continue;
      let at = part;
      for (let level = depth; level >= 0; level -= 1) at = at.children[Math.min(path[level][1], at.children.length - 1)] ?? at;
      for (; at && at !== part.parentElement; at = at.parentElement) {
        const found = open(at) ? at : [...at.querySelectorAll(FOCUSABLE)].find(open);
        if (found) return found;
      }
    }
    return document.getElementById("main");
  }

  function mend() {
    if (!last || document.activeElement !== document.body || document.querySelector("dialog[open]")) return;
    const { element, path, id, key } = last;
    const same = [element, id && document.getElementById(id), key && document.querySelector(`[data-hotkey="${CSS.escape(key)}"]`)];
    (same.find((one) => one && one.isConnected && reachable(one)) ?? beside(path))?.focus({ preventScroll: false });
  }

  const soon = () => setTimeout(mend);
  document.addEventListener("htmx:after:swap", soon);
  document.addEventListener("htmx:finally:request", soon);
  document.addEventListener("close", soon, true);
  document.addEventListener("click", ({ target }) => { if (target.closest?.("#toasts")) soon(); });
})();

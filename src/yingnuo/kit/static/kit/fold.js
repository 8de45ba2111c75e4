/* Which parts does this person keep folded? <details data-fold="customer.products" open>: folded or unfolded, it is
   so again on every page, also after it was fetched anew. Kept by the browser, under the name of the part. */
(() => {
  const key = (part) => `yn.fold.${part.dataset.fold}`;

  function settle() {
    for (const part of document.querySelectorAll("details[data-fold]")) {
      const kept = localStorage.getItem(key(part));
      if (kept !== null) part.open = kept === "open";
    }
  }

  document.addEventListener("toggle", ({ target }) => {
    if (target.matches?.("details[data-fold]")) localStorage.setItem(key(target), target.open ? "open" : "shut");
  }, true);
  document.addEventListener("htmx:after:swap", settle);
  document.addEventListener("DOMContentLoaded", settle);
})();

/* Which further questions belong to the chosen kind? <select name="kind"> and fields with data-kinds="fault repair":
   the <div> around a field that does not concern the kind is hidden. Empty data-kinds: always shown. */
(() => {
  function choose() {
    const kind = document.querySelector("select[name=kind]")?.value;
    for (const field of document.querySelectorAll("[data-kinds]")) {
      const kinds = field.dataset.kinds.split(" ").filter(Boolean);
      field.closest("div").hidden = kinds.length > 0 && !kinds.includes(kind);
    }
  }

  document.addEventListener("change", ({ target }) => { if (target.matches?.("select[name=kind]")) choose(); });
  document.addEventListener("DOMContentLoaded", choose);
})();

/* What do the keys do? <a data-hotkey="g t"> or <button data-hotkey="r" aria-label="Reply">: the keys press or focus it;
   two keys are typed one after the other. "?" lists them all (dialog #yn-keys). Silent while somebody types. */
(() => {
  let first = "", timer = 0;
  const editable = (element) => element.closest("input:not([type=checkbox]), textarea, select, [contenteditable='true']");
  const visible = (element) => element.getClientRects().length > 0;

  const name = (element) =>
    element.dataset.hotkeyLabel || element.getAttribute("aria-label") || element.innerText.trim() || element.placeholder || "";

  function find(keys) {
    return [...document.querySelectorAll("[data-hotkey]")].find((each) => each.dataset.hotkey === keys && visible(each));
  }

  function act(element) {
    if (element.matches("input, textarea, select")) {
      element.focus();
      element.select?.();
    } else element.click();
  }

  function list() {
    const dialog = document.getElementById("yn-keys");
    const target = dialog.querySelector("[data-list]");
    const seen = new Map([...document.querySelectorAll("[data-hotkey]")].filter(visible).map((each) => [each.dataset.hotkey, name(each)]));
    target.replaceChildren(...[...seen].flatMap(([keys, text]) => {
      const term = document.createElement("dt"), words = document.createElement("dd");
      for (const key of keys.split(" ")) term.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
      words.textContent = text;
      return [term, words];
    }));
    if (!dialog.open) dialog.showModal();
  }

  document.addEventListener("click", (event) => { if (event.target.closest('[data-dialog="yn-keys"]')) list(); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (editable(event.target)) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?") return list();
    const both = first ? `${first} ${event.key}` : "";
    const found = (both && find(both)) || find(event.key);
    clearTimeout(timer);
    first = "";
    if (found) {
      event.preventDefault();
      return act(found);
    }
    if (event.key.length === 1) {
      first = event.key;
      timer = setTimeout(() => { first = ""; }, 900);
    }
  });
})();

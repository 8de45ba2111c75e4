/* What do the keys do? <a data-hotkey="g t"> or <button data-hotkey="r" aria-label="Reply">: the keys press or focus it;
   two keys are typed one after the other. "?" lists them all (dialog #yn-keys) by the place they stand in
   (<nav data-place="Go to">), with those of <template data-more-keys><li data-keys="j k" data-place="List">Next</li>.
   Silent while somebody types or composes, and wholly where <body data-single-keys="off">. What stands in a closed menu
   is reached too. Others use window.ynKeys = { name, reachable, act, silent }. */
(() => {
  let first = "", timer = 0;
  const TYPED = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable='true']";
  const editable = (element) => element.closest?.(TYPED);
  const visible = (element) => element.getClientRects().length > 0 && element.checkVisibility?.() !== false;
  const menu = (element) => element.closest("details[data-menu]")?.querySelector("summary");

  const reachable = (element) => visible(element) || Boolean(menu(element) && menu(element) !== element && visible(menu(element)));
  const name = (element) => (
    element.dataset.hotkeyLabel || element.getAttribute("aria-label") || element.textContent.trim() || element.placeholder || ""
  ).replace(/\s+/g, " ");
  const silent = (event) => event.isComposing || event.keyCode === 229 || document.body.dataset.singleKeys === "off" || editable(event.target);

  function find(keys) {
    return [...document.querySelectorAll("[data-hotkey]")].find((each) => each.dataset.hotkey === keys && reachable(each));
  }

  /* Before htmx has seen it, a link would lead to a page of its own. */
  const unseen = (element) => { const own = element.closest("[hx-get], [hx-post]"); return Boolean(own && !own._htmx); };

  function act(element, tries = 0) {
    if (!element) return;
    if (unseen(element) && tries < 40) {
      setTimeout(() => act(element, tries + 1), 50);
      return;
    }
    if (element.matches("input, textarea, select")) {
      element.focus();
      element.select?.();
    } else {
      if (document.activeElement === document.body) (visible(element) ? element : menu(element))?.focus();  // where one goes on afterwards
      element.click();
    }
    if (element.matches("details[data-menu] > summary") && element.parentElement.open) element.parentElement.querySelector("a, button, input")?.focus();
  }

  function known() {
    const there = [...document.querySelectorAll("[data-hotkey]")].filter(reachable).map((each) => [
      each.dataset.hotkey, name(each), each.closest("[data-place]")?.dataset.place ?? "",
    ]);
    const more = [...document.querySelectorAll("template[data-more-keys]")].flatMap((each) => [...each.content.children])
      .map((each) => [each.dataset.keys, each.textContent, each.dataset.place]);
    const places = new Map();
    for (const [keys, text, place] of [...new Map([...there, ...more].map((each) => [each[0], each])).values()])
      places.set(place, [...(places.get(place) ?? []), [keys, text]]);
    return [...places].sort(([one], [other]) => (other === "") - (one === ""));
  }

  function row(keys, text) {
    const item = document.createElement("li"), words = document.createElement("span");
    for (const key of keys.split(" ")) item.append(Object.assign(document.createElement("kbd"), { textContent: key }), " ");
    words.textContent = text;
    item.append(words);
    return item;
  }

  function list() {
    const dialog = document.getElementById("yn-keys"), target = dialog.querySelector("[data-list]");
    const search = dialog.querySelector("[data-filter]");
    if (search) search.value = "";
    target.replaceChildren(...known().flatMap(([place, keys]) => {
      const title = Object.assign(document.createElement("li"), { className: "yn-keys-place", textContent: place || target.dataset.everywhere });
      title.dataset.filterText = [place, ...keys.flat()].join(" ");
      return [title, ...keys.map(([pressed, text]) => row(pressed, text))];
    }));
    if (!dialog.open) dialog.showModal();
  }

  /* Browsers keep Escape in a search field to themselves: an empty one gives its dialog up as any other field does. */
  function leave(field) {
    if (field.type === "search" && !field.value) field.closest("dialog[open]")?.close();
    field.blur();
  }

  document.addEventListener("click", ({ target }) => {
    if (target.closest('[data-dialog="yn-keys"]')) list();
    if (target.closest("[data-print]")) print();
  });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (editable(event.target) && event.key === "Escape" && !event.isComposing) leave(event.target);
    if (silent(event) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") {
      event.preventDefault();  // or it would be typed into the list's own search
      return list();
    }
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
  window.ynKeys = { name, reachable, act, silent };
})();

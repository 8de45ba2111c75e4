/* How is anything reached by a few letters? Ctrl+K, ⌘K or <button data-palette> opens <dialog id="yn-palette">: lines of the
   server (data-href leads, data-press presses what stands on the page), what can be pressed on the page by a hotkey, and
   tickets and customers found while typing. Arrows choose, Enter does. What was used lately comes first: of tickets and
   customers this browser keeps numbers only, and the server names what the reader may still see. */
(() => {
  const dialog = document.getElementById("yn-palette");
  if (!dialog) return;
  const MOST = 12, KEPT = 8, STORE = `yn.recent.${dialog.dataset.who}`;
  const field = dialog.querySelector("[role=combobox]"), list = dialog.querySelector("[role=listbox]");
  const said = dialog.querySelector("[role=status]"), none = dialog.querySelector(".desk-palette-none");
  let commands = [], deeds = [], found = [], shown = [], here = 0, timer = 0, asked = null;

  function recent() {
    try {
      return JSON.parse(localStorage.getItem(STORE)) || [];
    } catch {
      return [];
    }
  }
  const remember = (key) => localStorage.setItem(STORE, JSON.stringify([key, ...recent().filter((other) => other !== key)].slice(0, 40)));

  const open = location.pathname.match(/^\/(ticket|customer)s\/(\d+)\/$/);
  if (open) remember(open[1][0] + open[2]);
  const line = (li) => ({ li, key: li.dataset.key, it: ynMatch.read(li.dataset.words, li.dataset.also) });

  async function lines(address, more = {}) {
    const answer = await fetch(address, { headers: { Accept: "text/html" }, ...more });
    if (!answer.ok || answer.redirected) return [];
    const page = new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html");
    return [...page.querySelectorAll("li")].map(line);
  }

  /* Each deed once, by its name: what stands on the page may be done, and says so itself. */
  function onPage() {
    const seen = new Map();
    for (const element of document.querySelectorAll("#main [data-hotkey]:not(summary), .desk-deeds :is(a, button), [data-command]")) {
      const name = ynKeys.name(element);
      if (name && !element.disabled && !seen.has(name) && ynKeys.reachable(element)) seen.set(name, element);
    }
    return [...seen].map(([name, element]) => {
      const li = dialog.querySelector("template").content.firstElementChild.cloneNode(true);
      li.querySelector("span").textContent = name;
      if (element.dataset.hotkey) li.lastElementChild.before(Object.assign(document.createElement("kbd"), { textContent: element.dataset.hotkey }));
      Object.assign(li.dataset, { key: `d:${name}`, words: name });
      return { ...line(li), element };
    });
  }

  function draw() {
    const used = recent(), typed = field.value.trim();
    const lately = ({ key }) => { const at = used.indexOf(key); return at < 0 ? 0 : 9 - Math.min(8, at); };
    const known = new Set(), all = [...commands, ...deeds, ...found].filter(({ key }) => !known.has(key) && known.add(key));
    const rank = (each) => {
      if (!typed) return lately(each) * 10 + (each.element ? 5 : 0) + 1;
      const fits = ynMatch.score(typed, each.it) || (found.includes(each) ? 15 : 0);
      return fits && fits + lately(each) + (each.element ? 4 : 0);
    };
    shown = all.map((each) => ({ ...each, rank: rank(each) })).filter((each) => each.rank).sort((a, b) => b.rank - a.rank).slice(0, MOST);
    shown.forEach(({ li }, at) => { li.id = `yn-palette-${at}`; });
    list.replaceChildren(...shown.map(({ li }) => li));
    none.hidden = shown.length > 0;
    list.hidden = !shown.length;
    said.textContent = `${shown.length} ${said.dataset.some}`;
    choose(0);
  }

  function choose(at) {
    here = shown.length ? (at + shown.length) % shown.length : 0;
    shown.forEach(({ li }, each) => li.setAttribute("aria-selected", String(each === here)));
    if (!shown.length) return field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-activedescendant", shown[here].li.id);
    shown[here].li.scrollIntoView({ block: "nearest" });
  }

  function run({ li, key, element }) {
    remember(key);
    dialog.close();
    if (li.dataset.href) location.assign(li.dataset.href);
    else ynKeys.act(element ?? document.querySelector(li.dataset.press));
  }

  async function show() {
    if (dialog.open || document.querySelector("dialog[open]")) return;
    [field.value, found, deeds] = ["", [], onPage()];
    dialog.showModal();
    draw();
    if (commands.length) return;
    const keys = recent().filter((key) => /^[tc]\d+$/.test(key)).slice(0, KEPT);
    commands = (await lines(`${dialog.dataset.commands}?recent=${keys}`)).filter(({ li }) => li.dataset.href || document.querySelector(li.dataset.press));
    draw();
  }

  async function seek() {
    asked?.abort();
    asked = new AbortController();
    try {
      found = field.value.trim() ? await lines(`${dialog.dataset.find}?q=${encodeURIComponent(field.value)}`, { signal: asked.signal }) : [];
      draw();
    } catch (error) {
      if (error.name !== "AbortError") console.warn("nothing could be looked up", error);
    }
  }

  field.addEventListener("input", () => { draw(); clearTimeout(timer); timer = setTimeout(seek, 150); });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(here + step);
    else if (event.key === "Enter" && shown[here]) run(shown[here]);
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", ({ target }) => { const each = shown.find(({ li }) => li.contains(target)); if (each) run(each); });
  document.addEventListener("click", ({ target }) => { if (target.closest("[data-palette]")) show(); });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    if (!event.isComposing) dialog.open ? dialog.close() : show();
  });
})();

/* How are marks put into a text? In a form, <div class="desk-tools"> <button data-mark="bold"> for the <textarea>; Ctrl+B, I
   and K do the same. "list" marks lines, "reply" and "mention" open the lists of picks.js. <button data-preview
   aria-controls="preview"> shows and hides what htmx has put there. Ctrl+Enter presses [data-send] (in a note
   [data-save]), Ctrl+Shift+Enter what sends and resolves, which it does not make the usual button. */
(() => {
  const PAIRS = { bold: "**", italic: "_", code: "`" }, KEYS = { b: "bold", i: "italic", k: "link" };
  const visible = (element) => element?.getClientRects().length > 0;

  function put(field, text, from, to, selectFrom, selectTo) {
    field.focus();
    field.setRangeText(text, from, to, "end");
    field.setSelectionRange(selectFrom, selectTo);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function around(field, mark) {
    const { selectionStart: from, selectionEnd: to, value } = field, n = mark.length;
    if (value.slice(from - n, from) === mark && value.slice(to, to + n) === mark)
      return put(field, value.slice(from, to), from - n, to + n, from - n, to - n);
    put(field, mark + value.slice(from, to) + mark, from, to, from + n, to + n);
  }

  function link(field) {
    const { selectionStart: from, selectionEnd: to, value } = field, words = value.slice(from, to);
    if (/^(https?:|mailto:)\S+$/.test(words)) return put(field, `[](${words})`, from, to, from + 1, from + 1);
    const address = from + words.length + 3;
    put(field, `[${words}](https://)`, from, to, words ? address : from + 1, words ? address + 8 : from + 1);
  }

  function list(field) {
    const from = field.value.lastIndexOf("\n", field.selectionStart - 1) + 1, end = field.value.indexOf("\n", field.selectionEnd);
    const to = end < 0 ? field.value.length : end, lines = field.value.slice(from, to).split("\n");
    const all = lines.every((line) => line.startsWith("- "));
    const text = lines.map((line) => (all ? line.slice(2) : `- ${line}`)).join("\n");
    put(field, text, from, to, from + text.length, from + text.length);
  }

  function sign(field, mark) {
    const before = field.value[field.selectionStart - 1], text = before && !/\s/.test(before) ? ` ${mark}` : mark;
    const at = field.selectionStart + text.length;
    put(field, text, field.selectionStart, field.selectionEnd, at, at);
  }

  function mark(field, name) {
    if (PAIRS[name]) around(field, PAIRS[name]);
    else ({ link: () => link(field), list: () => list(field), reply: () => sign(field, "/"), mention: () => sign(field, "@") })[name]?.();
  }

  function send(form, resolve) {
    const usual = form.querySelector("[data-send]"), note = form.querySelector("[data-save]");
    if (visible(note)) return note.click();
    const button = resolve && usual?.value !== "resolve" ? form.querySelector("[data-send-resolve]") : usual;
    if (!button) return;
    const name = button.name;
    button.name = "then";
    form.requestSubmit(button);
    button.name = name;
  }

  document.addEventListener("click", ({ target }) => {
    const tool = target.closest?.("[data-mark]"), looks = target.closest?.("[data-preview]");
    if (tool) mark(tool.form.querySelector("textarea"), tool.dataset.mark);
    if (!looks) return;
    const shows = looks.getAttribute("aria-pressed") !== "true";
    looks.setAttribute("aria-pressed", String(shows));
    document.getElementById(looks.getAttribute("aria-controls")).hidden = !shows;
  });
  document.addEventListener("reset", ({ target }) => {
    const looks = target.querySelector?.("[data-preview]");
    if (!looks) return;
    looks.setAttribute("aria-pressed", "false");
    document.getElementById(looks.getAttribute("aria-controls")).hidden = true;
  });
  document.addEventListener("htmx:before:morph:attr", (event) => {
    if (event.detail.attrName === "aria-pressed" && event.target.matches?.("[data-preview]")) event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.(".desk-composer");
    if (!form || event.isComposing || event.altKey) return;
    if (event.key === "Enter" && event.target.name === "leave_at") {
      event.preventDefault();
      return form.requestSubmit(form.querySelector('[name="leave"][value="at"]'));
    }
    if (!(event.ctrlKey || event.metaKey) || !event.target.matches("textarea")) return;
    const name = KEYS[event.key.toLowerCase()];
    if (name && !event.shiftKey) mark(event.target, name);
    else if (event.key === "Enter") send(form, event.shiftKey);
    else return;
    event.preventDefault();
  });
})();

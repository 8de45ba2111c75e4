/* Where is the focus after its element was swapped away? A deed's own button often goes with it (Take it), and the button
   that opened a dialog may be another one by the time it closes. Then the same control of the new content is focused (by id,
   hotkey, or name and value), else the nearest part around it that is still there: a screen reader goes on from that place. */
(() => {
  let last = null, around = [];

  document.addEventListener("focusin", ({ target }) => {
    if (target === document.body || target.closest("dialog")) return;
    last = target;
    around = [];
    for (let part = target.parentElement; part; part = part.parentElement) if (part.id) around.push(part.id);
  });

  function same() {
    const { id, name, value, dataset: { hotkey } } = last;
    const kind = last.localName;
    const wanted = [id && `#${CSS.escape(id)}`, hotkey && `[data-hotkey="${CSS.escape(hotkey)}"]`,
      name && kind === "button" && `button[name="${CSS.escape(name)}"][value="${CSS.escape(value)}"]`,
      name && kind !== "button" && `${kind}[name="${CSS.escape(name)}"]`, last.href && `a[href="${CSS.escape(last.getAttribute("href"))}"]`];
    const part = around.map((each) => document.getElementById(each)).find(Boolean) ?? document;
    return wanted.filter(Boolean).map((each) => part.querySelector(each)).find((found) => found?.getClientRects().length);
  }

  function mend() {
    if (!last || document.activeElement !== document.body || document.querySelector("dialog[open]")) return;
    const found = last.isConnected && last.getClientRects().length ? last : same();
    if (found) return found.focus({ preventScroll: true });
    const part = around.map((id) => document.getElementById(id)).find(Boolean);
    if (!part) return;
    if (!part.hasAttribute("tabindex")) part.setAttribute("tabindex", "-1");
    part.focus({ preventScroll: true });
  }

  document.addEventListener("htmx:after:swap", () => setTimeout(mend));
  document.addEventListener("close", () => setTimeout(mend), true);
})();

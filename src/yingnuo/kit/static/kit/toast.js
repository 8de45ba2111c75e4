/* How do short notices appear? Event yn:toast with { notes: [{ text, tone, seconds, undo }] } (sent by HX-Trigger), or
   <div class="yn-toast yn-toast-success"> inside #toasts when the page is loaded. Errors stay until they are closed.
   undo: an address that is posted, for a minute, or { label, press }: a button that presses the element of that id. */
(() => {
  const SECONDS = 6, TO_UNDO = 60, AGAIN_MS = 3_000;
  const shown = new Map(); // answers that leave at the same time each carry what is still to be said: it is said once
  const tones = new Set(["info", "success", "warning", "error"]);

  function arm(toast, region) {
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "✕";
    close.setAttribute("aria-label", region.dataset.close);
    close.addEventListener("click", () => toast.remove());
    toast.append(close);
    if (toast.classList.contains("yn-toast-error")) return;
    const last = toast.dataset.seconds || (toast.querySelector(".yn-undo") ? TO_UNDO : SECONDS);
    let timer = setTimeout(() => toast.remove(), last * 1000);
    if (toast.dataset.seconds) return;
    toast.addEventListener("pointerenter", () => clearTimeout(timer));
    toast.addEventListener("pointerleave", () => { timer = setTimeout(() => toast.remove(), last * 500); });
  }

  function undoing(toast, address, word) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "yn-undo";
    button.textContent = word;
    button.addEventListener("click", () => {
      toast.remove();
      htmx.ajax("POST", address, { target: "body", swap: "none" });
    });
    return button;
  }

  function undo({ label, press }, toast) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "yn-toast-undo";
    button.textContent = label;
    button.addEventListener("click", () => { document.getElementById(press)?.click(); toast.remove(); });
    return button;
  }

  function show(note) {
    const key = JSON.stringify([note.text, note.tone, note.undo]);
    if (performance.now() - (shown.get(key) ?? -AGAIN_MS) < AGAIN_MS) return;
    shown.set(key, performance.now());
    const region = document.getElementById("toasts");
    const toast = document.createElement("div");
    toast.className = `yn-toast yn-toast-${tones.has(note.tone) ? note.tone : "info"}`;
    const text = document.createElement("span");
    text.textContent = note.text;
    toast.append(text);
    if (note.seconds) toast.dataset.seconds = note.seconds;
    if (note.undo) toast.append(note.undo.press ? undo(note.undo, toast) : undoing(toast, note.undo, region.dataset.undo));
    region.append(toast);
    arm(toast, region);
  }

  document.addEventListener("yn:toast", (event) => (event.detail.notes || []).forEach(show));
  document.addEventListener("DOMContentLoaded", () => {
    const region = document.getElementById("toasts");
    region?.querySelectorAll(".yn-toast").forEach((toast) => arm(toast, region));
  });
})();

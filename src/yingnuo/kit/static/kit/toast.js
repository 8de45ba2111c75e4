/* How do short notices appear? Event yn:toast with { notes: [{ text, tone, seconds, undo }] } (sent by HX-Trigger), or
   <div class="yn-toast yn-toast-success"> inside #toasts when the page is loaded. Errors stay until they are closed.
   undo: { label, press } is a button that presses the element of that id. */
(() => {
  const SECONDS = 6;
  const tones = new Set(["info", "success", "warning", "error"]);

  function arm(toast, region) {
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "✕";
    close.setAttribute("aria-label", region.dataset.close);
    close.addEventListener("click", () => toast.remove());
    toast.append(close);
    if (toast.classList.contains("yn-toast-error")) return;
    let timer = setTimeout(() => toast.remove(), (toast.dataset.seconds || SECONDS) * 1000);
    if (toast.dataset.seconds) return;
    toast.addEventListener("pointerenter", () => clearTimeout(timer));
    toast.addEventListener("pointerleave", () => { timer = setTimeout(() => toast.remove(), SECONDS * 500); });
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
    const region = document.getElementById("toasts");
    const toast = document.createElement("div");
    toast.className = `yn-toast yn-toast-${tones.has(note.tone) ? note.tone : "info"}`;
    const text = document.createElement("span");
    text.textContent = note.text;
    toast.append(text);
    if (note.seconds) toast.dataset.seconds = note.seconds;
    if (note.undo) toast.append(undo(note.undo, toast));
    region.append(toast);
    arm(toast, region);
  }

  document.addEventListener("yn:toast", (event) => (event.detail.notes || []).forEach(show));
  document.addEventListener("DOMContentLoaded", () => {
    const region = document.getElementById("toasts");
    region?.querySelectorAll(".yn-toast").forEach((toast) => arm(toast, region));
  });
})();

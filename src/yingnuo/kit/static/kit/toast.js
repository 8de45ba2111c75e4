/* How do short notices appear? Event yn:toast with { notes: [{ text, tone }] } (the server sends it by HX-Trigger), or
   <div class="yn-toast yn-toast-success"> inside #toasts when the page is loaded. Errors stay until they are closed.
   A note with `undo` (an address), or a form in a toast, offers to undo for a minute. */
(() => {
  const SECONDS = 6, TO_UNDO = 60;
  const tones = new Set(["info", "success", "warning", "error"]);

  function arm(toast, region) {
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "✕";
    close.setAttribute("aria-label", region.dataset.close);
    close.addEventListener("click", () => toast.remove());
    toast.append(close);
    if (toast.classList.contains("yn-toast-error")) return;
    const seconds = toast.querySelector(".yn-undo") ? TO_UNDO : SECONDS;
    let timer = setTimeout(() => toast.remove(), seconds * 1000);
    toast.addEventListener("pointerenter", () => clearTimeout(timer));
    toast.addEventListener("pointerleave", () => { timer = setTimeout(() => toast.remove(), seconds * 500); });
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

  function show(note) {
    const region = document.getElementById("toasts");
    const toast = document.createElement("div");
    toast.className = `yn-toast yn-toast-${tones.has(note.tone) ? note.tone : "info"}`;
    const text = document.createElement("span");
    text.textContent = note.text;
    toast.append(text);
    if (note.undo) toast.append(undoing(toast, note.undo, region.dataset.undo));
    region.append(toast);
    arm(toast, region);
  }

  document.addEventListener("yn:toast", (event) => (event.detail.notes || []).forEach(show));
  document.addEventListener("DOMContentLoaded", () => {
    const region = document.getElementById("toasts");
    region?.querySelectorAll(".yn-toast").forEach((toast) => arm(toast, region));
  });
})();

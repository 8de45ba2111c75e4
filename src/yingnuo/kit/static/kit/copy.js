/* How is a number or link copied? <button data-copy="SN2603109921">: text to the clipboard, a toast says so. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const region = document.getElementById("toasts");
  let note = { text: region.dataset.copied, tone: "success" };
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch (error) {
    console.warn("clipboard refused", error);
    note = { text: button.dataset.copy, tone: "warning" };
  }
  document.dispatchEvent(new CustomEvent("yn:toast", { detail: { notes: [note] } }));
});

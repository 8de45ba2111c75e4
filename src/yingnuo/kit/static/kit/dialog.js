/* How do dialogs open, close and ask? <button data-dialog="id">, <button data-close>, a click beside the box closes.
   <form data-confirm="Really?"> and hx-confirm="Really?" ask in #yn-confirm. Content swapped into #dialog-body opens
   #dialog at its first field (a keyboard on glass stays down); the event yn:close (HX-Trigger) closes the open one. */
(() => {
  function ask(question) {
    const dialog = document.getElementById("yn-confirm");
    dialog.querySelector("[data-question]").textContent = question;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => {
      dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
    });
  }

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener && opener.dataset.dialog !== "yn-keys") document.getElementById(opener.dataset.dialog)?.showModal();
    const dialog = event.target.closest("dialog");
    if (!dialog) return;
    if (event.target.closest("[data-yes]")) dialog.close("yes");
    else if (event.target.closest("[data-close]") || outside(dialog, event)) dialog.close("");
  });

  /* Only the backdrop has the dialog itself as its target and lies outside the box; Enter in a field has 0, 0. */
  function outside(dialog, event) {
    if (event.target !== dialog || !event.detail) return false;
    const box = dialog.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.dataset?.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    if (!(await ask(form.dataset.confirm))) return;
    form.dataset.confirmed = "1";
    form.requestSubmit(submitter);
    delete form.dataset.confirmed;
  }, true);

  document.addEventListener("htmx:confirm", async (event) => {
    const { ctx, issueRequest, dropRequest } = event.detail;
    event.preventDefault();
    if (await ask(ctx.confirm)) issueRequest();
    else dropRequest();
  });

  document.addEventListener("htmx:after:swap", () => {
    const dialog = document.getElementById("dialog");
    const filled = document.getElementById("dialog-body")?.childElementCount;
    if (!filled || dialog.open) return;
    dialog.showModal();
    if (!dialog.querySelector("[autofocus]") && !matchMedia("(pointer: coarse)").matches)
      dialog.querySelector("form :is(input:not([type=hidden], [type=radio]), input[type=radio]:checked, select, textarea, button)")?.focus();
  });
  document.addEventListener("close", (event) => {
    if (event.target.id === "dialog") document.getElementById("dialog-body").replaceChildren();
  }, true);
  document.addEventListener("yn:close", () => document.querySelector("dialog[open]")?.close(""));
})();

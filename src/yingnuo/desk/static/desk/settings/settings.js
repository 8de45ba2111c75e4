/* Small helps of the settings pages; without them every button still works.
   <input data-look> asks its form for a fresh look (event st-look) when it changes.
   <button data-copy-week> copies Monday's hours to Tuesday to Friday.
   <ol data-drag="/address"> lets its <li data-id draggable="true"> be dragged; the new order is posted as ids. */
(() => {
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-look]")) look(event.target.form);
  });
  function look(form) {
    form?.dispatchEvent(new CustomEvent("st-look"));
  }

  /* Scrolls the list of settings to where the reader is, and never the page. */
  function reveal(nav) {
    const here = nav?.querySelector("[aria-current]")?.getBoundingClientRect();
    if (!here) return;
    const box = nav.getBoundingClientRect();
    nav.scrollLeft += here.left + here.width / 2 - box.left - box.width / 2;
    if (here.bottom > box.bottom) nav.scrollTop += here.top - box.top - box.height / 2;
  }

  function show() {
    for (const button of document.querySelectorAll("[data-copy-week]")) button.hidden = false;
  }
  document.addEventListener("DOMContentLoaded", () => {
    show();
    reveal(document.querySelector(".st-nav"));
  });
  document.addEventListener("htmx:after:swap", show);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy-week]");
    if (!button) return;
    const [first, ...others] = button.form.querySelectorAll("[data-week]");
    for (const field of others.slice(0, 4)) field.value = first.value;
    look(button.form);
  });

  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-drag] > [data-id]");
    dragged?.classList.add("st-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const over = event.target.closest?.("[data-drag] > [data-id]");
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    over[event.clientY > box.top + box.height / 2 ? "after" : "before"](dragged);
  });
  document.addEventListener("drop", (event) => dragged && event.preventDefault());
  document.addEventListener("dragend", () => {
    if (!dragged) return;
    dragged.classList.remove("st-dragged");
    const list = dragged.parentElement;
    const form = document.getElementById(list.dataset.drag);
    form.elements.rule.value = dragged.dataset.id;
    form.elements.before.value = dragged.nextElementSibling?.dataset.id ?? "";
    dragged = null;
    form.requestSubmit();
  });
})();

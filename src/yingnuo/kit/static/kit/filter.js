/* How is a list on the page narrowed while typing? <input type="search" data-filter="#list"> hides the children of #list
   (table rows: of its tbody) whose text has not every typed word; data-filter-text="…" on a child is searched instead. */
document.addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-filter]");
  if (!field) return;
  const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const root = document.querySelector(field.dataset.filter);
  const list = root?.querySelector("tbody") ?? root;
  for (const item of list?.children ?? []) {
    const text = (item.dataset.filterText ?? item.textContent).toLocaleLowerCase();
    item.hidden = !words.every((word) => text.includes(word));
  }
});

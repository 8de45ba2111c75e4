/* How is a tree of nested <details> walked by keys? <ul data-tree><li><details><summary>…</summary><ul>…: arrows up and down go to the line
   above and below, right unfolds or goes in, left folds or goes out, Home and End to the ends, * unfolds what stands beside.
   <div data-tree-people hx-trigger="tree-open once"> inside a <details> hears tree-open when that is unfolded.
   <button data-tree-all="open"> unfolds all that has something to show, data-tree-all="" folds all. */
(() => {
  const lines = (tree) => [...tree.querySelectorAll("summary")].filter((line) => line.checkVisibility());
  const parent = (line) => line.closest("details").parentElement.closest("details")?.querySelector("summary");

  const moves = {
    ArrowDown: (line, all) => all[all.indexOf(line) + 1],
    ArrowUp: (line, all) => all[all.indexOf(line) - 1],
    Home: (_line, all) => all[0],
    End: (_line, all) => all.at(-1),
    ArrowRight(line) {
      const box = line.parentElement;
      if (box.open) return box.querySelector("ul summary");
      box.open = true;
      return line;
    },
    ArrowLeft(line) {
      const box = line.parentElement;
      if (!box.open) return parent(line);
      box.open = false;
      return line;
    },
    "*"(line) {
      for (const item of line.closest("li").parentElement.children) {
        const box = item.querySelector("details");
        if (box) box.open = true;
      }
      return line;
    },
  };

  document.addEventListener("keydown", (event) => {
    const line = event.target.closest?.("[data-tree] summary");
    if (!line || event.ctrlKey || event.metaKey || event.altKey || !(event.key in moves)) return;
    event.preventDefault();
    event.stopPropagation();
    moves[event.key](line, lines(line.closest("[data-tree]")))?.focus();
  });

  document.addEventListener("toggle", ({ target }) => {
    if (target.open) target.querySelector(":scope > [data-tree-people]")?.dispatchEvent(new CustomEvent("tree-open"));
  }, true); // toggle does not bubble

  /* Unfolding all opens departments only: a team's people are fetched when somebody looks at that team. */
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tree-all]");
    if (!button) return;
    for (const box of document.querySelectorAll("[data-tree] details")) {
      box.open = button.dataset.treeAll === "open" && (box.open || box.querySelector("details") !== null);
    }
  });
})();

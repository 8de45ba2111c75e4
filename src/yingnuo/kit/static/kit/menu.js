/* When does an open menu close? <details data-menu><summary>…</summary>…</details>: at Esc, a click elsewhere, or focus leaving. */
(() => {
  const others = (target) => [...document.querySelectorAll("details[data-menu][open]")].filter((menu) => !menu.contains(target));
  document.addEventListener("click", (event) => others(event.target).forEach((menu) => { menu.open = false; }));
  document.addEventListener("focusin", (event) => others(event.target).forEach((menu) => { menu.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();

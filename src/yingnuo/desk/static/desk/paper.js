/* What does the button of a page for paper do? <button data-print> opens the browser's print dialog. */
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});

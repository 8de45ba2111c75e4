/* How does a part of a page fill a big screen? <button data-screen="id" hidden>: puts the element of that id on the whole
   screen, where the browser can; Escape leaves it. Without scripts the button stays hidden. */
(() => {
  document.addEventListener("DOMContentLoaded", () => {
    for (const button of document.querySelectorAll("[data-screen]")) button.hidden = !document.fullscreenEnabled;
  });
  document.addEventListener("click", ({ target }) => {
    const button = target.closest?.("[data-screen]");
    if (!button) return;
    if (document.fullscreenElement) document.exitFullscreen();
    else document.getElementById(button.dataset.screen).requestFullscreen();
  });
})();

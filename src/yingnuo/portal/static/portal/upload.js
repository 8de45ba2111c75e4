/* Which files have been chosen, and are they too many or too large? The file field lies over the whole box, so that
   dropping works without us: <div class="pt-drop" data-upload data-most="10" data-bytes="26214400" data-too-many="…"
   data-too-large="…"><span>Drop files here</span><input type="file" multiple><ul></ul></div>
   A second file field in the box (a telephone's camera) counts together with the first.
   Names are set as text. The server checks again. */
(() => {
  const units = ["B", "KB", "MB", "GB"];

  function shown(size) {
    const step = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(size, 1)) / 10));
    return `${(size / 1024 ** step).toFixed(step > 1 ? 1 : 0)} ${units[step]}`;
  }

  function complaint(box, files) {
    if (files.length > Number(box.dataset.most)) return box.dataset.tooMany;
    const total = files.reduce((sum, file) => sum + file.size, 0);
    return total > Number(box.dataset.bytes) ? box.dataset.tooLarge : "";
  }

  function list(input) {
    const box = input.closest("[data-upload]"), inputs = [...box.querySelectorAll("input[type=file]")];
    const files = inputs.flatMap((one) => [...one.files]), wrong = complaint(box, files);
    box.classList.toggle("pt-drop-wrong", Boolean(wrong));
    for (const one of inputs) one.setCustomValidity(wrong);
    box.querySelector("ul").replaceChildren(...[...files.map((file) => `${file.name} · ${shown(file.size)}`), wrong].filter(Boolean).map((text) => {
      const line = document.createElement("li");
      line.textContent = text;
      return line;
    }));
  }

  document.addEventListener("change", ({ target }) => {
    if (target.matches?.("[data-upload] input[type=file]")) list(target);
  });
  for (const [event, over] of [["dragover", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(event, ({ target }) => target.closest?.("[data-upload]")?.classList.toggle("pt-drop-over", over));
  }
  document.addEventListener("submit", (event) => {
    const wrong = [...event.target.querySelectorAll("[data-upload] input[type=file]")].find((input) => !input.checkValidity());
    if (!wrong) return;
    event.preventDefault();
    wrong.focus();
    wrong.closest("[data-upload]").scrollIntoView({ block: "center" });
  });
})();

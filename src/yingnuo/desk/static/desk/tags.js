/* How is an offered tag put into the field of tags? <input data-tags hx-get="…" hx-target="#tag-offers"> asks the server while it is typed in;
   <button data-tag-add="VIP"> inside #tag-offers puts VIP in the place of what was typed after the last comma. Arrow down goes to the offers. */
(() => {
  const field = () => document.querySelector("input[data-tags]");
  const offers = () => [...document.querySelectorAll("#tag-offers [data-tag-add]")];

  document.addEventListener("click", (event) => {
    const offer = event.target.closest("[data-tag-add]");
    if (!offer || !field()) return;
    const words = field().value.replaceAll("，", ",").split(",").map((word) => word.trim());
    words[words.length - 1] = offer.dataset.tagAdd;
    field().value = `${words.filter(Boolean).join(", ")}, `;
    field().focus();
    field().dispatchEvent(new Event("input", { bubbles: true }));
  });

  document.addEventListener("keydown", (event) => {
    const all = offers();
    if (event.isComposing || !all.length) return;
    if (event.target === field() && event.key === "ArrowDown") {
      event.preventDefault();
      all[0].focus();
    } else if (event.target.matches?.("#tag-offers [data-tag-add]")) {
      const next = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (!next) return;
      event.preventDefault();
      (all[all.indexOf(event.target) + next] ?? field()).focus();
    }
  });
})();

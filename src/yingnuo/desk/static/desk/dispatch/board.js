/* How is a waiting ticket given by hand? <li data-ticket="7" data-team="2" draggable="true"> is dragged onto
   <li data-person="5" data-team="2"> of the same team: its form is sent with that person. Without a mouse the form's own
   select and buttons do the same; "other" as the button's value means what the select names.
   <select data-submit> sends its form when it is changed. */
(() => {
  let dragged = null;
  const target = (event) => event.target.closest?.("[data-person]");
  const fits = (person) => dragged && person && person.dataset.team === dragged.dataset.team;

  function send(ticket, person) {
    const form = ticket.querySelector(".dp-give"), button = document.createElement("button");
    Object.assign(button, { name: "agent", value: person, hidden: true });
    form.append(button);
    form.requestSubmit(button);
  }

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-ticket]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.ticket);
    dragged.toggleAttribute("data-dragging", true);
  });
  document.addEventListener("dragover", (event) => {
    const person = target(event);
    for (const other of document.querySelectorAll("[data-over]")) if (other !== person) other.removeAttribute("data-over");
    if (!fits(person)) return;
    event.preventDefault();
    person.toggleAttribute("data-over", true);
  });
  document.addEventListener("drop", (event) => {
    const person = target(event);
    if (!fits(person)) return;
    event.preventDefault();
    send(dragged, person.dataset.person);
  });
  document.addEventListener("dragend", () => {
    dragged?.removeAttribute("data-dragging");
    dragged = null;
    for (const person of document.querySelectorAll("[data-over]")) person.removeAttribute("data-over");
  });
  document.addEventListener("change", ({ target: field }) => {
    if (field.matches?.("select[data-submit]")) field.form.requestSubmit();
  });
})();

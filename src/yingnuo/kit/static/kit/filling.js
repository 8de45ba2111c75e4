/* Which fields does a form show, and which does it need, as others are filled in?
   <form><input name="fields.fuel"> … <div data-shown-on="fields.fuel" data-shown-when="gas&#10;oil"><input …></div>
   data-shown-on: the name of the field it hangs on ("" for none), data-shown-when: with which of its values, a line
   each ("" for any). What is hidden is disabled, so that it is not sent. data-needed-on and -when mark it as needed.
   Where another <select name="kind"> brings other fields, those that both have keep what was filled in. */
(() => {
  function valuesOf(form, name) {
    return [...form.elements]
      .filter((one) => one.name === name && !one.disabled && (!/^(checkbox|radio)$/.test(one.type) || one.checked))
      .map((one) => one.value).filter((value) => value !== "");
  }

  function holds(form, on, when) {
    const found = valuesOf(form, on), wanted = when ? when.split("\n") : [];
    return wanted.length ? wanted.some((value) => found.includes(value) || (value === "false" && !found.length)) : found.length > 0;
  }

  function settle(form) {
    for (const box of form.querySelectorAll("[data-shown-on]")) {
      const { shownOn, shownWhen, neededOn, neededWhen } = box.dataset;
      const shown = !shownOn || holds(form, shownOn, shownWhen);
      box.hidden = !shown;
      for (const one of box.querySelectorAll("input, select, textarea")) one.disabled = !shown;
      if (neededOn) box.querySelector("legend, label > span, label")?.classList.toggle("required", holds(form, neededOn, neededWhen));
    }
  }

  const kept = new Map(); // of the fields that are about to be replaced: the values by name

  function keep(form) {
    const named = [...form.elements].filter((one) => one.name.startsWith("fields.") && !one.disabled);
    for (const one of named) kept.set(one.name, valuesOf(form, one.name));
  }

  function restore(form) {
    for (const one of form.elements) {
      const values = kept.get(one.name);
      if (!values?.length) continue;
      if (one.type === "checkbox") one.checked = values.includes(one.value);
      else if (!one.value) [one.value] = values;
    }
  }

  const all = () => document.querySelectorAll("form:has([data-shown-on])").forEach(settle);

  document.addEventListener("change", ({ target }) => {
    if (target.matches?.("select[name=kind]") && target.form) keep(target.form);
    if (target.form?.querySelector("[data-shown-on]")) settle(target.form);
  });
  document.addEventListener("htmx:after:swap", () => {
    const form = document.querySelector("select[name=kind]")?.form;
    if (form && kept.size) restore(form);
    all();
  });
  document.addEventListener("DOMContentLoaded", all);
})();

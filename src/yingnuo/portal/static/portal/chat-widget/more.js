/* What can a visitor do besides writing? End the chat, have it mailed, rate it; leave a message when nobody is there. */
const more = { shown: "", stars: 0, mailed: false, thanked: false };

more.toggle = () => {
  more.shown = more.shown === "menu" ? "" : "menu";
  more.draw();
  if (more.shown) view.nodes.sheet.querySelector("button, input")?.focus();
};

more.draw = () => {
  const n = view.nodes, { chat } = talk, ended = chat?.stage === "ended";
  n.more.hidden = !chat;
  n.more.setAttribute("aria-expanded", String(Boolean(more.shown)));
  const wanted = ended && !more.shown ? "ended" : more.shown;
  // what is being typed into another sheet stays when a rating arrives
  const face = wanted === "ended" ? `ended:${more.stars}:${more.mailed}:${more.thanked}` : wanted;
  if (n.sheet.dataset.face === face) return;
  n.sheet.dataset.face = face;
  const parts = { menu: more.menu, end: more.sure, mail: more.mail, ended: more.after }[wanted]?.() || [];
  n.sheet.hidden = !parts.length;
  n.sheet.replaceChildren(...parts);
};

more.show = (what) => {
  more.shown = what;
  more.draw();
  view.nodes.sheet.querySelector("button, input")?.focus();
};

const soft = (word, act) => el("button.soft", { type: "button", onclick: act }, w(word));

more.menu = () => [el("div.row", {}, soft("mail", () => more.show("mail")), ...(talk.chat?.stage === "ended" ? [] : [soft("end", () => more.show("end"))]))];

more.sure = () => [el("p", {}, w("end_sure")), el("div.row", {}, soft("yes", more.end), soft("no", () => more.show("")))];

more.end = async () => {
  try {
    await net.call("end");
  } catch (error) {
    return more.tell(error);
  }
  more.show("");
  await talk.sync().catch(talk.failed);
};

more.mail = () => {
  const address = el("input.field", { type: "email", required: true, autocomplete: "email", maxlength: "254", "aria-label": w("address"), placeholder: w("address") });
  const send = async (event) => {
    event.preventDefault();
    try {
      await net.call("transcript", { email: address.value });
    } catch (error) {
      return more.tell(error);
    }
    more.mailed = true;
    more.show("");
    view.nodes.said.textContent = w("mailed");
    talk.lines.push({ after: talk.last, text: w("mailed") });
    talk.draw();
  };
  return [el("form.row", { onsubmit: send }, address, el("button.big", { type: "submit" }, w("send")))];
};

more.after = () => {
  if (more.thanked || talk.chat?.score) return [el("span", {}, w("thanks")), ...more.menu()];
  const stars = [1, 2, 3, 4, 5].map((score) => el("button", {
    type: "button", "aria-label": w("stars", { n: score }), "aria-pressed": String(score <= more.stars), onclick: () => more.rate(score),
  }, "★"));
  return [el("p", {}, w("rate")), el("div.row.stars", { role: "group", "aria-label": w("rate") }, ...stars), ...more.menu()];
};

more.rate = async (score) => {
  try {
    await net.call("rate", { score });
  } catch (error) {
    return more.tell(error);
  }
  [more.stars, more.thanked] = [score, true];
  more.draw();
  view.nodes.said.textContent = w("thanks");
};

more.tell = (error) => {
  const told = error instanceof Refused ? Object.values(error.fields)[0] || error.message : w("waiting_net");
  view.nodes.sheet.querySelector(".wrong")?.remove();
  view.nodes.sheet.append(el("span.wrong", { role: "alert" }, told));
};

/* Nobody is there: a form that becomes a request like any other, answered by mail. */
more.form = () => {
  const key = newKey(), name = el("input.field", { maxlength: "80", autocomplete: "name", value: wishes().name || "" });
  const mail = el("input.field", { type: "email", required: true, maxlength: "254", autocomplete: "email", value: wishes().email || "" });
  const text = el("textarea.field", { rows: "5", required: true, maxlength: view.setup.longest }), wrong = el("p.wrong", { role: "alert" });
  const send = async (event) => {
    event.preventDefault();
    wrong.textContent = "";
    try {
      const told = await net.call("offline", { key, name: name.value, email: mail.value, text: text.value });
      form.replaceChildren(el("p", { role: "status", tabindex: "-1" }, w("left", { name: told.number })));
      form.firstChild.focus();
    } catch (error) {
      wrong.textContent = error instanceof Refused ? Object.values(error.fields)[0] || error.message : w("waiting_net");
    }
  };
  const form = el("form.form", { onsubmit: send }, el("p", {}, w("closed")), el("label", {}, w("name"), name),
    el("label", {}, w("address"), mail), el("label", {}, w("question"), text), wrong, el("button.big", { type: "submit" }, w("leave")));
  return form;
};

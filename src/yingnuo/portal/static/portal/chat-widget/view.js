/* Which parts does the widget have, and how is one message drawn? */
const view = { words: {}, setup: {}, nodes: {} };
const w = (name, values = {}) => Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), view.words[name] || name);
const clock = (at) => new Date(at).toLocaleTimeString(document.documentElement.lang || undefined, { hour: "2-digit", minute: "2-digit" });
const sized = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);

view.build = (host, actions) => {
  const n = view.nodes, root = host.attachShadow({ mode: "open" });
  n.badge = el("span.badge", { hidden: true, "aria-hidden": "true" });
  n.launch = el("button.launch", { type: "button", "aria-label": w("open"), "aria-expanded": "false", onclick: actions.toggle }, icon("chat"), n.badge);
  n.status = el("p");
  n.more = el("button.tool", { type: "button", "aria-label": w("menu"), "aria-expanded": "false", onclick: actions.more }, icon("dots"));
  const close = el("button.tool", { type: "button", "aria-label": w("close"), onclick: actions.toggle }, icon("down"));
  n.note = el("div.note", { hidden: true, role: "status" });
  n.log = el("div.log", { role: "log", "aria-label": w("log"), "aria-live": "polite", tabindex: "0" });
  n.typing = el("p.typing", { "aria-live": "polite" });
  n.sheet = el("div.sheet", { hidden: true });
  n.text = el("textarea", { rows: "1", maxlength: view.setup.longest, "aria-label": w("write"), placeholder: w("write"), onkeydown: actions.key, oninput: actions.input });
  n.pick = el("input.sr", { type: "file", multiple: true, accept: view.setup.accept, tabindex: "-1", "aria-hidden": "true", onchange: actions.picked });
  const clip = el("button.tool", { type: "button", "aria-label": w("attach"), onclick: () => n.pick.click() }, icon("clip"));
  const go = el("button.tool.go", { type: "submit", "aria-label": w("send") }, icon("send"));
  n.write = el("form.write", { onsubmit: actions.submit }, n.pick, clip, n.text, go);
  n.name = el("input.field", { maxlength: "80", autocomplete: "name", placeholder: w("name_maybe"), "aria-label": w("name_maybe") });
  n.who = el("div.note", { hidden: true }, n.name);
  n.talk = [n.note, n.log, n.typing, n.sheet, n.who, n.write];
  n.panel = el("section.panel", { role: "dialog", "aria-label": w("title"), hidden: true, onkeydown: actions.escape },
    el("header.head", {}, el("div", {}, el("h2", {}, view.setup.name || w("title")), n.status), n.more, close), ...n.talk);
  n.said = el("p.sr", { role: "status" });
  n.all = el("div", {}, n.launch, n.panel, n.said);
  n.root = root;
  view.paint(host);
  root.append(n.all);
};

view.paint = (host) => {
  const wish = wishes().theme || "auto", dark = wish === "dark" || (wish === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  host.dataset.look = dark ? "dark" : "light";
  host.setAttribute("lang", { "zh-hans": "zh-Hans", "zh-hant": "zh-Hant" }[language()] || "en");
  view.nodes.root.adoptedStyleSheets = [sheetFor(/^#[0-9a-f]{6}$/i.test(wishes().colour || "") ? wishes().colour : view.setup.colour, dark)];
};

/* Addresses in what we say can be clicked; only http and https, and only as text. */
view.linked = (text) => text.split(/(https?:\/\/[^\s<>"'，。）)]+)/).map((part, at) =>
  (at % 2 ? el("a", { href: part, target: "_blank", rel: "noopener noreferrer nofollow" }, part) : document.createTextNode(part)));

view.message = (m, below) => {
  const node = el(`div.said${m.side === "me" ? ".me" : ""}${m.id ? "" : ".unsent"}`, { "data-id": m.id || m.key });
  if (m.text) node.append(el("p", {}, ...(m.side === "me" ? [m.text] : view.linked(m.text))));
  for (const file of m.files || []) {
    const name = `${file.name} · ${sized(file.size)}`;
    const face = file.path ? el("a", { href: BASE + file.path, target: "_blank", rel: "noopener", download: file.name }, name) : name;
    node.append(el("p", {}, el("span.file", {}, icon("file"), face)));
  }
  const who = m.side === "me" ? "" : m.side === "bot" ? w("bot") : m.who;
  node.append(el("small", {}, ...[[who, clock(m.at)].filter(Boolean).join(" · "), ...(below || [])]));
  return node;
};

view.scroll = () => { view.nodes.log.scrollTop = view.nodes.log.scrollHeight; };
view.near = () => view.nodes.log.scrollHeight - view.nodes.log.scrollTop - view.nodes.log.clientHeight < 120;

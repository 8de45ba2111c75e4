/* How does the widget look, and how is a node made? Its style lives in a constructed sheet inside a shadow root, so that
   the page's rules do not reach in, ours do not reach out, and a Content-Security-Policy without inline style is kept. */
const CSS = `
:host { all: initial; --ink: #1c2431; --ink2: #535e70; --bg: #fff; --inset: #f1f3f6; --line: #c9d0da; --mine: #e6f0fd; --red: #ab241d;
  font: 15px/1.5 -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", system-ui, sans-serif; color: var(--ink); }
:host([data-look="dark"]) { --ink: #e4e8ee; --ink2: #a6b0bd; --bg: #1b1f24; --inset: #262c34; --line: #434c58; --mine: #1d3350; --red: #ff9c93; color-scheme: dark; }
* { box-sizing: border-box; }
[hidden] { display: none !important; }
button, input, textarea { font: inherit; color: inherit; margin: 0; }
button { cursor: pointer; border: 0; background: none; padding: 0; }
button:disabled { cursor: default; opacity: .5; }
:focus-visible { outline: 3px solid #2f80ed; outline-offset: 2px; }
svg { width: 22px; height: 22px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round; display: block; }
.launch { position: fixed; right: 20px; bottom: calc(20px + env(safe-area-inset-bottom)); z-index: 2147483000; width: 58px; height: 58px; border-radius: 29px; display: grid; place-items: center;
  color: var(--on); background: var(--brand); box-shadow: 0 6px 20px rgb(15 25 45 / 28%); transition: transform .15s; }
.launch:hover { transform: translateY(-2px); } .launch svg { width: 27px; height: 27px; }
.badge { position: absolute; top: -4px; right: -4px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px; background: #c8322b; color: #fff; font-size: 13px; font-weight: 600; line-height: 22px; text-align: center; }
.panel { position: fixed; right: 20px; bottom: calc(90px + env(safe-area-inset-bottom)); z-index: 2147483001; width: 380px; height: min(620px, calc(100vh - 120px)); display: flex; flex-direction: column; overflow: hidden;
  background: var(--bg); color: var(--ink); border-radius: 14px; box-shadow: 0 16px 48px rgb(15 25 45 / 30%), 0 0 0 1px rgb(15 25 45 / 8%); }
.head { display: flex; align-items: center; gap: 10px; padding: 12px 10px 12px 16px; color: var(--on); background: var(--brand); }
.head div { flex: 1; min-width: 0; } .head h2 { margin: 0; font-size: 16px; font-weight: 600; line-height: 1.35; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.head p { margin: 0; font-size: 13px; line-height: 1.35; }
.tool { flex: none; width: 36px; height: 36px; display: grid; place-items: center; border-radius: 8px; } .head .tool:hover { background: rgb(127 127 127 / 30%); }
.note { margin: 0; padding: 8px 16px; font-size: 13px; color: var(--ink2); background: var(--inset); } .note b { color: var(--ink); font-weight: 600; } .note span { display: block; }
.wrong { color: var(--red); }
.log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 14px 16px; display: flex; flex-direction: column; gap: 10px; }
.log > :first-child { margin-top: auto; }
.said { max-width: 84%; align-self: flex-start; } .said.me { align-self: flex-end; }
.said p { margin: 0; padding: 8px 12px; border-radius: 4px 14px 14px 14px; background: var(--inset); white-space: pre-wrap; overflow-wrap: anywhere; }
.said.me p { border-radius: 14px 4px 14px 14px; background: var(--mine); } .said p + p { margin-top: 4px; }
.said a { color: inherit; } .said small { display: block; margin: 2px 4px 0; font-size: 12px; color: var(--ink2); } .said.me small { text-align: right; }
.said.unsent p { opacity: .65; } .said small button { text-decoration: underline; }
.file { display: flex; align-items: center; gap: 8px; } .file svg { flex: none; width: 18px; height: 18px; }
.line { align-self: center; margin: 0; font-size: 12.5px; color: var(--ink2); text-align: center; }
.typing { min-height: 22px; padding: 0 16px; margin: 0; font-size: 13px; color: var(--ink2); }
form { margin: 0; } .write { display: flex; align-items: flex-end; gap: 4px; padding: 8px; border-top: 1px solid var(--line); }
.write textarea { flex: 1; min-width: 0; max-height: 120px; resize: none; border: 0; padding: 8px 4px; background: none; outline-offset: 0; border-radius: 6px; }
textarea::placeholder, input::placeholder { color: var(--ink2); opacity: 1; }
.write .tool { color: var(--ink2); } .write .tool:hover { background: var(--inset); } .write .go { color: var(--brandink); }
.form { padding: 16px; display: grid; gap: 12px; overflow-y: auto; } .form p { margin: 0; }
label { display: grid; gap: 4px; font-size: 13px; color: var(--ink2); }
.field { width: 100%; padding: 8px 10px; border: 1px solid var(--line); border-radius: 8px; background: var(--bg); color: var(--ink); font-size: 15px; }
.big { padding: 10px 16px; border-radius: 8px; font-weight: 600; color: var(--on); background: var(--brand); }
.soft { padding: 7px 12px; border-radius: 8px; border: 1px solid var(--line); } .soft:hover { background: var(--inset); }
.sheet { padding: 12px 16px; border-top: 1px solid var(--line); background: var(--inset); display: grid; gap: 10px; } .sheet p { margin: 0; font-weight: 600; }
.row { display: flex; gap: 8px; flex-wrap: wrap; align-items: center; } .row .field { flex: 1; min-width: 140px; width: auto; }
.stars button { width: 40px; height: 40px; font-size: 24px; line-height: 1; color: var(--ink2); border-radius: 8px; } .stars button[aria-pressed="true"] { color: #c98a00; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (max-width: 480px) { .panel { inset: 0; width: auto; height: auto; border-radius: 0; padding-bottom: env(safe-area-inset-bottom); } .opened .launch { display: none; } }
@media (prefers-reduced-motion: reduce) { .launch { transition: none; } }
`;
const ICONS = {
  chat: "M8 9h8M8 13h6M18 4a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3h-5l-5 3v-3H6a3 3 0 0 1-3-3V7a3 3 0 0 1 3-3z", close: "M18 6 6 18M6 6l12 12",
  down: "m6 9 6 6 6-6", send: "M10 14 21 3m0 0-6.5 18a.6.6 0 0 1-1 0L10 14l-7-3.500a.6.6 0 0 1 0-1z", clip: "m15 7-6.500 6.500a1.500 1.500 0 0 0 3 3L18 10a3 3 0 0 0-6-6l-6.500 6.500a4.500 4.500 0 0 0 9 9L21 13",
  dots: "M5 12h.01M12 12h.01M19 12h.01", file: "M14 3v4a1 1 0 0 0 1 1h4M17 21H7a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2h7l5 5v11a2 2 0 0 1-2 2z",
};

/* el("button.tool", { type: "button", onclick }, child, "text"): texts are set as text, never as HTML. */
function el(what, attributes = {}, ...children) {
  const [tag, ...classes] = what.split("."), node = document.createElement(tag || "div");
  if (classes.length) node.className = classes.join(" ");
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true || value === false) node.toggleAttribute(name, value);
    else node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS(svg.namespaceURI, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/* Relative luminance (WCAG 2): which ink is read on a colour, and is the colour itself read on our ground? */
function light(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function sheetFor(colour, dark) {
  const on = light(colour) > 0.18 ? "#111" : "#fff", ground = dark ? 0.014 : 1, own = light(colour);
  const ratio = (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`:host { --brand: ${colour}; --on: ${on}; --brandink: ${ratio >= 4.5 ? colour : "var(--ink)"}; }${CSS}`);
  return sheet;
}

/* What is the talk, and how does it go on? Messages by id, what waits to be sent, what the other side does. */
const talk = { messages: [], chat: null, last: 0, read: Number(kept("read") || 0), got: 0, open: false, started: false, lines: [], fresh: 0 };

talk.take = (told) => {
  const before = talk.chat;
  net.remember(told);
  if (told.chat !== undefined) talk.chat = told.chat;
  const known = new Set(talk.messages.map((m) => m.id)), fresh = (told.messages || []).filter((m) => !known.has(m.id));
  talk.messages = [...talk.messages, ...fresh].sort((a, b) => a.id - b.id);
  talk.last = talk.messages.at(-1)?.id || talk.last;
  if (fresh.some((m) => m.side !== "me")) talk.typed(false);
  talk.events(before, talk.chat);
  if (talk.chat && (talk.chat.stage !== "ended" || talk.open)) net.listen();
  talk.draw(fresh);
  talk.mark();
};

/* A line of its own where somebody joins, or the talk goes to others. */
talk.events = (before, now) => {
  const after = talk.last;
  if (!now) return;
  if (now.agent && before?.agent !== now.agent) talk.lines.push({ after, text: w("joined", { name: now.agent }) });
  if (now.stage === "waiting" && before?.stage === "active") talk.lines.push({ after, text: w("handing") });
};

talk.draw = (fresh = []) => {
  const n = view.nodes, near = view.near() || fresh.some((m) => m.side === "me"), mine = talk.messages.filter((m) => m.side === "me").at(-1);
  const parts = talk.messages.flatMap((m) => [
    view.message(m, m === mine && talk.chat?.read >= m.id ? [` · ${w("read")}`] : []),
    ...talk.lines.filter((line) => line.after === m.id).map((line) => el("p.line", {}, line.text)),
  ]);
  const waits = outbox.waiting.map((one) => view.message(
    { ...one, side: "me", files: (one.files || []).map((file) => ({ name: file.name, size: file.size })) },
    [` · ${one.failed ? `${w("failed")} (${one.failed})` : w("unsent")} `, ...(one.failed ? [el("button", { type: "button", onclick: () => outbox.again(one.key) }, w("again"))] : [])],
  ));
  const greeting = el("div.said", {}, el("p", {}, view.setup.greeting || w("hello")));
  view.morph(n.log, [greeting, ...parts, ...waits]);
  if (near) view.scroll();
  talk.status();
  talk.count(fresh);
};

/* Only what differs is replaced: a screen reader reads new nodes of a log, and must not read all of it again. */
view.morph = (box, nodes) => {
  nodes.forEach((node, at) => {
    const old = box.children[at];
    if (!old) box.append(node);
    else if (!old.isEqualNode(node)) old.replaceWith(node);
  });
  while (box.children.length > nodes.length) box.lastChild.remove();
};

talk.status = () => {
  const { chat } = talk, n = view.nodes, lines = [];
  n.status.textContent = chat?.agent ? w("joined", { name: chat.agent }) : view.setup.company || "";
  if (talk.broken) lines.push(el("b", {}, w("waiting_net")));
  else if (chat?.stage === "waiting") lines.push(...talk.queue(chat));
  else if (chat?.stage === "ended") lines.push(el("span", {}, w("ended")));
  else if (chat?.stage === "bot") lines.push(el("button.soft", { type: "button", onclick: () => net.call("person") }, w("person")));
  n.note.hidden = !lines.length;
  view.morph(n.note, lines);
  n.who.hidden = Boolean(chat) || net.known || talk.messages.length > 0;
  more.draw();
};

talk.queue = (chat) => {
  const lines = [el("b", {}, chat.transferred ? w("handing") : chat.position > 1 ? w("place", { n: chat.position }) : w("next"))];
  if (chat.expected_s !== null) lines.push(el("span", {}, chat.expected_s < 60 ? w("soon") : w("expected", { n: Math.ceil(chat.expected_s / 60) })));
  if (chat.promised) lines.push(el("span", {}, w("promised", { time: clock(chat.promised) })));
  return lines;
};

talk.count = (fresh) => {
  const unread = talk.messages.filter((m) => m.side !== "me" && m.id > talk.read).length, n = view.nodes;
  n.badge.hidden = !unread || talk.open;
  n.badge.textContent = String(unread);
  n.launch.setAttribute("aria-label", unread && !talk.open ? `${w("open")} · ${w("new", { n: unread })}` : w(talk.open ? "close" : "open"));
  if (fresh.some((m) => m.side !== "me") && !talk.open) n.said.textContent = w("new", { n: unread });
};

talk.mark = () => {
  const last = talk.messages.filter((m) => m.side !== "me").at(-1)?.id || 0, sees = talk.open && !document.hidden;
  const read = sees ? Math.max(talk.read, last) : talk.read;
  if (last <= talk.got && read <= talk.read) return;
  [talk.got, talk.read] = [Math.max(talk.got, last), read];
  keep("read", String(read));
  net.call("seen", { got: talk.got, read }).catch(() => { talk.got = 0; });
  talk.count([]);
};

talk.sync = () => net.inLine(async () => talk.take(await net.call("sync", { after: talk.last })));

talk.soon = () => {
  clearTimeout(talk.timer);
  talk.timer = setTimeout(() => talk.sync().then(() => { talk.broken = false; talk.status(); }, talk.failed), 20);
};

talk.failed = (error) => {
  if (error instanceof Refused && error.status === 403) return talk.forget();
  talk.lost();
  clearTimeout(talk.timer);
  talk.timer = setTimeout(talk.soon, 4000);
};

talk.forget = () => {
  net.quiet();
  [net.token, talk.chat, talk.messages, talk.last, talk.lines] = ["", null, [], 0, []];
  keep("token", null);
  talk.draw();
};

talk.lost = () => {
  if (!navigator.onLine || outbox.waiting.length) { talk.broken = true; talk.status(); }
};

talk.typed = (on) => {
  clearTimeout(talk.typingTimer);
  view.nodes.typing.textContent = on && talk.chat?.agent ? w("typing", { name: talk.chat.agent }) : "";
  if (on) talk.typingTimer = setTimeout(() => talk.typed(false), 5000);
};

talk.send = async (one) => {
  if (!net.token) net.remember(await net.call("hello", { start: true, page: location.href, name: view.nodes.name.value.trim(), ...identity() }));
  try {
    return await net.call("say", { key: one.key, text: one.text, after: talk.last }, one.files || []);
  } catch (error) {
    if (!(error instanceof Refused && error.code === "no_visitor")) throw error;
    net.token = "";  // too old, or of another installation: we introduce ourselves anew
    net.remember(await net.call("hello", { start: true, page: location.href, ...identity() }));
    return net.call("say", { key: one.key, text: one.text, after: talk.last }, one.files || []);
  }
};

const identity = () => (wishes().identity ? { identity: wishes().identity } : {});

/* How do all tabs of one browser share one stream? A SharedWorker: tabs say { topics, token }, hear { topic, id }.
   Browsers open at most six HTTP/1.1 connections to a host; one stream for each tab would use them up. */
const tabs = new Map();
let source = null, heard = new Set(), lost = false, timer = 0;

function wanted() {
  const topics = new Set(), tokens = new Set();
  for (const tab of tabs.values()) {
    if (tab.topics.every((topic) => topics.has(topic))) continue;
    tab.topics.forEach((topic) => topics.add(topic));
    tokens.add(tab.token);
  }
  return { topics, query: [...tokens].map((token) => `token=${encodeURIComponent(token)}`).join("&") };
}

function tell(message) {
  for (const port of tabs.keys()) port.postMessage(message);
}

/* The old stream is closed when the new one is open, so that nothing falls between. After a break (`lost`) events may
   have been missed: topic "*" makes every tab fetch anew. CLOSED means that the server refused: a token is too old. */
function connect() {
  const { topics, query } = wanted();
  const alive = source && source.readyState !== EventSource.CLOSED;
  if (alive && tabs.size && [...topics].every((topic) => heard.has(topic))) return;
  const old = source;
  if (!query) {
    old?.close();
    source = null;
    return;
  }
  const next = source = new EventSource(`/rt?${query}`);
  heard = topics;
  next.onopen = () => {
    old?.close();
    if (lost) tell({ topic: "*", id: "" });
    lost = false;
  };
  next.onmessage = ({ data }) => {
    const [topic, id] = data.split(" ");
    tell({ topic, id });
  };
  next.onerror = () => {
    old?.close();
    lost = true;
    if (source === next && next.readyState === EventSource.CLOSED) tell({ refused: true });
  };
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(connect, 100);
}

self.onconnect = ({ ports: [port] }) => {
  port.onmessage = ({ data }) => {
    if (data.bye) tabs.delete(port);
    else tabs.set(port, data);
    soon();
  };
};

/* What does a browser do with a push message? It shows it, always: a browser takes the right away from who does not.
   Pressed, it opens the ticket in a tab of the desk that is there, else in a new one. Nothing is kept or fetched here. */
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function read(data) {
  try {
    const { title, body, path, tag } = data.json();
    return { title, body, path, tag };
  } catch {
    return { title: "\u5e94\u8bfa Yingnuo", body: "", path: "/notices/", tag: "yn" };
  }
}

self.addEventListener("push", (event) => {
  const { title, body, path, tag } = read(event.data);
  event.waitUntil(self.registration.showNotification(title, { body, tag, renotify: true, data: { path } }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const goal = new URL(event.notification.data?.path ?? "/notices/", self.location.origin);
  if (goal.origin !== self.location.origin) return;
  event.waitUntil((async () => {
    const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const there = tabs.find((tab) => new URL(tab.url).pathname === goal.pathname);
    return there ? there.focus() : self.clients.openWindow(goal.href);
  })());
});

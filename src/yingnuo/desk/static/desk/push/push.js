/* How does a browser say that it may be told? <div data-push="public key" data-push-url=… data-worker=…> holds
   [data-push-said] with its sentences and [data-push-on]. The browser asks its owner; what it answers goes to data-push-url. */
(() => {
  const box = document.querySelector("[data-push]");
  if (!box) return;
  const said = box.querySelector("[data-push-said]"), button = box.querySelector("[data-push-on]");
  const able = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

  function say(word) {
    said.textContent = said.dataset[word];
    button.hidden = word !== "off" && word !== "failed";
  }

  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const same = (key) => key && text(key) === box.dataset.push;

  async function standing() {
    if (!able) return say("unable");
    if (Notification.permission === "denied") return say("denied");
    const worker = await navigator.serviceWorker.getRegistration("/");
    const there = await worker?.pushManager.getSubscription();
    say(there && same(there.options.applicationServerKey) && [...document.querySelectorAll("[data-browser]")].some((one) => there.endpoint.endsWith(one.dataset.browser)) ? "on" : "off");
  }

  async function turnOn() {
    if ((await Notification.requestPermission()) !== "granted") return standing();
    const worker = await navigator.serviceWorker.register(box.dataset.worker, { scope: "/" });
    await navigator.serviceWorker.ready;
    const old = await worker.pushManager.getSubscription();
    if (old && !same(old.options.applicationServerKey)) await old.unsubscribe();
    const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(box.dataset.push) });
    const body = new URLSearchParams({ endpoint: made.endpoint, p256dh: text(made.getKey("p256dh")), auth: text(made.getKey("auth")) });
    const csrf = document.querySelector("meta[name=csrf-token]").content;
    const answer = await fetch(box.dataset.pushUrl, { method: "POST", headers: { "X-CSRFToken": csrf }, body });
    if (!answer.ok) throw new Error(`the desk answered ${answer.status}`);
    location.reload();
  }

  button.addEventListener("click", () => {
    button.disabled = true;
    turnOn().catch((error) => { console.error(error); say("failed"); }).finally(() => { button.disabled = false; });
  });
  standing();
})();

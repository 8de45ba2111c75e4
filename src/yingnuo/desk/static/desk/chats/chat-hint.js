/* How does an agent who looks elsewhere notice a chat? <div data-unread="2" data-hint="New in your chats">: when the number
   grows, the title says so until the page is looked at, and a short tone sounds (browsers allow it after a first click). */
(() => {
  let before = count(), audio = null, title = "";

  function count() { return Number(document.querySelector("[data-unread][data-hint]")?.dataset.unread || 0); }

  function tone() {
    if (!audio || audio.state !== "running") return;
    const sound = audio.createOscillator(), volume = audio.createGain(), now = audio.currentTime;
    sound.frequency.setValueAtTime(660, now);
    sound.frequency.setValueAtTime(880, now + 0.12);
    volume.gain.setValueAtTime(0.0001, now);
    volume.gain.exponentialRampToValueAtTime(0.12, now + 0.02);
    volume.gain.exponentialRampToValueAtTime(0.0001, now + 0.35);
    sound.connect(volume).connect(audio.destination);
    sound.start(now);
    sound.stop(now + 0.4);
  }

  function look() {
    const now = count();
    if (now > before && (document.hidden || !document.hasFocus())) {
      tone();
      title ||= document.title;
      document.title = `(${now}) ${document.querySelector("[data-hint]").dataset.hint}`;
    }
    before = now;
  }

  function back() {
    if (!title || document.hidden) return;
    document.title = title;
    title = "";
  }

  document.addEventListener("pointerdown", () => { audio ||= window.AudioContext ? new AudioContext() : null; audio?.resume(); }, { passive: true });
  document.addEventListener("htmx:after:swap", look);
  document.addEventListener("visibilitychange", back);
  addEventListener("focus", back);
})();

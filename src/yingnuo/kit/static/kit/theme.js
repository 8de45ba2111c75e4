/* Which theme does the page wear? Loaded in <head> without defer, so that nothing flashes.
   <html data-bs-theme="light" data-yn-theme="auto">: "auto" follows the system; a form with data-theme-form
   (buttons name="theme") switches at once. Also tells the server the reader's time zone (cookie yn_zone). */
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const keep = (name, value) => {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${value}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  };

  /* With data-theme-form="keep" the account is told too; on this page the theme is worn already. */
  function remember(form, submitter) {
    fetch(form.action, { method: "POST", body: new FormData(form, submitter), redirect: "manual" })
      .catch((error) => console.warn("the theme is kept on this device only", error));
  }

  function wear() {
    const wish = root.dataset.ynTheme;
    const theme = wish === "dark" || (wish === "auto" && system.matches) ? "dark" : "light";
    if (root.dataset.bsTheme === theme) return;
    root.dataset.bsTheme = theme;
    document.dispatchEvent(new CustomEvent("yn:theme", { detail: { theme } }));
  }

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-theme-form]") || !event.submitter) return;
    event.preventDefault();
    root.dataset.ynTheme = event.submitter.value;
    keep("yn_theme", event.submitter.value);
    if (event.target.dataset.themeForm === "keep") remember(event.target, event.submitter);
    for (const button of event.target.querySelectorAll("button")) {
      button.toggleAttribute("aria-current", false);
      if (button === event.submitter) button.setAttribute("aria-current", "true");
    }
    wear();
  });

  system.addEventListener("change", wear);
  wear();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && !document.cookie.includes(`yn_zone=${zone}`)) keep("yn_zone", zone);
})();

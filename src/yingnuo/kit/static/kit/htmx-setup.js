/* What does every htmx request carry, and what does the reader learn when it fails?
   Adds the CSRF token of <meta name="csrf-token">; failures become toasts unless the server sent its own. */
document.addEventListener("htmx:config:request", (event) => {
  const token = document.querySelector('meta[name="csrf-token"]');
  if (token) event.detail.ctx.request.headers["X-CSRFToken"] = token.content;
});

(() => {
  const say = (key) => {
    const text = document.getElementById("toasts")?.dataset[key];
    if (text) document.dispatchEvent(new CustomEvent("yn:toast", { detail: { notes: [{ text, tone: "error" }] } }));
  };
  const told = (ctx) => (ctx?.hx?.trigger || "").includes("yn:toast");

  document.addEventListener("htmx:response:error", (event) => {
    const { ctx } = event.detail;
    if (ctx.response.status !== 422 && !told(ctx) && !ctx.response.headers?.get("Yn-Session")) say("failed");
  });
  document.addEventListener("htmx:error", (event) => {
    console.error(event.detail.error);
    say(event.detail.ctx?.response ? "failed" : "offline");
  });
})();

/* How do files come into a reply? Chosen, dropped on the form or pasted into <textarea data-files-url=…>, each is sent at once:
   [data-uploads data-most data-mb] shows its name and how far it is, and says plainly what is too large or too many; then
   [data-kepts] is the server's list of them. Without scripts the field itself carries them. */
(() => {
  const csrf = () => document.querySelector("meta[name=csrf-token]").content;
  const waiting = new WeakMap();

  function line(box, text, name) {
    const row = document.createElement("p");
    row.className = "desk-upload";
    row.append(Object.assign(document.createElement("span"), { textContent: name ? `${name} ${text}` : text }));
    box.append(row);
    return row;
  }

  function refuse(box, text, name) {
    const row = line(box, text, name), close = Object.assign(document.createElement("button"), { type: "button", textContent: "✕" });
    row.classList.add("desk-warning");
    row.setAttribute("role", "alert");
    close.className = "yn-icon-btn";
    close.setAttribute("aria-label", box.dataset.close);
    close.addEventListener("click", () => row.remove());
    row.append(close);
  }

  function said(request) {
    try {
      return JSON.parse(request.getResponseHeader("HX-Trigger"))["yn:toast"].notes[0].text;
    } catch {
      return "";
    }
  }

  function upload(form, field, file) {
    const box = form.querySelector("[data-uploads]"), row = line(box, "", file.name), request = new XMLHttpRequest();
    const bar = Object.assign(document.createElement("progress"), { max: 1, value: 0 }), body = new FormData();
    bar.setAttribute("aria-label", file.name);
    row.append(bar);
    body.append("files", file, file.name || "picture.png");
    request.upload.onprogress = (event) => { if (event.lengthComputable) bar.value = event.loaded / event.total; };
    return new Promise((resolve) => {
      request.onloadend = () => {
        row.remove();
        const list = form.querySelector("[data-kepts]");
        if (request.status === 200) { list.innerHTML = request.responseText; window.htmx?.process(list); }
        else refuse(box, said(request) || box.dataset.failed, said(request) ? "" : file.name);
        resolve();
      };
      request.open("POST", field.dataset.filesUrl);
      request.setRequestHeader("X-CSRFToken", csrf());
      request.setRequestHeader("HX-Request", "true");
      request.send(body);
    });
  }

  /* One after the other: the server's list is whole after each. */
  function take(form, files) {
    const field = form.querySelector("textarea[data-files-url]"), box = form.querySelector("[data-uploads]");
    const room = Number(box.dataset.most) - form.querySelectorAll("[data-kepts] li").length;
    if (files.length > room) refuse(box, box.dataset.tooMany, "");
    for (const file of [...files].slice(0, Math.max(0, room))) {
      if (file.size > Number(box.dataset.mb) * 1048576) refuse(box, box.dataset.tooLarge, file.name);
      else waiting.set(form, (waiting.get(form) ?? Promise.resolve()).then(() => upload(form, field, file)));
    }
  }

  const form = (event) => event.target.closest?.("form:has(textarea[data-files-url])");
  document.addEventListener("change", (event) => {
    if (event.target.type !== "file" || !event.target.files.length || !form(event)) return;
    const files = [...event.target.files];
    event.target.value = "";
    event.target.dispatchEvent(new Event("change", { bubbles: true }));
    take(form(event), files);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length || !form(event)) return;
    event.preventDefault();
    take(form(event), files);
  });
  document.addEventListener("dragover", (event) => {
    if (!form(event) || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    form(event).classList.add("desk-dropping");
  });
  for (const name of ["dragleave", "drop"]) document.addEventListener(name, (event) => form(event)?.classList.remove("desk-dropping"));
  document.addEventListener("drop", (event) => {
    if (!form(event) || !event.dataTransfer.files.length) return;
    event.preventDefault();
    take(form(event), event.dataTransfer.files);
  });
})();

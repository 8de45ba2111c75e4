"""How do all pages look, full and empty? One command takes them all and lays them out on one page to look at.

`.venv/bin/python .ci/gallery.py FOLDER` starts a demonstration and an installation without anything, each in a data
folder of its own on a free port, walks every page of both (see pictures.py), and writes `FOLDER/index.html`, where
language, theme, width and page are chosen. It fails when a page answers with an error, logs a script error, scrolls
sideways, or when axe-core has something to say of it (asked in the first language, in every look). With
`--languages zh-hans --only queue,ticket` it takes those alone.
"""

import argparse
import html
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pictures
import smoke

PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Yingnuo: every page</title><style>
body{{margin:0;font:14px system-ui,sans-serif;background:#8a8f98;color:#111}}
header{{position:sticky;top:0;display:flex;gap:12px;flex-wrap:wrap;padding:10px 16px;background:#fff;z-index:1}}
main{{display:grid;gap:16px;padding:16px;grid-template-columns:repeat(auto-fill,minmax(var(--w,420px),1fr))}}
figure{{margin:0;background:#fff;border-radius:6px;overflow:hidden}} figcaption{{padding:6px 10px}}
figure a{{display:block;max-height:520px;overflow:hidden}} img{{width:100%;display:block}}
</style><header><strong>{count} pictures</strong>{choices}<input type="search" placeholder="page" aria-label="page">
</header><main></main><script>
const all = {pictures}, main = document.querySelector("main"), asked = [...document.querySelectorAll("select, input")];
const draw = () => {{
  const [state, language, theme, width, page] = asked.map((one) => one.value);
  document.body.style.setProperty("--w", width === "phone" ? "260px" : "420px");
  const shown = all.filter((p) => (!state || p.state === state) && (!language || p.language === language)
    && (!theme || p.theme === theme) && (!width || p.width === width) && p.page.includes(page));
  main.replaceChildren(...shown.map((p) => {{
    const figure = document.createElement("figure"), link = document.createElement("a");
    const name = document.createElement("figcaption"), picture = document.createElement("img");
    name.textContent = `${{p.page}} · ${{p.state}} · ${{p.language}} · ${{p.theme}} · ${{p.width}}`;
    Object.assign(picture, {{ src: p.file, loading: "lazy", alt: name.textContent }});
    Object.assign(link, {{ href: p.file, target: "_blank" }});
    link.append(picture);
    figure.append(name, link);
    return figure;
  }}));
}};
asked.forEach((one) => one.addEventListener("input", draw));
draw();
</script></html>
"""


def main() -> int:
    """Take all, lay them out; the number of pages with something wrong is the exit code."""
    parser = argparse.ArgumentParser(description="A gallery of every page.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", default=",".join(pictures.LANGUAGES))
    parser.add_argument("--only", default="")
    parser.add_argument("--state", choices=("full", "empty"), default="")
    asked = parser.parse_args()
    languages, wrong = asked.languages.split(","), 0
    for state in (asked.state,) if asked.state else ("full", "empty"):
        with _running(demo=state == "full") as address:
            found = pictures.take_all(address, asked.folder, languages, only=asked.only, state=state, axe=languages[0])
            wrong += pictures.told(found)
    _lay_out(asked.folder)
    return min(wrong, 100)


@contextmanager
def _running(*, demo: bool) -> Iterator[str]:
    """The address of an installation of its own, stopped at the end; what it said is printed when it fails."""
    with tempfile.TemporaryDirectory(prefix="yingnuo-gallery-") as folder:
        port, log = smoke.free_port(), Path(folder) / "log"
        environment = {n: v for n, v in os.environ.items() if not n.startswith(("YINGNUO_", "DATABASE_URL"))}
        environment |= {"YINGNUO_VAR": f"{folder}/var", "YINGNUO_PORT": str(port)}
        command = [sys.executable, "-m", "yingnuo"]
        start = [*command, "up", "--no-browser", *(["--demo"] if demo else [])]
        with log.open("wb") as output:
            up = subprocess.Popen(start, env=environment, stdout=output, stderr=output)
            try:
                smoke.wait_for_page(up, port)
                if not demo:
                    subprocess.run(
                        [*command, "createadmin", "admin"], env=environment, check=True, text=True,
                        input=pictures.PASSWORD + "\n",
                    )  # fmt: skip
                yield f"http://127.0.0.1:{port}"
            except BaseException:
                print(log.read_text(errors="replace")[-5_000:], file=sys.stderr)
                raise
            finally:
                up.send_signal(signal.SIGTERM)
                up.wait(60)


def _lay_out(folder: Path) -> None:
    found = []
    for path in sorted(folder.glob("*--*.png"), key=lambda p: (p.stem.partition("--")[2], p.stem)):
        look, _dashes, page = path.stem.partition("--")
        state, _dash, rest = look.partition("-")
        language, theme, width = rest.rsplit("-", 2)
        found.append(
            {"file": path.name, "page": page, "state": state, "language": language, "theme": theme, "width": width}
        )
    ways = {"state": "", "language": "zh-hans", "theme": "light", "width": "wide"}
    choices = "".join(_choice(name, sorted({p[name] for p in found}), first) for name, first in ways.items())
    (folder / "index.html").write_text(
        PAGE.format(count=len(found), choices=choices, pictures=json.dumps(found)), encoding="utf-8"
    )


def _choice(name: str, values: list[str], first: str) -> str:
    options = "".join(
        f"<option{' selected' if v == first else ''} value='{html.escape(v)}'>{html.escape(v)}</option>" for v in values
    )
    return f"<select aria-label='{name}'><option value=''>every {name}</option>{options}</select>"


if __name__ == "__main__":
    sys.exit(main())

"""How long from a key or a click to the screen?

`python -m bench screen [--quick]`. A real browser (Chromium, headless, 1440 px), signed in as a manager who sees all,
at a real web process over the loopback, with 1,000 and 1,000,000 open tickets (quick: without the last). Each deed is
done some times by itself; its time runs from the event in the page to the first frame that shows what it was done for,
read from the page's own clock, so that the driver's own time is not in it; where a deed opens another page it runs to
that page's first contentful paint. Wall time: look at it on a quiet machine only.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Callable

from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from bench import fill, stage
from bench.measuring import Report, quick
from bench.serving import serving
from yingnuo.people import accounts
from yingnuo.people.models import Staff

LIMIT_MS = 200
TIMES, WARM = 20, 3
#: In the page: the moment of the next key or click, then the frame after `shown` first gives something.
_WATCH = """() => {
  window.ynTook = new Promise((resolve) => {
    const begin = (event) => {
      const begun = event.timeStamp, seen = () => (SHOWN);
      const look = () => seen() ? requestAnimationFrame(() => resolve(performance.now() - begun)) : setTimeout(look, 1);
      look();
    };
    for (const kind of ["keydown", "click"]) addEventListener(kind, begin, { once: true, capture: true });
  });
}"""
_STAMP = """() => {
  const keep = (event) => sessionStorage.setItem("bench", String(performance.timeOrigin + event.timeStamp));
  for (const kind of ["keydown", "click"]) addEventListener(kind, keep, { capture: true });
}"""
_PAINTED = """() => new Promise((resolve) => {
  const begun = Number(sessionStorage.getItem("bench"));
  new PerformanceObserver((list) => {
    const first = list.getEntries().find((one) => one.name === "first-contentful-paint");
    if (first) resolve(performance.timeOrigin + first.startTime - begun);
  }).observe({ type: "paint", buffered: true });
})"""


def main() -> int:
    """Measure, print, judge; the exit code."""
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.stdout.write("screen: not measured, there is no chromium (apt-get install chromium)\n")
        return 0
    with stage.opened() as here:
        report = Report("screen")
        for count in (1_000,) if quick() else (1_000, 1_000_000):
            database = fill.house(here, count)
            stage.use(database)
            session = _signed_in(f"agent{fill.AGENTS - 1}")  # before the browser brings its loop
            with serving(here, database) as web, sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
                _measure(report, browser, f"http://127.0.0.1:{web.connection.port}", session, count)
                browser.close()
    return report.status()


def _measure(report: Report, browser: Browser, address: str, session: dict[str, str], count: int) -> None:
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 900})
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in session.items()])
    page = context.new_page()
    for name, deed in _DEEDS.items():
        took = sorted([deed(page) for _ in range(WARM + TIMES)][WARM:])
        at = took[round(0.95 * (len(took) - 1))]
        report.at_most(f"{name}, {count:,} tickets", at, LIMIT_MS, "ms p95", f"median {statistics.median(took):.0f}")


def _signed_in(username: str) -> dict[str, str]:
    client = Client()
    client.force_login(Staff.objects.get(username=username), backend=accounts.PATH)
    return {name: morsel.value for name, morsel in client.cookies.items()}


def _took(page: Page, shown: str, act: Callable[[], None]) -> float:
    page.evaluate(_WATCH.replace("SHOWN", shown))  # as text: the pages' policy lets nothing be made of text in them
    act()
    return float(page.evaluate("() => window.ynTook"))


def _led(page: Page, act: Callable[[], None]) -> float:
    page.evaluate(_STAMP)
    before = page.evaluate("performance.timeOrigin")
    act()
    page.wait_for_function("(before) => performance.timeOrigin !== before", arg=before)
    return float(page.evaluate(_PAINTED))


def _open(page: Page) -> float:
    page.goto("/tickets/?scope=all", wait_until="load")
    return _led(page, page.locator("#queue a[href^='/tickets/']").first.click)


def _step(page: Page) -> float:
    _open(page)
    page.wait_for_load_state("load")
    return _led(page, lambda: page.keyboard.press("]"))


def _back(page: Page) -> float:
    _open(page)
    page.wait_for_load_state("load")
    return _led(page, lambda: page.keyboard.press("u"))


def _palette(page: Page) -> float:
    page.goto("/tickets/?scope=all", wait_until="load")
    return _took(page, "document.querySelector('#yn-palette [role=option]')", lambda: page.keyboard.press("Control+k"))


def _choose(page: Page) -> float:
    page.goto("/tickets/?scope=all", wait_until="load")
    shown = "document.querySelector('#bulk .desk-bulk-deeds')?.offsetHeight"
    return _took(page, shown, page.locator("#queue input[name=ids]").first.click)


def _dialog(page: Page) -> float:
    page.goto(f"/tickets/{fill.TALK}/", wait_until="load")
    deed = page.locator("a[hx-get*='dialog/assign'], a[href*='dialog/assign']").first
    return _took(page, "document.querySelector('#dialog[open] select')", deed.click)


def _note(page: Page) -> float:
    page.goto(f"/tickets/{fill.TALK}/", wait_until="load")
    page.keyboard.press("n")
    page.keyboard.type("bench")
    count = page.locator(".yn-bubble-note").count()
    shown = f"document.querySelectorAll('.yn-bubble-note').length > {count}"
    return _took(page, shown, page.locator("[data-save]").click)


def _type(page: Page) -> float:
    page.goto(f"/tickets/{fill.TALK}/", wait_until="load")
    page.keyboard.press("i")
    return _took(page, "document.querySelector('[name=text]').value === 'a'", lambda: page.keyboard.press("a"))


_DEEDS: dict[str, Callable[[Page], float]] = {
    "open a ticket out of the queue": _open,
    "step to the next ticket": _step,
    "back to the queue": _back,
    "open the palette": _palette,
    "choose a row": _choose,
    "open a dialog": _dialog,
    "save a note": _note,
    "a letter in the reply": _type,
}


if __name__ == "__main__":
    sys.exit(main())

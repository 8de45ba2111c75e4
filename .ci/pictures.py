"""What does every page look like, in three languages, light and dark, on a wide screen and on a phone?

`.venv/bin/python .ci/pictures.py ADDRESS FOLDER [--languages zh-hans,en] [--only queue,ticket]` walks the pages of a
running demonstration (`./yingnuo up --demo`) and stores a picture of each combination. It fails when a page answers
with an error, logs a script error, or scrolls sideways. With `--sheets` it also lays them out in contact sheets.
"""

import argparse
import re
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

PASSWORD = "yingnuo-demo"  # noqa: S105  # the demonstration's, printed at its start
WIDTHS = {"wide": (1440, 900), "phone": (390, 844)}
DESK = {
    "queue": "tickets/", "queue-overdue": "tickets/?state=overdue", "queue-risk": "tickets/?scope=all&order=risk",
    "risk": "risk/", "queue-empty": "tickets/?q=zzzzzz",
    "lists": "tickets/lists/", "list-new": "tickets/lists/new?scope=all&kind=fault&tier=gold",
    "queue-table": "tickets/?view=1",
    "new": "tickets/new", "notices": "notices/", "me": "me/", "my-notices": "notices/mine", "my-writing": "writing/",
    "tasks": "tasks/?scope=all", "customers": "customers/", "search": "search?q=洗衣机", "search-empty": "search",
    "search-nothing": "search?q=zzzzzz is:open", "search-messages": "search?q=洗衣机&tab=messages",
    "breaches": "breaches/", "breaches-any": "breaches/?state=any",
    "chats": "chats/", "chat-sites": "settings/sites/", "chat-site-new": "settings/sites/new",
    "saved-replies": "settings/replies/", "saved-reply-new": "settings/replies/new",
    "devices": "devices/", "device-alarms": "devices/alarms/?state=any", "device-rules": "devices/rules/",
    "device-rule-new": "devices/rules/new", "device-faults": "devices/faults/", "device-steps": "devices/steps/",
    "dispatch": "dispatch/", "dispatch-why": "dispatch/why/?text=E3&kind=fault", "dispatch-week": "dispatch/week/",
    "presence": "presence/history?days=7", "presence-reasons": "settings/presence/",
    "wall": "wall/", "dashboard": "dashboard/", "figures": "dashboard/figures/", "links": "dashboard/links/",
    "formulas": "dashboard/formulas/", "warnings": "dashboard/warnings/", "notice-rules": "settings/notices/",
    "messengers": "settings/messengers/", "messenger-new": "settings/messengers/new",
    "lab": "dashboard/lab/", "lab-new": "dashboard/lab/new/",
    "formula": "dashboard/formulas/attainment/", "simulator": "simulator/", "settings": "settings/",
    "calendars": "settings/calendars/", "calendar": "settings/calendars/office/",
    "calendar-new": "settings/calendars/new",
    "policy-version": "settings/policies/default/1/", "policy-compare": "settings/policies/default/compare",
    "calendar-version": "settings/calendars/office/1/",
    "recompute": "settings/recompute/", "foreseen": "settings/recompute/policy/default/",
    "policies": "settings/policies/", "preview": "settings/preview/", "departments": "settings/departments/",
    "teams": "settings/teams/", "team-new": "settings/teams/new", "regions": "settings/regions/",
    "absences": "settings/absences/", "staff": "settings/staff/", "person-new": "settings/staff/new",
    "rules": "settings/rules/", "rule-new": "settings/rules/new", "lines": "settings/lines/",
    "fields": "settings/fields/", "wording": "settings/wording/", "breach-reasons": "settings/breaches/",
    "breach-word": "settings/breaches/word/zh-hans/", "channels": "settings/channels/",
    "mailbox-new": "settings/channels/new/mail", "tokens": "settings/tokens/", "apps": "settings/apps/",
    "connect": "settings/channels/connect/", "connect-kf": "settings/channels/connect/wecom_kf/",
    "connect-mqtt": "settings/channels/connect/mqtt/", "callbacks": "calls/", "hotline": "calls/hotline/",
    "call-log": "calls/log/", "phone-settings": "calls/settings/",
    "webhooks": "settings/webhooks/", "webhook-new": "settings/webhooks/new", "imports": "settings/imports/",
    "automation": "settings/automation/", "automation-new": "settings/automation/new",
    "automation-log": "settings/automation/log", "automation-load": "settings/automation/load",
    "macros": "settings/macros/", "macro-new": "settings/macros/new",
    "brands": "settings/brands/", "brand": "settings/brands/default/", "brand-new": "settings/brands/new",
    "texts": "settings/texts/", "text": "settings/texts/default/receipt/zh-hans/",
    "setup-house": "setup/house/", "setup-hours": "setup/hours/", "setup-standard": "setup/standard/",
    "setup-people": "setup/people/", "setup-ways": "setup/ways/", "setup-ticket": "setup/ticket/",
    "setup-done": "setup/done/",
    "demo-removal": "demo/removal/",
    "styleguide": "styleguide",
}  # fmt: skip
FOLLOWED = {  # page -> (from page, the first link that matches)
    "ticket": ("tickets/?state=overdue", r"^/tickets/\d+/$"),
    "dispatch-person": ("dispatch/", r"^/dispatch/people/\d+/$"),
    "dispatch-ticket": ("TICKET", r"^/dispatch/why/\d+$"),
    "transfer": ("TICKET", r"^/tickets/\d+/dialog/assign$"),
    "promise": ("TICKET", r"^/tickets/\d+/promises/\d+$"),
    "record": ("TICKET", r"^/tickets/\d+/dialog/record$"),
    "promise-date": ("TICKET", r"^/tickets/\d+/dialog/promise-date$"),
    "task-ask": ("TICKET", r"^/tasks/ask/\d+/$"),
    "breach": ("breaches/", r"^/tickets/\d+/promises/\d+/breach$"),
    "device": ("devices/", r"^/devices/\d+/$"),
    "device-rule": ("devices/rules/", r"^/devices/rules/\d+/$"),
    "customer": ("customers/", r"^/customers/\d+/$"),
    "policy": ("settings/policies/", r"^/settings/policies/[\w-]+/$"),
    "policy-rule": ("POLICY", r"^/settings/policies/[\w-]+/rules/(?!new)[^/]+/$"),
    "ladder": ("POLICY", r"^/settings/policies/[\w-]+/ladders/(?!new)[^/]+/$"),
    "team": ("settings/teams/", r"^/settings/teams/\d+/$"),
    "person": ("settings/staff/", r"^/settings/staff/\d+/$"),
    "rule": ("settings/rules/", r"^/settings/rules/\d+/$"),
    "automation-rule": ("settings/automation/", r"^/settings/automation/\d+/$"),
    "automation-try": ("settings/automation/", r"^/settings/automation/\d+/try$"),
    "ticket-macros": ("TICKET", r"^/tickets/\d+/macros$"),
    "worded": ("settings/wording/", r"^/settings/wording/[\w-]+/[\w-]+/[\w-]+/$"),
    "channel": ("settings/channels/", r"^/settings/channels/\d+/$"),
}
PUBLIC = {"login": "login/", "portal": "portal/", "portal-ask": "portal/ask/", "portal-find": "portal/find/",
          "shop": "demo/shop/", "not-found": "portal/p/none/"}  # fmt: skip
SHEET, SHOWN = 6, 1_800  # pictures on a sheet; pixels of a page's height that a sheet shows


@dataclass(frozen=True)
class Look:
    """One combination."""

    language: str
    theme: str
    width: str

    @property
    def name(self) -> str:
        """As the pictures are called."""
        return f"{self.language}-{self.theme}-{self.width}"


def main() -> int:
    """Take them all; the number of pages with something wrong is the exit code."""
    asked = _asked()
    problems: list[str] = []
    asked.folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = _browser(playwright)
        for look in _looks(asked.languages.split(",")):
            problems += list(_take(browser, look, asked))
            if asked.sheets:
                _sheets(browser, look, asked.folder)
            print(f"{look.name}: {len(list(asked.folder.glob(look.name + '--*.png')))} pages", flush=True)
        browser.close()
    print("\n".join(problems) or "nothing wrong")
    return min(len(problems), 100)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Pictures of every page.")
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", default="zh-hans,zh-hant,en")
    parser.add_argument("--only", default="")
    parser.add_argument("--sheets", action="store_true")
    return parser.parse_args()


def _looks(languages: list[str]) -> Iterator[Look]:
    for language in languages:
        for theme in ("light", "dark"):
            for width in WIDTHS:
                yield Look(language, theme, width)


def _browser(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])


def _context(browser: Browser, look: Look, address: str) -> BrowserContext:
    width, height = WIDTHS[look.width]
    context = browser.new_context(
        base_url=address, viewport={"width": width, "height": height}, reduced_motion="reduce",
        color_scheme="dark" if look.theme == "dark" else "light",
    )  # fmt: skip
    context.add_cookies([{"name": "yn_language", "value": look.language, "url": address}])
    return context


def _take(browser: Browser, look: Look, asked: argparse.Namespace) -> Iterator[str]:
    context = _context(browser, look, asked.address.rstrip("/") + "/")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    only = set(filter(None, asked.only.split(",")))
    for name, path in _pages(page, look.language):
        if only and name not in only:
            continue
        errors.clear()
        answer = page.goto(path, wait_until="load")
        page.wait_for_timeout(500 if name not in ("dashboard", "figures", "behind") else 1_500)
        page.screenshot(path=asked.folder / f"{look.name}--{name}.png", full_page=True)
        status = answer.status if answer else 0
        wrong = [] if status == 200 or (name == "not-found" and status == 404) else [f"status {status}"]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            wrong.append("scrolls sideways")
        if page.evaluate(
            "innerWidth > 900 && !!document.querySelector('.yn-desk') && document.body.scrollHeight > innerHeight"
        ):
            wrong.append("scrolls outside of its panes")
        wrong += [e for e in errors if not (name == "not-found" and "404" in e)]
        yield from (f"{look.name} {name}: {what}" for what in wrong)
    context.close()


def _pages(page: Page, language: str) -> Iterator[tuple[str, str]]:
    yield from PUBLIC.items()
    page.goto("login/")
    page.fill("input[name=username]", "admin")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_load_state("load")
    page.locator(f".yn-language [value={language}]").first.evaluate("button => button.click()")  # the account's wins
    page.wait_for_load_state("load")
    yield from DESK.items()
    found: dict[str, str] = {}
    for name, (start, pattern) in FOLLOWED.items():
        page.goto(found.get(start.lower(), start) if start.isupper() else start)
        found[name] = _link(page, pattern)
        yield name, found[name]
    page.goto(found["ticket"])
    yield "portal-promise", _link(page, r"/portal/p/[^/]+/$")


def _link(page: Page, pattern: str) -> str:
    links = page.eval_on_selector_all(
        "a[href], [hx-get], [data-copy]",
        "all => all.flatMap(a => [a.getAttribute('href'), a.getAttribute('hx-get'), a.dataset.copy])",
    )
    for link in filter(None, links):
        path = re.sub(r"^https?://[^/]+", "", link).partition("?")[0]
        if re.search(pattern, path):
            return path
    raise LookupError(f"no link like {pattern} on {page.url}")


def _sheets(browser: Browser, look: Look, folder: Path) -> None:
    width, _height = WIDTHS[look.width]
    columns, shown = (3, 620) if look.width == "wide" else (SHEET, 300)
    pictures = iter(sorted(folder.glob(f"{look.name}--*.png")))
    page = browser.new_page(viewport={"width": columns * (shown + 8), "height": 400})
    number = 0
    while some := list(islice(pictures, SHEET if look.width == "wide" else SHEET * 2)):
        number += 1
        cells = "".join(
            f"<figure><figcaption>{p.stem}</figcaption><div><img src='file://{p.resolve()}'></div></figure>"
            for p in some
        )
        style = (
            f"body{{margin:0;display:grid;grid-template-columns:repeat({columns},{shown}px);gap:8px;background:#888}}"
            f"figure{{margin:0}}figcaption{{font:12px sans-serif}}img{{width:{shown}px;display:block}}"
            f"div{{max-height:{SHOWN * shown // width}px;overflow:hidden}}"
        )
        html = folder / f"sheet-{look.name}-{number:02}.html"
        html.write_text(f"<meta charset=utf-8><style>{style}</style>{cells}", encoding="utf-8")
        page.goto(f"file://{html.resolve()}")
        page.screenshot(path=html.with_suffix(".png"), full_page=True)
        html.unlink()
    page.close()


if __name__ == "__main__":
    sys.exit(main())

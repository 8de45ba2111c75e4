"""What does every page look like, in three languages, light and dark, on a wide screen and on a phone?

`.venv/bin/python .ci/pictures.py ADDRESS FOLDER [--languages zh-hans,en] [--only queue,ticket]` walks the pages of a
running demonstration (`./yingnuo up --demo`) and stores a picture of each combination. It fails when a page answers
with an error, logs a script error, or scrolls sideways. With `--sheets` it also lays them out in contact sheets.
"""

import argparse
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

AXE = files("axe_playwright_python").joinpath("axe.min.js")
PASSWORD = "yingnuo-demo"  # noqa: S105  # the demonstration's, printed at its start
LANGUAGES, THEMES = ("zh-hans", "zh-hant", "en"), ("light", "dark")
DRAWN = (
    "dashboard",
    "figures",
    "behind",
    "lab",
    "device",
    "hotline",
    "risk",
)  # a chart takes its colours when it is drawn
WIDTHS = {"wide": (1440, 900), "phone": (390, 844)}
DESK = {
    "queue": "tickets/", "queue-overdue": "tickets/?state=overdue", "queue-risk": "tickets/?scope=all&order=risk",
    "risk": "risk/", "queue-empty": "tickets/?q=zzzzzz",
    "lists": "tickets/lists/", "list-new": "tickets/lists/new?scope=all&kind=fault&tier=gold",
    "queue-table": "tickets/?view=1",
    "new": "tickets/new", "notices": "notices/", "me": "me/", "my-notices": "notices/mine", "my-writing": "writing/",
    "tasks": "tasks/?scope=all", "approvals": "approvals/?scope=all", "settings-approvals": "settings/approvals/",
    "settings-approval-new": "settings/approvals/new",
    "customers": "customers/", "search": "search?q=洗衣机", "search-empty": "search",
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
    "push-settings": "settings/notices/push", "digest": "me/digest/preview",
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
    "fields": "settings/fields/", "field-new": "settings/fields/new", "form": "settings/fields/forms/fault/",
    "new-fault": "tickets/new?kind=fault", "wording": "settings/wording/", "breach-reasons": "settings/breaches/",
    "breach-word": "settings/breaches/word/zh-hans/", "channels": "settings/channels/",
    "mailbox-new": "settings/channels/new/mail", "tokens": "settings/tokens/", "apps": "settings/apps/",
    "connect": "settings/channels/connect/", "connect-kf": "settings/channels/connect/wecom_kf/",
    "connect-mqtt": "settings/channels/connect/mqtt/", "callbacks": "calls/", "hotline": "calls/hotline/",
    "call-log": "calls/log/", "phone-settings": "calls/settings/",
    "webhooks": "settings/webhooks/", "webhook-new": "settings/webhooks/new", "imports": "settings/imports/",
    "automation": "settings/automation/", "automation-new": "settings/automation/new",
    "automation-log": "settings/automation/log", "automation-load": "settings/automation/load",
    "macros": "settings/macros/", "macro-new": "settings/macros/new",
    "roles": "settings/roles/", "role": "settings/roles/agent/", "role-new": "settings/roles/new?from=lead",
    "roles-compare": "settings/roles/compare", "organisation": "settings/organisation/",
    "organisation-gaps": "settings/organisation/?show=gaps", "organisation-found": "settings/organisation/?q=a",
    "tags": "settings/tags/", "tag": "settings/tags/1/", "tag-new": "settings/tags/new",
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
    "ticket-link": ("TICKET", r"^/tickets/\d+/links$"),
    "child-new": ("TICKET", r"^/tickets/\d+/children/new$"),
    "print": ("TICKET", r"^/tickets/\d+/print$"),
    "archive": ("TICKET", r"^/tickets/\d+/archive/ask$"),
    "record": ("TICKET", r"^/tickets/\d+/dialog/record$"),
    "promise-date": ("TICKET", r"^/tickets/\d+/dialog/promise-date$"),
    "approval": ("approvals/?scope=all", r"^/approvals/\d+/$"),
    "approval-ask": ("TICKET", r"^/approvals/ask/\d+/$"),
    "task": ("tasks/?scope=all", r"^/tasks/\d+/$"),
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


_WRONG = {
    "scrolls sideways": "document.documentElement.scrollWidth > document.documentElement.clientWidth",
    "scrolls outside of its panes": "innerWidth > 900 && !!document.querySelector('.yn-desk') && "
    "document.body.scrollHeight > innerHeight",
}


@dataclass(frozen=True)
class Look:
    """One combination."""

    language: str
    theme: str
    width: str
    state: str = ""

    @property
    def name(self) -> str:
        """As the pictures are called."""
        return "-".join(filter(None, (self.state, self.language, self.theme, self.width)))


def main() -> int:
    """Take them all; the number of pages with something wrong is the exit code."""
    asked = _asked()
    languages = asked.languages.split(",")
    return told(take_all(asked.address, asked.folder, languages, only=asked.only, sheets=asked.sheets))


def told(problems: Iterable[str]) -> int:
    """Prints each as it is found; how many there were, as an exit code."""
    count = 0
    for problem in problems:
        count += 1
        print(problem, flush=True)
    print(f"{count} problems" if count else "nothing wrong")
    return min(count, 100)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Pictures of every page.")
    parser.add_argument("address")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", default=",".join(LANGUAGES))
    parser.add_argument("--only", default="")
    parser.add_argument("--sheets", action="store_true")
    return parser.parse_args()


def take_all(
    address: str, folder: Path, languages: list[str], *, only: str = "", sheets: bool = False, state: str = "",
    axe: str = "",
) -> Iterator[str]:  # fmt: skip
    """Pictures of each page in each look, named `<look>--<page>.png`; yields what is wrong.

    `state` is put before the look's name. Pages that are reached by a link are left out where there is no such link
    and `state` says that the house is empty. In the language `axe` axe-core is asked about every page too.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = set(filter(None, only.split(",")))
    with sync_playwright() as playwright:
        browser = _browser(playwright)
        for language in languages:
            for width in WIDTHS:
                yield from _take(
                    browser, address.rstrip("/") + "/", language, width, folder, wanted, state, axe == language
                )
                looks = [Look(language, theme, width, state) for theme in THEMES]
                for look in looks if sheets else ():
                    _sheets(browser, look, folder)
                print(f"{looks[0].name}: {len(list(folder.glob(looks[0].name + '--*.png')))} pages", flush=True)
        browser.close()


def _browser(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"])


def _context(browser: Browser, language: str, width: str, address: str) -> BrowserContext:
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    context = browser.new_context(base_url=address, viewport=size, reduced_motion="reduce", color_scheme="light")
    context.add_cookies([{"name": "yn_language", "value": language, "url": address}])
    return context


def _take(
    browser: Browser, address: str, language: str, width: str, folder: Path, wanted: set[str], state: str, axe: bool
) -> Iterator[str]:
    context = _context(browser, language, width, address)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    for name, path in _pages(page, language, empty=state == "empty"):
        if wanted and name not in wanted:
            continue
        errors.clear()
        status = 0
        for theme in THEMES:
            look = Look(language, theme, width, state)
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
            if not status or name in DRAWN:
                answer = page.goto(path, wait_until="load")
                status = answer.status if answer else 0
                page.wait_for_timeout(1_500 if name in DRAWN else 400)
            else:
                page.wait_for_timeout(400)  # colours pass over
            page.screenshot(path=folder / f"{look.name}--{name}.png", full_page=True, timeout=120_000)
            yield from (f"{look.name} {name}: {what}" for what in (_said_by_axe(page) if axe else ()))
        wrong = [] if status == 200 or (name == "not-found" and status == 404) else [f"status {status}"]
        wrong += [told for told, question in _WRONG.items() if page.evaluate(question)]
        wrong += [e for e in errors if not (name == "not-found" and "404" in e)]
        yield from (f"{look.name} {name}: {what}" for what in wrong)
    context.close()


def _said_by_axe(page: Page) -> list[str]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [f"axe {rule['id']}: {[node['target'] for node in rule['nodes']][:3]}" for rule in found]


def _pages(page: Page, language: str, *, empty: bool) -> Iterator[tuple[str, str]]:
    yield from ((name, path) for name, path in PUBLIC.items() if not (empty and name == "shop"))
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
        if start.isupper() and start.lower() not in found:
            continue
        page.goto(found.get(start.lower(), start) if start.isupper() else start)
        link = _link(page, pattern, needed=not empty)
        if link:
            found[name] = link
            yield name, link
    if "ticket" in found:
        page.goto(found["ticket"] + "dialog/link")
        yield "portal-promise", _link(page, r"/portal/p/[^/]+/$")


def _link(page: Page, pattern: str, *, needed: bool = True) -> str:
    links = page.eval_on_selector_all(
        "a[href], [hx-get], [data-copy]",
        "all => all.flatMap(a => [a.getAttribute('href'), a.getAttribute('hx-get'), a.dataset.copy])",
    )
    for link in filter(None, links):
        path = re.sub(r"^https?://[^/]+", "", link).partition("?")[0]
        if re.search(pattern, path):
            return path
    if not needed:
        return ""
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

"""Do the pages stay whole whatever a customer sends: endless words, other directions, hostile marks, long mails?"""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests import factories
from tests.browser.stage import DESKTOP, PHONE, STORIES, Cast, Opener, cast, db, desks, serious, sideways, stays, town
from tests.browser.town import Town
from tests.portal.conftest import page_of
from yingnuo.channels.contract import File
from yingnuo.tickets.models import Ticket

__all__ = ["cast", "desks", "stays", "town"]
pytestmark = STORIES
HOSTILE = "<script>document.title='mine'</script><img src=x onerror=\"document.title='mine'\">"
SUBJECTS = {
    "no spaces": "W" * 200,
    "both directions": "الغسالة لا تعمل E3 \u202e שלום \u2066abc\u2069 洗衣机",
    "small signs": "👩‍👩‍👧‍👦🏳️‍🌈" * 12 + "a\u200bb\u200dc\ufeff" + "e\u0301" * 20,
    "hostile": HOSTILE,
}


def _whole(page: Page, address: str) -> None:
    for size in (DESKTOP, PHONE):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        page.goto(address)
        assert sideways(page) <= 0, (address, size)
        assert page.title() != "mine", address


def test_a_queue_and_tickets_of_strange_words_stay_whole(town: Town, cast: Cast, desks: Opener) -> None:
    customer = db(lambda: factories.customer("N" * 80, email="n@harbour.example", note=HOSTILE))
    made = {
        name: cast.ticket(words, contact=customer, text=f"{words}\n{words}", agent=cast.ann)
        for name, words in SUBJECTS.items()
    }
    page = desks(cast.ann)
    for address in ("/tickets/", f"/customers/{customer.pk}/", *(f"/tickets/{t.pk}/" for t in made.values())):
        _whole(page, address)
    expect(page.locator(".desk-head h2")).to_contain_text("<script>")  # its words, as they were said
    assert serious(page) == []


def test_the_customers_own_page_stays_whole(town: Town, cast: Cast, desks: Opener) -> None:
    page = desks(None)
    for words in SUBJECTS.values():
        _whole(page, page_of(cast.ticket(words, text=words * 2)))


def test_a_mail_of_ten_thousand_lines_and_200_files_leave_the_page_quick(town: Town, cast: Cast, desks: Opener) -> None:
    lines = "\n".join(f"line {n} of the log" for n in range(10_000))
    files = tuple(File(f"{'long-name-' * 8}{n}.txt", "text/plain", b"x") for n in range(200))
    ticket = cast.ticket(text=lines, files=files, agent=cast.ann)
    page = desks(cast.ann)
    page.goto(f"/tickets/{ticket.pk}/")
    expect(page.get_by_label("Text", exact=True)).to_be_visible()
    height = page.evaluate("document.querySelector('.yn-talk').scrollHeight")
    assert height < 30_000, "a long mail is folded"
    page.get_by_text("9850 more lines").click()
    expect(page.get_by_text("line 9999 of the log")).to_be_visible()
    _whole(page, f"/tickets/{ticket.pk}/")


def test_300_tags_and_500_tickets_of_one_customer_stay_whole(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket("It leaks", agent=cast.ann)
    db(lambda: _many(ticket))
    page = desks(cast.ann)
    for address in (f"/tickets/{ticket.pk}/", f"/customers/{ticket.contact_id}/", "/tickets/?scope=all"):
        _whole(page, address)


def _many(ticket: Ticket) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(tags=[f"tag-{n}-{'x' * 30}" for n in range(300)])
    row = Ticket.objects.get(pk=ticket.pk)
    Ticket.objects.bulk_create([_copy(row) for _ in range(500)])


def _copy(row: Ticket) -> Ticket:
    made = Ticket.objects.get(pk=row.pk)
    made.pk, made.tags = None, []
    return made

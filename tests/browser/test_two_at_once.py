"""What do two people see of each other who work on the same ticket and the same queue at once?"""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.stage import STORIES, Cast, Opener, cast, db, desks, fresh, ledger, stays, toast, town
from tests.browser.town import Town
from yingnuo.tickets.models import Message, Ticket

__all__ = ["cast", "desks", "stays", "town"]
pytestmark = STORIES
LIVE = 10_000  # milliseconds; two seconds are promised, on a machine that does nothing else


def _both(cast: Cast, desks: Opener, address: str) -> tuple[Page, Page]:
    pages = desks(cast.ann), desks(cast.ben)
    for page in pages:
        page.goto(address)
        page.wait_for_load_state("load")
    return pages


def test_each_sees_that_the_other_is_there_and_writes(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket(agent=cast.ann)
    ann, ben = _both(cast, desks, f"/tickets/{ticket.pk}/")
    expect(ben.locator(".desk-head")).to_contain_text("Ann is reading this", timeout=LIVE)
    expect(ann.locator(".desk-head")).to_contain_text("Ben is reading this", timeout=LIVE)
    ann.get_by_label("Text", exact=True).press_sequentially("We come")
    expect(ben.locator("[data-here-typing]")).to_contain_text("Ann is writing here", timeout=LIVE)
    ann.goto("/tickets/")
    expect(ben.locator(".desk-head")).not_to_contain_text("Ann is", timeout=LIVE)


def test_both_answer_and_the_second_is_asked_first(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket(agent=cast.ann)
    ann, ben = _both(cast, desks, f"/tickets/{ticket.pk}/")
    ben.get_by_label("Text", exact=True).fill("Ben's answer")
    ann.get_by_label("Text", exact=True).fill("Ann's answer")
    # Ben presses before his page has heard of hers.
    ben.route(f"**/tickets/{ticket.pk}/", lambda route: route.abort())
    ann.get_by_role("button", name="Send", exact=True).click()
    toast(ann, "Sent.")
    ben.get_by_role("button", name="Send", exact=True).click()
    expect(ben.get_by_role("alert").filter(has_text="Ann answered at")).to_be_visible()
    expect(ben.get_by_label("Text", exact=True)).to_have_value("Ben's answer")
    expect(ben.locator(".yn-talk")).to_contain_text("Ann's answer")
    assert _answers(ticket) == ["Ann's answer"]
    ben.get_by_role("button", name="Send all the same").click()
    toast(ben, "Sent.")
    assert _answers(ticket) == ["Ann's answer", "Ben's answer"]


def _answers(ticket: Ticket) -> list[str]:
    rows = Message.objects.filter(ticket=ticket, author="staff", public=True).order_by("pk")
    return db(lambda: list(rows.values_list("text", flat=True)))


def test_both_take_it_one_gets_it_and_the_other_is_told(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket()
    ann, ben = _both(cast, desks, f"/tickets/{ticket.pk}/")
    ben.route(f"**/tickets/{ticket.pk}/", lambda route: route.abort())  # he has not heard of it yet
    ann.get_by_role("button", name="Take it").click()
    toast(ann, "The ticket is yours.")
    ben.get_by_role("button", name="Take it").click()
    toast(ben, "Ann has taken it meanwhile.")
    assert fresh(ticket).agent == cast.ann
    assert ledger(ticket).count("ticket.assigned") == 2  # to the team at the beginning, and to Ann
    ben.unroute(f"**/tickets/{ticket.pk}/")
    ben.reload()
    ben.get_by_role("button", name="Take it").click()  # now he knows, and means it
    toast(ben, "The ticket is yours.")
    assert fresh(ticket).agent == cast.ben


def test_both_take_it_out_of_the_queue_and_one_is_told(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket("Only one of us")
    ann, ben = _both(cast, desks, "/tickets/?scope=unassigned")
    for page in (ann, ben):
        page.locator("input[name=ids]").first.check()
    ben.route("**/tickets/?*", lambda route: route.abort())
    ann.get_by_role("button", name="Assign to me").click()
    toast(ann, "1 ticket done.")
    ben.get_by_role("button", name="Assign to me").click()
    toast(ben, "Ann")
    assert fresh(ticket).agent == cast.ann


def test_both_change_one_fact_and_the_second_is_asked_which_holds(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket(agent=cast.ann)
    ann, ben = _both(cast, desks, f"/tickets/{ticket.pk}/")
    for page, kind in ((ann, "complaint"), (ben, "fault")):
        page.keyboard.press("f")
        page.get_by_role("dialog").get_by_label("Kind", exact=True).select_option(kind)
    ann.get_by_role("dialog").locator("footer .btn-primary").click()
    toast(ann, "Saved.")
    ben.get_by_role("dialog").locator("footer .btn-primary").click()
    dialog = ben.get_by_role("dialog")
    expect(dialog).to_contain_text("Ann changed “Kind” to “Complaint” while you had it open.")
    assert fresh(ticket).kind == "complaint"
    dialog.get_by_label(re.compile("^Use mine")).check()
    dialog.get_by_role("button", name="Save").click()
    expect(ben.locator("#dialog")).to_be_hidden()
    assert fresh(ticket).kind == "fault"
    assert ledger(ticket).count("ticket.changed") >= 2


def test_the_queue_and_the_wall_follow_by_themselves(town: Town, cast: Cast, desks: Opener) -> None:
    ann, ben = _both(cast, desks, "/tickets/?scope=unassigned")
    wall = desks(cast.lead)
    wall.goto("/wall/")
    card = wall.locator(".yn-card", has_text=cast.team.name).first
    expect(card.locator("dd").first).to_have_text("0")
    ticket = cast.ticket("New and urgent", urgency="urgent")
    for page in (ann, ben):
        expect(page.locator("#queue")).to_contain_text("New and urgent", timeout=LIVE)
    expect(card.locator("dd").first).to_have_text("1")
    ann.get_by_role("link", name=re.compile("New and urgent")).click()
    ann.get_by_role("button", name="Take it").click()
    toast(ann, "The ticket is yours.")
    expect(ben.locator("#queue")).not_to_contain_text("New and urgent", timeout=LIVE)
    assert fresh(ticket).agent == cast.ann

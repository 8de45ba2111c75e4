"""Does an agent's day go by keyboard alone, and does he always see where he is?"""

from __future__ import annotations

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from tests import factories
from tests.browser.stage import (
    STORIES,
    Cast,
    Hands,
    Opener,
    cast,
    db,
    desks,
    fresh,
    ledger,
    mail_to,
    stays,
    toast,
    town,
)
from tests.browser.town import Town
from tests.factories import PASSWORD
from yingnuo.kit import instants
from yingnuo.promises.models import Promise
from yingnuo.subtasks.models import Task
from yingnuo.tickets.models import Message
from yingnuo.writing.models import Habit, Outgoing, SavedReply

__all__ = ["cast", "desks", "stays", "town"]
pytestmark = STORIES


def test_forty_times_a_day_the_next_due_is_answered_with_a_saved_reply_and_set_waiting(
    town: Town, cast: Cast, desks: Opener
) -> None:
    calm = cast.ticket("How do I clean the filter", agent=cast.ann)
    due = cast.ticket("Water on the floor", agent=cast.ann, urgency="urgent")
    db(lambda: SavedReply.objects.create(shortcut="photo", title="Ask for a photo", team=cast.team,
                                         text="Dear {{ customer }}, please send us a photo."))  # fmt: skip
    page = desks(None, keys_only=True)
    hands = Hands(page)
    hands.go("/tickets/")
    hands.on(page.get_by_label("User name"))
    hands.write(cast.ann.username)
    hands.press("Tab")
    hands.write(PASSWORD)
    hands.press("Enter")
    expect(page).to_have_url(re.compile("/tickets/$"))
    hands.heard()
    expect(page.locator(".desk-row")).to_have_count(2)
    hands.press("j")
    first = page.locator(".desk-row > a").first
    hands.on(first)
    expect(first).to_contain_text("Water on the floor")  # the next due, not the oldest
    hands.press("Enter")
    expect(page).to_have_url(re.compile(f"/tickets/{due.pk}/"))
    hands.heard()
    hands.press("i")
    text = page.get_by_label("Text", exact=True)
    hands.on(text)
    hands.write("/pho")
    expect(page.locator("#picks")).to_contain_text("Ask for a photo")
    hands.press("Enter")
    expect(text).to_have_value("Dear Lin, please send us a photo.")
    hands.tab_to(page.locator(".desk-split summary"))
    hands.press("Enter", "Tab")
    wait = page.get_by_role("button", name=re.compile("wait", re.IGNORECASE)).first
    hands.on(wait)
    hands.press("Enter")
    toast(page, "Sent.")
    expect(page.locator(".yn-talk")).to_contain_text("Dear Lin, please send us a photo.")
    expect(page.locator(".desk-head")).to_contain_text("Waiting for the customer")
    hands.somewhere()
    mail_to(cast.customer.email, "Dear Lin, please send us a photo.")
    assert fresh(due).waiting_for == "waiting_customer"
    assert {"message.sent", "promise.kept", "ticket.waiting", "message.delivered"} <= set(ledger(due))
    assert db(lambda: Promise.objects.get(ticket=due, milestone="first_response").standing) == "kept"
    hands.press("Escape", "]")
    expect(page).to_have_url(re.compile(f"/tickets/{calm.pk}/"))


def test_a_reply_is_taken_back_changed_and_sent_later(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket(agent=cast.ann)
    db(lambda: Habit.objects.filter(staff=cast.ann).update(hold=30))
    page = desks(cast.ann, keys_only=True)
    hands = Hands(page)
    hands.go(f"/tickets/{ticket.pk}/")
    hands.press("i")
    text = page.get_by_label("Text", exact=True)
    hands.write("We come on Monday.")
    hands.press("Control+Enter")
    expect(page.locator(".desk-waiting")).to_contain_text("Leaves in a moment")
    hands.on(text)  # to go on writing
    hands.tab_to(page.locator(".desk-waiting").get_by_role("button", name="Undo"), key="Shift+Tab")
    hands.press("Enter")
    expect(text).to_have_value("We come on Monday.")
    hands.on(text)
    hands.press("Control+a")
    hands.write("We come on Tuesday.")
    hands.tab_to(page.locator(".desk-split summary"))
    hands.press("Enter")
    hands.tab_to(page.locator(".desk-split button[name=leave]").first)
    hands.press("Enter")
    expect(page.locator(".desk-waiting")).to_contain_text("We come on Tuesday.")
    row = db(lambda: Outgoing.objects.get(ticket=ticket))
    assert (row.scheduled, row.unless_written) == (True, True)
    assert "reply.scheduled" in ledger(ticket)
    assert not db(lambda: Message.objects.filter(ticket=ticket, author="staff").exists())
    hands.somewhere()


def test_it_is_handed_to_the_second_line_with_a_note(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket("Shows E3", agent=cast.ann)
    page = desks(cast.ann, keys_only=True)
    hands = Hands(page)
    hands.go(f"/tickets/{ticket.pk}/")
    hands.press("t")
    dialog = page.get_by_role("dialog")
    whom = dialog.get_by_label("To whom")
    hands.on(whom)
    hands.write(f"Second line {cast.second.code.split('-')[1]}")
    hands.tab_to(dialog.get_by_label("What was tried"))
    hands.write("Filter cleaned")
    hands.tab_to(dialog.get_by_label("What is wanted"))
    hands.write("Look at the pump")
    hands.tab_to(dialog.get_by_role("button", name="Transfer"))
    hands.press("Enter")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(page).to_have_url(re.compile("/tickets/"))
    assert fresh(ticket).team == cast.second
    assert "ticket.handoff_note" in ledger(ticket)
    eve = desks(cast.eve)
    eve.goto(f"/tickets/{ticket.pk}/")
    expect(eve.locator("#ticket")).to_contain_text("Look at the pump")


def test_the_second_line_is_asked_for_something(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket(agent=cast.ann)
    page = desks(cast.ann, keys_only=True)
    hands = Hands(page)
    hands.go(f"/tickets/{ticket.pk}/")
    hands.press("d")
    dialog = page.get_by_role("dialog")
    hands.on(dialog.get_by_label("Whom"))
    hands.write(f"Second line {cast.second.code.split('-')[1]}")
    hands.tab_to(dialog.get_by_label("Wanted by"))
    tomorrow = timezone.localtime(instants.now() + timedelta(days=1))
    hands.write(f"{tomorrow:%m%d%Y}")
    hands.press("ArrowRight")
    hands.write("1000AM")
    hands.tab_to(dialog.get_by_label("What is needed"))
    hands.write("Two bearings")
    hands.press("Tab")
    hands.on(dialog.get_by_label("In detail"))
    hands.write("6204, in stock?")
    hands.tab_to(dialog.get_by_role("button", name="Send the request"))
    hands.press("Enter")
    expect(page.locator(".task-list")).to_contain_text("Two bearings")
    hands.somewhere()
    assert db(lambda: Task.objects.get(ticket=ticket).team) == cast.second
    assert "task.asked" in ledger(ticket)


def test_it_is_put_aside_and_brought_back(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket(agent=cast.ann)
    page = desks(cast.ann, keys_only=True)
    hands = Hands(page)
    hands.go(f"/tickets/{ticket.pk}/")
    hands.press("s")
    hands.tab_to(page.get_by_role("button", name="4 hours"))
    hands.press("Enter")
    toast(page, "Put aside.")
    expect(page.locator("#dialog")).to_be_hidden()
    hands.somewhere()
    hands.press("s")
    hands.tab_to(page.get_by_role("button", name="Bring it back now"))
    hands.press("Enter")
    expect(page.locator(".desk-head")).not_to_contain_text("put aside")
    assert fresh(ticket).wake_at is None
    assert {"ticket.snoozed", "ticket.woke"} <= set(ledger(ticket))


def test_two_tickets_of_one_customer_become_one(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket("It leaks", agent=cast.ann)
    other = cast.ticket("It still leaks", text="The same again", agent=cast.ann)
    page = desks(cast.ann, keys_only=True)
    hands = Hands(page)
    hands.go(f"/tickets/{ticket.pk}/")
    hands.press("m")
    number = page.get_by_role("dialog").get_by_label("Number of the other ticket")
    hands.on(number)
    hands.write(f"YN-{other.pk}")
    hands.press("Enter")
    toast(page, "Merged.")
    expect(page.locator(".yn-talk")).to_contain_text("The same again")
    hands.somewhere()
    assert db(lambda: fresh(other).merged_into_id) == ticket.pk
    assert "ticket.absorbed" in ledger(ticket)


def test_one_matter_of_two_is_split_off(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket("It leaks", agent=cast.ann)
    db(lambda: factories.says(ticket, "And the invoice is wrong"))
    page = desks(cast.ann, keys_only=True)
    hands = Hands(page)
    hands.go(f"/tickets/{ticket.pk}/")
    hands.press(".")
    hands.tab_to(page.get_by_role("link", name="Split off"))
    hands.press("Enter")
    dialog = page.get_by_role("dialog")
    hands.on(dialog.get_by_role("checkbox").first)
    hands.press("Tab", "Space", "Tab")
    hands.on(dialog.get_by_label("Subject of the new ticket"))
    hands.write("The invoice")
    hands.press("Enter")
    toast(page, "Split off")
    hands.somewhere()
    assert "ticket.split" in ledger(ticket)


def test_many_are_tagged_and_that_is_undone(town: Town, cast: Cast, desks: Opener) -> None:
    tickets = [cast.ticket(f"Matter {n}", agent=cast.ann) for n in range(3)]
    page = desks(cast.ann, keys_only=True)
    hands = Hands(page)
    hands.go("/tickets/")
    hands.heard()
    hands.press("j", "x", "j", "x")
    expect(page.locator("[data-chosen]")).to_have_text("2 chosen")
    hands.tab_to(page.locator("#bulk").get_by_label("Tag"), key="Shift+Tab")
    hands.write("recall")
    hands.press("Tab")
    hands.on(page.get_by_role("button", name="Add tag"))
    hands.press("Enter")
    toast(page, "2 tickets done.")
    assert [fresh(t).tags for t in tickets] == [["recall"], ["recall"], []]
    hands.somewhere()
    hands.tab_to(page.get_by_role("button", name="Undo"), key="Shift+Tab")
    hands.press("Enter")
    toast(page, "2 tickets as before.")
    assert [fresh(t).tags for t in tickets] == [[], [], []]


def test_it_is_set_waiting_resumed_and_resolved(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket(agent=cast.ann)
    page = desks(cast.ann, keys_only=True)
    hands = Hands(page)
    hands.go(f"/tickets/{ticket.pk}/")
    hands.press("w")
    hands.on(page.get_by_role("dialog").get_by_role("radio").first)
    hands.press("ArrowDown", "Enter")
    toast(page, "Paused.")
    expect(page.locator("#dialog")).to_be_hidden()
    hands.somewhere()
    hands.press("w")
    toast(page, "The clocks run again.")
    hands.press("e")
    words = page.get_by_role("dialog").get_by_label("To the customer")
    hands.on(words)
    hands.write("The pump is changed.")
    hands.tab_to(page.get_by_role("button", name="Send and resolve"))
    hands.press("Enter")
    expect(page.locator(".desk-head")).to_contain_text("Resolved")
    hands.somewhere()
    mail_to(cast.customer.email, "The pump is changed.")
    assert [code for code in ledger(ticket) if code in ("ticket.waiting", "ticket.resumed", "ticket.resolved")] == [
        "ticket.waiting",
        "ticket.resumed",
        "ticket.resolved",
    ]


def test_facts_are_changed_and_cancelled_and_the_focus_returns(town: Town, cast: Cast, desks: Opener) -> None:
    ticket = cast.ticket(agent=cast.ann)
    page = desks(cast.ann, keys_only=True)
    hands = Hands(page)
    hands.go(f"/tickets/{ticket.pk}/")
    hands.press("f")
    dialog = page.get_by_role("dialog")
    hands.on(dialog.get_by_label("Subject"))
    hands.press("Escape")  # leaves the field
    hands.press("Escape")
    expect(dialog).to_be_hidden()
    hands.somewhere()
    hands.press("f")
    hands.tab_to(dialog.get_by_label("Urgency", exact=True))
    hands.write("Urgent")
    hands.tab_to(dialog.get_by_label(re.compile("^Why")))
    hands.write("Water at the socket")
    hands.press("Enter")
    toast(page, "Saved.")
    hands.somewhere()
    assert fresh(ticket).urgency == "urgent"
    assert "ticket.changed" in ledger(ticket)


def test_the_desk_looks_as_its_user_wishes_and_stays_so(town: Town, cast: Cast, desks: Opener) -> None:
    page = desks(cast.ann, keys_only=True)
    hands = Hands(page)
    hands.go("/me/")
    hands.tab_to(page.get_by_label("Theme"))
    hands.write("Dark")
    language = page.locator("main").get_by_label("Language")
    hands.tab_to(language, key="Shift+Tab")
    for _ in range(3):
        if language.input_value() != "zh-hans":
            hands.press("ArrowUp")
    expect(language).to_have_value("zh-hans")
    hands.tab_to(page.locator("main form button.btn-primary").first)
    hands.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", re.compile("zh-hans", re.IGNORECASE))
    elsewhere = desks(cast.ann)
    elsewhere.goto("/tickets/")
    expect(elsewhere.locator("html")).to_have_attribute("data-bs-theme", "dark")
    expect(elsewhere.locator("h1")).to_have_text("工单")

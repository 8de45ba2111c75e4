"""Which tags are offered while somebody types into the field of tags?"""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yingnuo.desk.access import DeskRequest, signed_in_who_may
from yingnuo.people import finding
from yingnuo.tickets import tags

OFFERED = 8


@require_safe
@signed_in_who_may("ticket.edit")
def offers(request: DeskRequest) -> HttpResponse:
    """Tags whose name has what was typed last, or sounds so; a part of the dialog. Nothing is asked of the database."""
    typed = request.GET.get("tags", "")[:400].replace("，", ",")
    begun = tags.tidy(typed.rpartition(",")[2])
    had = {tags.tidy(word) for word in typed.split(",")} - {begun}
    cards = [card for card in tags.book.kept().values() if card.active and card.name not in had]
    places = finding.staff(begun, enumerate(card.name for card in cards)) if begun else range(len(cards))
    found = [cards[place] for place in places][:OFFERED]
    exact = any(card.name == begun for card in found)
    context = {
        "offers": [card for card in found if card.name != begun], "begun": begun,
        "strange": bool(begun) and not exact, "may_invent": request.actor.may("tag.invent"),
    }  # fmt: skip
    return render(request, "desk/_tag_offers.html", context)

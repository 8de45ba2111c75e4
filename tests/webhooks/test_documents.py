"""Does the reference list every type, and does the code of the how-to check our signatures?"""

from __future__ import annotations

import re
from typing import Any

from tests import factories
from tests.factories import House
from tests.house.places import ROOT
from tests.webhooks.conftest import Receiver, happen
from yingnuo.webhooks import catalogue

HOWTO = ROOT / "docs/howto/webhooks.md"


def test_the_reference_lists_every_type_with_its_details() -> None:
    text = (ROOT / "docs/reference/webhooks.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `")}
    assert rows.keys() == catalogue.TYPES.keys()
    lacking = [(t, n) for t, kind in catalogue.TYPES.items() for n in kind.details if f"`{n}`" not in rows[t]]
    assert lacking == []


def test_the_python_of_the_how_to_tells_ours_from_others(house: House, receiver: Receiver) -> None:
    receiver.listen("ticket.opened")
    factories.ticket(house)
    happen()
    [call] = receiver.came
    space: dict[str, Any] = {}
    for code in re.findall(r"```python\n(.*?)```", HOWTO.read_text(encoding="utf-8"), re.DOTALL):
        exec(code, space)  # noqa: S102  # the examples of our own document
    assert space["take"](call.body, call.headers, receiver.secret)["type"] == "ticket.opened"
    assert space["take"](call.body + b" ", call.headers, receiver.secret) is None
    assert space["is_ours"](call.body, call.headers, receiver.secret)
    assert not space["is_ours"](call.body + b" ", call.headers, receiver.secret)

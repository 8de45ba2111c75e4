"""Is every ledger code documented?"""

from tests.house.places import ROOT
from yingnuo.ledger.codes import Code


def test_the_reference_lists_every_ledger_code() -> None:
    text = (ROOT / "docs/reference/ledger.md").read_text(encoding="utf-8")
    assert [c.value for c in Code if f"`{c.value}`" not in text] == []

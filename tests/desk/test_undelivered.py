"""Is it said in words why a message did not arrive?"""

from __future__ import annotations

import pytest
from django.utils.translation import override

from yingnuo.channels.adapters import wecom_kf_words, weixin
from yingnuo.desk import undelivered
from yingnuo.engine.windows import Shut


@pytest.mark.parametrize(
    "code", sorted({*wecom_kf_words._FAILED.values(), *weixin._LASTING.values(), *Shut} - {"empty", "file_gone"})
)
def test_every_reason_a_provider_gives_has_words(code: str) -> None:
    with override("en"):
        assert undelivered.why(code) != code


def test_an_unknown_reason_stands_as_it_is() -> None:
    assert (undelivered.why("failed 99"), undelivered.why("")) == ("failed 99", "—")

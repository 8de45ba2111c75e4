"""Does an SMS ask us to write no more, or again?

The words are those that operators and providers know: TD and 退订 in China, STOP and its like elsewhere. Only a message
that is nothing else counts: "stop the washing machine" is a request.
"""

from __future__ import annotations

_STOP = frozenset(
    {"stop", "stopall", "unsubscribe", "optout", "revoke", "td", "t", "退订", "退訂", "回t退订", "取消订阅"}
)
_AGAIN = frozenset({"start", "unstop", "subscribe", "恢复", "恢復", "订阅", "訂閱"})
_AROUND = " \t\r\n.。!！,，\"'“”‘’"


def word(text: str) -> str:
    """The word in its plain form when the text is one of ours, else ""."""
    plain = text.strip(_AROUND).casefold()
    return plain if plain in _STOP or plain in _AGAIN else ""


def is_again(word: str) -> bool:
    """Whether a word found by `word` asks to be written to again."""
    return word in _AGAIN

"""Does a folded template say what it said before, to every reader in his language?"""

from __future__ import annotations

import pytest
from django.template import Context, Template, engines
from django.template.base import NodeList, TextNode
from django.template.loader import get_template
from django.utils import translation

from yingnuo.kit import folding

HEAD = "{% load i18n static ui %}"


def _folded(source: str) -> Template:
    template = Template(HEAD + source)
    template.nodelist = folding.folded(template.nodelist)
    return template


@pytest.mark.parametrize(
    "source",
    [
        'a{% translate "Close" %}{% static "kit/app.css" %}{% icon "mail" %}{% url "kit:theme" %}b',
        '{% if yes %}x{% translate "Close" %}{% else %}y{% icon "x" %}{% endif %}',
        "{% for n in numbers %}{{ n }}{% icon 'x' %}{% endfor %}",
        '{% translate word %}{% translate "Close" as close %}{{ close }}{% icon word %}{% badge word|upper %}',
        '{% card "Close" %}{% translate "Close" %}{{ word }}{% endcard %}',
    ],
)
def test_the_same_is_said(source: str) -> None:
    values = {"yes": True, "numbers": [1, 2], "word": "<Close>"}
    plain, folded = Template(HEAD + source), _folded(source)
    for language in ("zh-hans", "en", "zh-hant", "en"):
        with translation.override(language):
            assert folded.render(Context(values)) == plain.render(Context(values))


def test_constant_neighbours_become_one_and_what_may_differ_does_not() -> None:
    nodes = _folded('a{% translate "Close" %}{% icon "mail" %}{{ word }}{% icon word %}b').nodelist
    assert len(nodes) == 4
    assert isinstance(nodes, NodeList)
    assert isinstance(nodes[-1], TextNode)


def test_a_value_of_one_reader_is_not_kept_for_the_next() -> None:
    template = _folded("{% if word %}{% badge word %}{% endif %}{{ word }}{% csrf_token %}")
    assert "first" in template.render(Context({"word": "first", "csrf_token": "token-1"}))
    second = template.render(Context({"word": "second", "csrf_token": "token-2"}))
    assert "first" not in second
    assert "token-1" not in second


def test_templates_are_folded_once_when_they_are_loaded() -> None:
    loader = engines["django"].engine.template_loaders[0]
    assert isinstance(loader, folding.Loader)
    assert get_template("kit/base.html").template.nodelist is get_template("kit/base.html").template.nodelist

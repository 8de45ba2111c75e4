"""Which parts of a template say the same to every reader of a language, and need not be rendered again?

Text, `{% translate "…" %}`, `{% static "…" %}`, `{% url "…" %}` and our own drawing tags with nothing but constants:
neighbours of this kind are folded into one node, which is rendered once for each language. A page of the desk has some
fourteen hundred nodes; two in three of them are of this kind.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from django.template import Context, Origin, Template
from django.template.base import FilterExpression, Node, NodeList, TextNode, Variable
from django.template.defaulttags import IfNode, LoadNode, URLNode
from django.template.library import SimpleBlockNode, SimpleNode
from django.template.loader import get_template
from django.template.loaders import cached
from django.template.utils import get_app_template_dirs
from django.templatetags.i18n import TranslateNode
from django.templatetags.static import StaticNode
from django.utils.safestring import SafeString
from django.utils.translation import get_language

Tag = TypeVar("Tag", bound=Callable[..., object])
_OURS = Path(__file__).resolve().parents[1]
_CONSTANT_TAGS: set[Callable[..., object]] = set()


def constant(tag: Tag) -> Tag:
    """Says of a simple tag: its answer depends on nothing but its arguments and the active language."""
    _CONSTANT_TAGS.add(tag)
    return tag


class Loader(cached.Loader):
    """Django's keeping loader; what it keeps is folded."""

    def __init__(self, engine: Any, loaders: list[Any]) -> None:
        super().__init__(engine, loaders)
        self._lock = threading.Lock()
        self._folded: set[Template] = set()

    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        """The template of this name; folded when it is asked for the first time."""
        template = super().get_template(template_name, skip)
        if template not in self._folded:
            self._fold(template)
        return template

    def _fold(self, template: Template) -> None:
        with self._lock:
            if template not in self._folded:
                template.nodelist = folded(template.nodelist)
                self._folded.add(template)

    def reset(self) -> None:
        """Forgets everything."""
        super().reset()
        self._folded.clear()


def load_all() -> int:
    """Compiles every page template of ours, which the first request of each page would do otherwise; how many."""
    names = {
        str(path.relative_to(folder))
        for folder in map(Path, get_app_template_dirs("templates"))
        if folder.is_relative_to(_OURS)
        for path in folder.rglob("*.html")
    }
    for name in names:
        get_template(name)
    return len(names)


class _Once(Node):
    """Nodes that are rendered once for each language."""

    child_nodelists = ()

    def __init__(self, nodes: list[Node]) -> None:
        self._nodes = nodes
        self._said: dict[str | None, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        """What they said the first time in this language."""
        language = get_language()
        said = self._said.get(language)
        if said is None:
            said = self._said[language] = NodeList(self._nodes).render(context)
        return said

    render_annotated = render  # nothing can go wrong in it that a hint at a node would explain


def folded(nodes: Iterable[Node]) -> NodeList:
    """The same nodes, with neighbours that are constant folded into one, at every depth."""
    found = NodeList()
    for same, group in groupby(map(_inside, nodes), key=_is_constant):
        run = list(group)
        found.extend([_one(run)] if same else run)
    return found


def _one(nodes: list[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 and isinstance(nodes[0], TextNode) else _Once(nodes)


def _inside(node: Node) -> Node:
    """The node, with the lists in it folded."""
    if isinstance(node, IfNode):
        node.conditions_nodelists = [(condition, folded(nodes)) for condition, nodes in node.conditions_nodelists]
        return node
    lists = (
        ("nodelist",) if isinstance(node, SimpleBlockNode) else node.child_nodelists
    )  # Django's own says it has none
    for name in lists:
        if nodes := getattr(node, name, None):
            setattr(node, name, folded(nodes))
    return node


def _is_constant(node: Node) -> bool:
    match node:
        case TextNode() | LoadNode():
            return True
        case TranslateNode():
            return not node.asvar and not node.message_context and _is_plain(node.filter_expression)
        case StaticNode():
            return node.varname is None and _is_plain(node.path)
        case URLNode():
            return not node.asvar and all(map(_is_plain, (node.view_name, *node.args, *node.kwargs.values())))
        case SimpleBlockNode():
            return False
        case SimpleNode():
            known = node.func in _CONSTANT_TAGS and node.target_var is None
            return known and all(map(_is_plain, (*node.args, *node.kwargs.values())))
    return False


def _is_plain(value: FilterExpression) -> bool:
    """Whether an argument is written out: "text", a number, or _("text")."""
    literal = value.var.literal is not None if isinstance(value.var, Variable) else True
    return literal and not value.filters

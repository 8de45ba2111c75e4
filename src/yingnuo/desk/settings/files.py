"""How do settings leave and come back as plain YAML?

Read without YAML's surprises: 12:30 is a time and not 750, dates stay text, and no anchors, so that a small file cannot
unfold into a large one.
"""

from __future__ import annotations

import json
import re
from typing import Any

import yaml
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from yingnuo.kit.errors import Invalid

LARGEST = 400_000


class _Plain(yaml.SafeLoader):
    """YAML of mappings, lists, texts, numbers and flags alone."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuses references to other places of the file."""
        if self.check_event(yaml.events.AliasEvent):
            event = self.get_event()  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "alias", event.start_mark)
        return super().compose_node(parent, index)


_Plain.yaml_implicit_resolvers = {
    first: [(tag, test) for tag, test in pairs if tag.endswith((":bool", ":null"))]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_SIGNS = list("-+0123456789")
_Plain.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(?:0|[1-9]\d*)$"), _SIGNS)
_Plain.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(r"[-+]?\d+\.\d+$"), _SIGNS)


def as_yaml(content: dict[str, Any], name: str) -> HttpResponse:
    """A download of plain YAML in the order of the keys."""
    text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type="application/yaml; charset=utf-8", headers=headers)


def posted_yaml(request: HttpRequest) -> dict[str, Any]:
    """The mapping in the posted file or text; Invalid says at which line it cannot be read."""
    return read_yaml(posted_text(request))


def posted_text(request: HttpRequest, largest: int = LARGEST) -> str:
    """The posted file as text, else what was typed; Invalid when it is larger than `largest` (bytes, signs)."""
    upload = request.FILES.get("file")
    raw = upload.read(largest + 1) if upload else b""
    text = raw.decode("utf-8-sig", "replace") if upload else request.POST.get("text", "")
    if max(len(raw), len(text)) > largest:
        raise _unreadable(_("The file is too large; at most %(size)s kB are read.") % {"size": largest // 1000})
    return text


def read_yaml(text: str) -> dict[str, Any]:
    """The mapping that is written there."""
    try:
        loaded = yaml.load(text, _Plain)  # noqa: S506  a SafeLoader with fewer types
        json.dumps(loaded, allow_nan=False)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _unreadable(
            _("Line %(line)s cannot be read. Check its indentation and quotes.")
            % {"line": mark.line + 1 if mark else 1}
        ) from error
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise _unreadable(_("The file is not plain YAML.")) from error
    if not isinstance(loaded, dict) or not all(isinstance(key, str) for key in loaded):
        raise _unreadable(_("The file must name its entries, as in the example."))
    return loaded


def _unreadable(said: str) -> Invalid:
    return Invalid(said, fields={"text": said}, code="unreadable")

"""Is every right that the code asks for in the catalogue of rights, and is every right of it asked for somewhere?"""

import ast
import re
from collections.abc import Iterator

from tests.house.places import PACKAGE
from yingnuo.desk import ticket
from yingnuo.people import roles, verbs
from yingnuo.people.services import API_SCOPES

_ASKING = {"require", "may", "signed_in_who_may", "those_who_may", "role_may", "get_for"}
_VERB = re.compile(r"[a-z_]+\.[a-z_]+|admin")
_LISTED = {"people/verbs.py", "people/roles.py", "desk/settings/scopes.py"}  # they tell of rights and ask for none
_OF_CUSTOMERS = roles._CONTACT
_OF_NO_ROLE = {"staff.choose", "notice.choose"}  # everybody does it, for himself


def _trees() -> Iterator[tuple[str, ast.Module]]:
    for path in PACKAGE.rglob("*.py"):
        name = path.relative_to(PACKAGE).as_posix()
        if "/migrations/" not in name and name not in _LISTED:
            yield name, ast.parse(path.read_text(encoding="utf-8"))


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _asked(tree: ast.Module) -> Iterator[str]:
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        named = [k.value for k in call.keywords if k.arg in ("may", "verb")]
        places = [*(call.args if _called(call) in _ASKING else ()), *named]
        for place in places:
            if isinstance(place, ast.Constant) and isinstance(place.value, str) and _VERB.fullmatch(place.value):
                yield place.value


def _strings(tree: ast.Module) -> Iterator[str]:
    lists = {id(n) for node in ast.walk(tree) if _is_scopes(node) for n in ast.walk(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in lists:
            yield node.value


def _is_scopes(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "API_SCOPES" for t in node.targets)


def test_every_right_that_is_asked_for_is_in_the_catalogue() -> None:
    known = verbs.WORDS.keys() | _OF_CUSTOMERS | _OF_NO_ROLE
    unknown = {(name, verb) for name, tree in _trees() for verb in _asked(tree) if verb not in known}
    assert unknown == set()


def test_every_right_of_the_catalogue_is_asked_for() -> None:
    said = {text for _name, tree in _trees() for text in _strings(tree)}
    said |= {f"ticket.{half}" for half in ticket._VERBS} | {"styleguide.view"}  # asked for in roles.py itself
    assert verbs.WORDS.keys() - said == set()


def test_every_right_of_a_role_or_a_token_is_in_the_catalogue() -> None:
    given = frozenset().union(*roles.VERBS.values(), API_SCOPES)
    assert given - verbs.WORDS.keys() == set()


def test_the_built_in_administrator_has_every_right() -> None:
    assert verbs.WORDS.keys() - roles.VERBS["admin"] == set()


def test_a_right_that_nobody_wrote_down_would_be_found() -> None:
    assert list(_asked(ast.parse('require(actor, "moon.walk")'))) == ["moon.walk"]

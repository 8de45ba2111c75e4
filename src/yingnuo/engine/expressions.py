"""What is the value of an expression over measured values, such as `process - air` or `torque * rpm * 0.1047`?

Numbers, names of metrics, + - * / and brackets, abs, min and max: nothing else is understood, so that an expression
typed by an administrator can do nothing but count.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Values = Mapping[str, float]
_Of = Callable[[Values], float]
LONGEST = 200
_TWO: Mapping[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_CALLS: Mapping[str, Callable[..., float]] = {"abs": abs, "min": min, "max": max}


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression, read once. `metrics` are the names it needs."""

    text: str
    metrics: frozenset[str]
    _of: _Of

    def of(self, values: Values) -> float | None:
        """Its value; None when a metric is not known yet, or there is no such number (a division by nothing)."""
        try:
            return float(self._of(values))
        except (KeyError, ArithmeticError):
            return None


def read(text: str) -> Expression:
    """Reads an expression; ValueError says what is not understood."""
    if not text.strip() or len(text) > LONGEST:
        raise ValueError("empty" if not text.strip() else "too_long")
    try:
        tree = ast.parse(text.strip(), mode="eval")
        names: set[str] = set()
        of = _build(tree.body, names)
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise ValueError("syntax") from error
    return Expression(text.strip(), frozenset(names), of)


def _build(node: ast.expr, names: set[str]) -> _Of:
    if isinstance(node, ast.Constant):
        return _number(node)
    if isinstance(node, ast.Name):
        names.add(node.id)
        return operator.itemgetter(node.id)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _build(node.operand, names)
        return lambda values: -inner(values)
    if isinstance(node, ast.BinOp) and type(node.op) in _TWO:
        do, left, right = _TWO[type(node.op)], _build(node.left, names), _build(node.right, names)
        return lambda values: do(left(values), right(values))
    return _call(node, names)


def _number(node: ast.Constant) -> _Of:
    if isinstance(node.value, bool) or not isinstance(node.value, int | float):
        raise ValueError("not_a_number")
    value = float(node.value)
    return lambda _values: value


def _call(node: ast.expr, names: set[str]) -> _Of:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _CALLS and node.args):
        raise ValueError("not_understood")
    if node.keywords or (node.func.id == "abs") != (len(node.args) == 1):
        raise ValueError("not_understood")
    do, parts = _CALLS[node.func.id], [_build(arg, names) for arg in node.args]
    return lambda values: do(*(part(values) for part in parts))

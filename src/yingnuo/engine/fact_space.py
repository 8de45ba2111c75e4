"""Which tickets can a condition hold for at all, and how are sets of them added, cut and told in few words?

The facts of tickets span a space: an axis for each fact, its points being classes of values that no condition of the
policy tells apart, and an axis of yes and no for each tag, and for each text search, that is asked for. A condition is
a list of boxes (by axis a bit mask of points; an axis that is left out is free), and the whole is small enough to be
walked as a grid of flags.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
import numpy.typing as npt

from yingnuo.engine.conditions import Among, Check, Condition, Either, Every, Neither, Node, Scalar

Box = Mapping[int, int]
Grid = npt.NDArray[np.bool_]
MOST_BOXES = 256
MOST_CELLS = 1 << 18
TAGS = "tags"
#: Facts whose values a company makes itself: besides those named there may be others, or none.
OPEN = frozenset({"product_line", "region", "team"})
_NUMBERS = {"team_tier": (0, 1, 2, 3)}
_OTHER = "\x00"  # stands for every value that nobody names
_ORDERED = ("gte", "lte", "gt", "lt")


class TooComplex(Exception):
    """The condition, or the whole space, is too large to be judged."""


@dataclass(frozen=True, slots=True)
class Axis:
    """One direction: the values of a fact in classes, or yes and no about a tag or a text (`node` asks it)."""

    fact: str
    points: tuple[tuple[Scalar, ...], ...]
    node: Node | None = None

    @property
    def full(self) -> int:
        """The mask of all points."""
        return (1 << len(self.points)) - 1


def leaves(node: Node) -> Iterator[Among | Check]:
    """The tests at the ends of a condition."""
    if isinstance(node, Among | Check):
        yield node
    elif isinstance(node, Neither):
        yield from leaves(node.node)
    elif isinstance(node, Every | Either):
        for inner in node.nodes:
            yield from leaves(inner)


def _opaque(node: Among | Check) -> bool:
    return isinstance(node, Check) and node.test == "contains"


class Space:
    """The axes that tell the tickets of these conditions apart; `known` lists the values that facts can have.

    Facts of `OPEN`, and those that `known` does not list, may have further values.
    """

    def __init__(self, conditions: Iterable[Condition], known: Mapping[str, Sequence[Scalar]]) -> None:
        tests: dict[str, list[Among | Check]] = {}
        asked: dict[Node, None] = {}
        for node in (leaf for condition in conditions for leaf in leaves(condition.root)):
            if _opaque(node):
                asked.setdefault(node)
            elif node.fact == TAGS:
                asked.update(dict.fromkeys(Check(TAGS, "any", (tag,)) for tag in _asked(node)))
            else:
                tests.setdefault(node.fact, []).append(node)
        scalars = [Axis(fact, _classes(fact, nodes, known)) for fact, nodes in tests.items()]
        flags = [Axis(getattr(node, "fact", ""), ((False,), (True,)), node) for node in asked]
        self.axes = (*scalars, *flags)
        self._at = {axis.node or axis.fact: n for n, axis in enumerate(self.axes)}
        self.shape = tuple(len(axis.points) for axis in self.axes)

    def grid(self) -> Grid:
        """Every ticket there can be; TooComplex where that is too many."""
        if prod(self.shape) > MOST_CELLS:
            raise TooComplex
        return np.ones(self.shape, dtype=np.bool_)

    def boxes(self, condition: Condition) -> list[Box]:
        """The tickets a condition holds for; empty: it never does. TooComplex where that are too many boxes."""
        return self._of(condition.root, True)

    def _of(self, node: Node, holds: bool) -> list[Box]:
        if isinstance(node, Neither):
            return self._of(node.node, not holds)
        if isinstance(node, Every | Either):
            parts = [self._of(inner, holds) for inner in node.nodes]
            return _crossed(parts) if isinstance(node, Every) == holds else _joined(parts)
        if isinstance(node, Among | Check):
            return self._leaf(node, holds)
        raise TooComplex

    def _leaf(self, node: Among | Check, holds: bool) -> list[Box]:
        if _opaque(node):
            return [{self._at[node]: 2 if holds else 1}]
        if node.fact == TAGS:
            return self._tags(node, holds)
        n = self._at[node.fact]
        mask = sum(1 << i for i, point in enumerate(self.axes[n].points) if node.holds({node.fact: point[0]}) == holds)
        return [{n: mask}] if mask else []

    def _tags(self, node: Among | Check, holds: bool) -> list[Box]:
        test = node.test if isinstance(node, Check) else "any"
        if test in _ORDERED:
            return [] if holds else [{}]
        with_tag = (test != "none") == holds
        each = [{self._at[Check(TAGS, "any", (tag,))]: 2 if with_tag else 1} for tag in _asked(node)]
        return _crossed([[box] for box in each]) if (test == "any") != holds else list(each)

    def cells(self, box: Box) -> tuple[npt.NDArray[np.intp], ...]:
        """A box as an index into the grid."""
        masks = (box.get(n, axis.full) for n, axis in enumerate(self.axes))
        return np.ix_(*([i for i in range(mask.bit_length()) if mask >> i & 1] for mask in masks))

    def share(self, wanted: Grid) -> float:
        """How much of all there is lies in `wanted`, each value of a fact counting alike; 0 to 1."""
        weighed, whole = wanted.astype(np.float64), 1
        for axis in self.axes:
            sizes = [len(point) for point in axis.points]
            weighed, whole = np.tensordot(sizes, weighed, axes=1), whole * sum(sizes)
        return float(weighed) / whole

    def told(self, box: Box) -> Condition:
        """A condition that holds just for this box, in as few words as there are."""
        nodes = [node for n, mask in sorted(box.items()) for node in _told(self.axes[n], mask)]
        return Condition(Every(tuple(nodes)))

    def largest_boxes(self, wanted: Grid, most: int) -> tuple[list[Box], bool]:
        """At most so many boxes that lie in `wanted` and together hold much of it; and whether that is all of it."""
        left, found = wanted.copy(), list[Box]()
        while len(found) < most and left.any():
            start = tuple(int(i) for i in np.argwhere(left)[0])
            box = max((self._grown(wanted, start, order) for order in self._orders()), key=self._size)
            found.append(box)
            left[self.cells(box)] = False
        return found, not left.any()

    def _orders(self) -> Iterator[list[int]]:
        axes = list(range(len(self.axes)))
        for n in axes or [0]:
            yield axes[n:] + axes[:n]

    def _grown(self, wanted: Grid, start: tuple[int, ...], order: list[int]) -> Box:
        """The box around one ticket, made as wide as `wanted` allows, one axis after the other."""
        masks = {n: 1 << at for n, at in enumerate(start)}
        for n in order:
            for i in range(len(self.axes[n].points)):
                wider = {**masks, n: masks[n] | 1 << i}
                if wanted[self.cells(wider)].all():
                    masks = wider
        return {n: mask for n, mask in masks.items() if mask != self.axes[n].full}

    def _size(self, box: Box) -> int:
        return prod(box[n].bit_count() if n in box else len(axis.points) for n, axis in enumerate(self.axes))


def _asked(node: Among | Check) -> tuple[Scalar, ...]:
    return node.values if isinstance(node, Among) else node.asked


def _classes(
    fact: str, nodes: Sequence[Among | Check], known: Mapping[str, Sequence[Scalar]]
) -> tuple[tuple[Scalar, ...], ...]:
    """The values of a fact, those together that every test treats alike."""
    alike: dict[tuple[bool, ...], list[Scalar]] = {}
    for value in _values(fact, nodes, known):
        alike.setdefault(tuple(node.holds({fact: value}) for node in nodes), []).append(value)
    return tuple(tuple(values) for values in alike.values())


def _values(fact: str, nodes: Sequence[Among | Check], known: Mapping[str, Sequence[Scalar]]) -> Iterable[Scalar]:
    listed = known.get(fact, _NUMBERS.get(fact))
    if listed is not None and fact not in OPEN:
        return dict.fromkeys(listed)
    named: list[Scalar] = [value for node in nodes for value in _asked(node)]
    numbers = [value for value in named if isinstance(value, int | float) and not isinstance(value, bool)]
    around = [value + step for value in numbers for step in (-1, 1)]
    return dict.fromkeys([*(listed or ()), *named, *around, "", _OTHER])


def _crossed(parts: Sequence[list[Box]]) -> list[Box]:
    """What lies in one box of every part."""
    found: list[Box] = [{}]
    for part in parts:
        found = [box for pair in product(found, part) if (box := met(*pair)) is not None]
        if len(found) > MOST_BOXES:
            raise TooComplex
    return found


def _joined(parts: Sequence[list[Box]]) -> list[Box]:
    found = [box for part in parts for box in part]
    if len(found) > MOST_BOXES:
        raise TooComplex
    return found


def met(a: Box, b: Box) -> Box | None:
    """What two boxes share; None for nothing."""
    shared = dict(a)
    for n, mask in b.items():
        shared[n] = shared.get(n, mask) & mask
        if not shared[n]:
            return None
    return shared


def within(inner: Sequence[Box], outer: Sequence[Box]) -> bool:
    """Whether each of these boxes lies in one of those."""
    return all(any(_inside(a, b) for b in outer) for a in inner)


def _inside(a: Box, b: Box) -> bool:
    return all(n in a and not a[n] & ~mask for n, mask in b.items())


def _told(axis: Axis, mask: int) -> Iterator[Node]:
    if mask == axis.full:
        return
    if axis.node is not None:
        yield axis.node if mask == 2 else Neither(Every((axis.node,)))  # the mask of "yes"
        return
    inside = [value for n, point in enumerate(axis.points) for value in point if mask >> n & 1]
    outside = [value for n, point in enumerate(axis.points) for value in point if not mask >> n & 1]
    if _OTHER in inside or (len(outside) < len(inside) and _OTHER not in outside):
        yield Neither(Every((Among(axis.fact, tuple(outside)),)))
    else:
        yield Among(axis.fact, tuple(value for value in inside if value != _OTHER))

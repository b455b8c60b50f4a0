"""Where the labels of points stand so that none covers another label or a point. Sizes in px; y grows upward."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

CHARACTER = 6.8
"""The width of an average character of the charts' font; wide enough for the wider of the two that draw it."""
LINE = 14
MARK = 8
"""Half the side of the square that a mark fills."""
AWAY = MARK + 3
"""From the middle of a mark to its label."""
BREAK = "<br>"
SIDES = ("right", "left", "above", "below")


@dataclass(frozen=True, slots=True)
class Box:
    left: float
    bottom: float
    right: float
    top: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.bottom < other.top and other.bottom < self.top
        )

    def is_inside(self, other: Box) -> bool:
        return (
            self.left >= other.left
            and self.right <= other.right
            and self.bottom >= other.bottom
            and self.top <= other.top
        )


@dataclass(frozen=True, slots=True)
class Label:
    """`side` is where the text stands beside its point: right, left, above or below."""

    text: str
    side: str


def place(
    points: Sequence[tuple[float, float]],
    texts: Sequence[Sequence[str]],
    frame: Box,
    taken: Iterable[Box] = (),
) -> list[Label | None]:
    """A label for each point, or None where none fits; earlier points choose first.

    `texts` are for each point its possible labels, the best one first; BREAK parts lines. Labels stay
    inside the frame and clear of each other, of all points and of the boxes that are `taken`.
    """
    marks = [Box(x - MARK, y - MARK, x + MARK, y + MARK) for x, y in points]
    occupied = [*taken, *marks]
    placed: list[Label | None] = []
    for index, (point, choices) in enumerate(zip(points, texts, strict=True)):
        others = [box for box in occupied if box is not marks[index]]
        found = next(
            (
                (Label(text, side), box)
                for text in choices
                for side in SIDES
                if (box := box_of(text, side, point)).is_inside(frame) and not any(box.meets(other) for other in others)
            ),
            None,
        )
        if found:
            occupied.append(found[1])
        placed.append(found[0] if found else None)
    return placed


def box_of(text: str, side: str, point: tuple[float, float]) -> Box:
    """What a label beside a point covers."""
    x, y = point
    lines = text.split(BREAK)
    width, height = max(map(len, lines)) * CHARACTER, len(lines) * LINE
    if side == "right":
        return Box(x + AWAY, y - height / 2, x + AWAY + width, y + height / 2)
    if side == "left":
        return Box(x - AWAY - width, y - height / 2, x - AWAY, y + height / 2)
    bottom = y + AWAY if side == "above" else y - AWAY - height
    return Box(x - width / 2, bottom, x + width / 2, bottom + height)


def spread(values: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Heights in the order of `values`, at least `gap` apart and from `low` to `high`, each as near as can be.

    The least squares of the moves: neighbours that would be too close share the mean of what they wish (isotonic
    regression by pooling). What can't fit at all stands closer than `gap`.
    """
    order = sorted(range(len(values)), key=lambda place: values[place])
    gap = min(gap, (high - low) / max(1, len(values) - 1))
    pools: list[tuple[float, int]] = []
    for rank, place in enumerate(order):
        wish, count = values[place] - rank * gap, 1
        while pools and pools[-1][0] >= wish:
            before, size = pools.pop()
            wish, count = (before * size + wish * count) / (size + count), size + count
        pools.append((wish, count))
    most = high - (len(values) - 1) * gap
    bases = [min(max(wish, low), most) for wish, count in pools for _ in range(count)]
    heights = dict(zip(order, (base + rank * gap for rank, base in enumerate(bases)), strict=True))
    return [heights[place] for place in range(len(values))]

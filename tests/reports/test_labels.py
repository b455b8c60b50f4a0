"""Labels that cover nothing, whatever the points."""

from __future__ import annotations

from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from reports.labels import MARK, Box, Label, box_of, place, spread

FRAME = Box(0, 0, 270, 340)
places = st.tuples(st.floats(0, 270), st.floats(0, 340))


def test_a_label_stands_to_the_right_where_there_is_room():
    assert place([(100, 100)], [["name"]], FRAME) == [Label("name", "right")]


def test_at_the_edge_it_moves_to_the_left():
    assert place([(265, 100)], [["name"]], FRAME) == [Label("name", "left")]


def test_a_shorter_label_is_better_than_none():
    assert place([(10, 20)], [["a very long name", "1"]], Box(0, 0, 40, 40)) == [Label("1", "right")]


def test_without_room_there_is_no_label():
    assert place([(10, 20)], [["1"]], Box(0, 0, 12, 22)) == [None]


def test_a_point_in_the_way_is_not_covered():
    assert [label.side for label in place([(100, 100), (120, 100)], [["name"], ["name"]], FRAME)] == ["left", "right"]


def test_what_is_taken_stays_free():
    assert place([(100, 100)], [["name"]], FRAME, [Box(100, 90, 270, 110)])[0].side == "left"


@given(st.lists(places, max_size=12))
def test_no_label_covers_another_one_or_a_point(points):
    placed = place(points, [[f"{n} name", str(n)] for n in range(len(points))], FRAME)
    boxes = {n: box_of(label.text, label.side, points[n]) for n, label in enumerate(placed) if label}
    assert all(box.is_inside(FRAME) for box in boxes.values())
    assert not any(first.meets(second) for first, second in combinations(boxes.values(), 2))
    marks = [Box(x - MARK, y - MARK, x + MARK, y + MARK) for x, y in points]
    assert not any(box.meets(mark) for n, box in boxes.items() for m, mark in enumerate(marks) if m != n)


def test_heights_that_are_far_apart_stay_and_close_ones_part_around_their_middle():
    assert spread([1.0, 5.0], 1.0, 0.0, 6.0) == [1.0, 5.0]
    assert spread([3.0, 3.0], 1.0, 0.0, 6.0) == [2.5, 3.5]
    assert spread([3.5, 3.0, 3.25], 1.0, 0.0, 6.0) == [4.25, 2.25, 3.25]


def test_heights_stay_inside_and_share_what_is_too_little_for_all():
    assert spread([0.1, 0.2], 1.0, 0.0, 6.0) == [0.0, 1.0]
    assert spread([6.0, 6.0, 6.0], 5.0, 0.0, 6.0) == [0.0, 3.0, 6.0]
    assert spread([], 1.0, 0.0, 6.0) == []


@given(st.lists(st.floats(1, 5), max_size=10))
def test_heights_keep_their_order_and_distance(values):
    found = spread(values, 0.3, 0.9, 5.1)
    ordered = [found[place] for place in sorted(range(len(values)), key=lambda place: values[place])]
    assert all(after - before > 0.3 - 1e-9 for before, after in pairwise(ordered))
    assert all(0.9 - 1e-9 <= height <= 5.1 + 1e-9 for height in found)

"""Each kind of work has one handler."""

import pytest

from jobs import registry


def first(payload, context):
    """Only its identity counts."""


def second(payload, context):
    """Only its identity counts."""


@pytest.fixture(autouse=True)
def own_handlers(monkeypatch):
    monkeypatch.setattr(registry, "_handlers", {})


def test_a_registered_handler_is_found_by_its_kind():
    registry.register("report", first)
    registry.register("mail", second)
    assert registry.find("report") is first


def test_registering_the_same_handler_again_changes_nothing():
    registry.register("report", first)
    registry.register("report", first)
    assert registry.find("report") is first


def test_a_kind_cannot_have_two_handlers():
    registry.register("report", first)
    with pytest.raises(ValueError, match="report"):
        registry.register("report", second)


def test_an_unknown_kind_is_a_reason_for_people_and_may_be_tried_again():
    with pytest.raises(registry.WorkFailed, match="doesn't know this kind of work") as failure:
        registry.find("from a newer version")
    assert failure.value.final is False

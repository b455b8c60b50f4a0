"""What ships is linted like code."""

import time

import pytest

from manifesto import catalog, loader
from manifesto.linter import lint

SHIPPED = [catalog.DIRECTORY / key / version for key, version in catalog.releases()]


@pytest.mark.parametrize("directory", SHIPPED, ids=catalog.identifiers())
def test_every_shipped_release_keeps_every_rule(directory):
    assert "\n".join(map(str, lint(directory).findings)) == ""


def test_the_newest_release_waives_rules_for_at_most_25_questions_each_with_a_reason():
    report = lint(SHIPPED[-1])
    assert len(report.waived_questions) <= 25
    assert all(len(waived.reason.split()) >= 3 for waived in report.waived)


def test_the_newest_release_loads_in_under_300_ms_and_all_are_linted_in_under_2_s():
    start = time.process_time()
    loader.load(SHIPPED[-1])
    loaded = time.process_time()
    for directory in SHIPPED:
        lint(directory)
    assert loaded - start < 0.3
    assert time.process_time() - loaded < 2

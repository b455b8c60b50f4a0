"""A release of the framework is published while an assessment is open."""

from __future__ import annotations

import pytest

from assessment.models import Result
from manifesto.export import framework_hash
from tests.assessment.rooms import FRAMEWORK, close, extended, install, level, opened, save
from tests.builders import question

pytestmark = pytest.mark.django_db
ANSWERS = {"P09.1": 3, "P09.2": 2, "P10.1": 4, "P11.1": 5}


def answered(cast, user, team, keys):
    assessment = opened(cast, team=team, user=cast.carla)
    for key in keys:
        save(user, assessment, key, level(ANSWERS[key]))
    return assessment


def test_an_open_assessment_keeps_its_release_and_every_score_stays_to_the_last_bit(cast, monkeypatch):
    before = close(cast.carla, answered(cast, cast.carla, cast.boreal, ANSWERS))
    frozen = (before.scorecard, before.scores, before.answers, before.input_hash)
    still_open = answered(cast, cast.bob, cast.atlas, list(ANSWERS)[:2])

    newer = install(monkeypatch, extended(P09_1=question("P09.1", revision=2)))
    assert framework_hash(newer) != framework_hash(FRAMEWORK)
    for key in list(ANSWERS)[2:]:
        save(cast.bob, still_open, key, level(ANSWERS[key]))
    after = close(cast.carla, still_open)

    assert (after.assessment.framework_version, after.scorecard["framework_hash"]) == (
        FRAMEWORK.version,
        framework_hash(FRAMEWORK),
    )
    assert after.scorecard == before.scorecard  # the same answers, scored on either side of the release
    stands = Result.objects.get(pk=before.pk)
    assert (stands.scorecard, stands.scores, stands.answers, stands.input_hash) == frozen

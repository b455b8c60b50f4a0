"""What is counted of answering, for whoever runs the installation: numbers only, nobody's and no team's."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter

REGISTRY = CollectorRegistry()
SAVES = Counter("ladder_saves", "Answers that were sent, by what became of them.", ["outcome"], registry=REGISTRY)
OUTCOMES = {"AnswerConflict": "conflict", "AssessmentClosed": "closed"}


def counted(save: Callable[..., Any]) -> Callable[..., Any]:
    """Count each call of `save` as saved, conflict, closed or refused."""

    @functools.wraps(save)
    def wrapper(**given: Any) -> Any:
        try:
            saved = save(**given)
        except Exception as error:
            SAVES.labels(OUTCOMES.get(type(error).__name__, "refused")).inc()
            raise
        SAVES.labels("saved").inc()
        return saved

    return wrapper

"""The frozen answers of a result, read back as scoring reads answers: so a stored result can be computed again.

Pure: no Django, no clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assessment.scoring import Answer, Project, Respondent


def speakers_of(answers: Mapping[str, Any]) -> list[Respondent]:
    """Those who said something that counts, the organization last, in the order in which they were frozen."""
    sheets = (Respondent(sheet["id"], _spoken(sheet["answers"])) for sheet in answers["respondents"])
    return [sheet for sheet in sheets if sheet.answers]


def projects_of(answers: Mapping[str, Any]) -> list[Project]:
    """The candidate projects that count."""
    return [
        Project(project["name"], dict(project["ratings"]), project["complexity"])
        for project in answers.get("projects", ())
    ]


def _spoken(answers: Mapping[str, Mapping[str, Any]]) -> dict[str, Answer]:
    return {key: _answer(said) for key, said in sorted(answers.items()) if said["state"] != "open"}


def _answer(said: Mapping[str, Any]) -> Answer:
    holders = said.get("holders", "")
    return Answer(
        state=said["state"],
        level=said["level"],
        partly=said["partly"],
        reason=said["reason"] if said["state"] == "not_applicable" else "",
        evidence_strength=said["evidence_strength"],
        holders=tuple(holders.split(", ")) if holders and said["level"] else (),
    )

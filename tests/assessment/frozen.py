"""What a closed result was made from, read back from what it froze: so that its hash can be checked."""

from __future__ import annotations

from assessment.actions import input_hash
from assessment.models import Result
from assessment.scoring import Answer, Project, Respondent
from manifesto import catalog
from manifesto.definitions import Framework


def framework_of(result: Result) -> Framework:
    return catalog.get(result.framework_key, result.framework_version)


def speakers_of(result: Result) -> list[Respondent]:
    """The respondents who said something, as scoring heard them."""
    heard = []
    for sheet in result.answers["respondents"]:
        typed = {key: said for key, said in sorted(sheet["answers"].items()) if said["state"] != "open"}
        if typed:
            heard.append(Respondent(sheet["id"], {key: _heard(said) for key, said in typed.items()}))
    return heard


def _heard(said: dict) -> Answer:
    reason = said["reason"] if said["state"] == "not_applicable" else ""
    holders = tuple(said["holders"].split(", ")) if said.get("holders") and said["level"] else ()
    return Answer(said["state"], said["level"], said["partly"], reason, said["evidence_strength"], holders)


def projects_of(result: Result) -> list[Project]:
    frozen = result.answers.get("projects", [])
    return [Project(project["name"], project["ratings"], project["complexity"]) for project in frozen]


def hash_of(result: Result) -> str:
    """The hash of the inputs, computed anew from the frozen answers."""
    return input_hash(framework_of(result), result.form, speakers_of(result), projects_of(result))

"""Does a PDF belong to what is stored? Its bytes, the data attached to it, and the answers behind both are asked.

The attached data say which result a document claims to be of. Then everything is computed anew from the frozen answers:
the hash of the inputs, the scores, and, where the very bytes aren't known, the document.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assessment.actions.closing import input_hash
from assessment.frozen import projects_of, speakers_of
from assessment.models import Result
from assessment.scoring import score
from manifesto.catalog import UnknownFramework
from organizations.models import Organization
from reports import build, document
from reports.attached import NoData, attached_data
from reports.briefing.audiences import ORGANIZATION
from reports.gathering import additions_for, additions_named, logos_of
from reports.models import FindingRevision, OrganizationReport, Report, Scenario
from reports.organization_report import NothingAssessed, build_organization_document
from reports.plans import Choices, choices_for, choices_of, digest_of, framework_of

MOST_BYTES = 20_000_000
HASH = "data_hash"
WANTED: dict[str, type] = {HASH: str, "audience": str, "language": str}
OF_ONE_TEAM: dict[str, type] = {
    "assessment": int, "input_hash": str, "choices": dict, "scorecard": dict, "additions": dict
}  # fmt: skip
OF_ALL_TEAMS: dict[str, type] = {"teams": list, "period": str}
"""What attached data hold, by its type."""


@dataclass(slots=True)
class Verdict:
    """What was found: `facts` that hold, `faults` that speak against it. It belongs to the data without faults."""

    facts: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not self.faults


def verify(path: Path) -> Verdict:
    """Check a file. Nothing that it holds is believed before it was computed again."""
    verdict = Verdict()
    try:
        content = _read(path)
        data = _claims(path)
    except NoData as why:
        verdict.faults.append(str(why))
        return verdict
    if _sealed_wrongly(data):
        verdict.faults.append("the attached data were changed: their hash is another one")
        return verdict
    if data["audience"] == ORGANIZATION:
        _check_organization(content, data, verdict)
        return verdict
    result = _result(data)
    if result is None:
        verdict.faults.append("no stored result has the inputs that it names, or its closing was undone")
        return verdict
    verdict.facts.append(f"it is of {result}, for the {data['audience']}, in {data['language']}")
    _check_result(result, data, verdict)
    if verdict.holds:
        _check_bytes(content, result, data, verdict)
    return verdict


def _read(path: Path) -> bytes:
    """The file's bytes. Raises NoData for what can't be a report."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise NoData(f"it is larger than {MOST_BYTES // 1_000_000} MB")
        content = path.read_bytes()
    except OSError as error:
        raise NoData(f"it can't be read: {error.strerror}") from error
    if not content.startswith(b"%PDF-"):
        raise NoData("it isn't a PDF")
    return content


def _claims(path: Path) -> dict[str, Any]:
    """The attached data, as far as a report of ours has them. Raises NoData."""
    try:
        data = json.loads(attached_data(path))
        wanted = WANTED | (OF_ALL_TEAMS if data["audience"] == ORGANIZATION else OF_ONE_TEAM)
        if not all(isinstance(data[name], kind) for name, kind in wanted.items()):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise NoData("the attached data aren't those of a report") from error
    return data


def _check_organization(content: bytes, data: Mapping[str, Any], verdict: Verdict) -> None:
    """The report about all teams: each team's stored answers, the attached scores, and the bytes."""
    numbers = [team.get("assessment") for team in data["teams"] if isinstance(team, dict)]
    if not numbers or not all(isinstance(number, int) and 0 < number < 2**63 for number in numbers):
        verdict.faults.append("the attached data aren't those of a report")
        return
    results = {
        result.assessment_id: result
        for result in Result.objects.standing().filter(assessment__in=numbers).select_related("team", "organization")
    }
    organizations = {result.organization for result in results.values()}
    if len(results) != len(data["teams"]) or len(organizations) != 1:
        verdict.faults.append("not every team's result in it is stored here, or a closing was undone")
        return
    for team in data["teams"]:
        result = results[team["assessment"]]
        if team.get("scores") != result.scores:
            verdict.faults.append(f"the attached scores of {result} aren't the stored ones")
        _check_result(result, {"scorecard": result.scorecard}, verdict)
    verdict.facts = list(dict.fromkeys(verdict.facts))
    if verdict.holds:
        _check_organizations_bytes(content, organizations.pop(), data, verdict)


def _check_organizations_bytes(
    content: bytes, organization: Organization, data: Mapping[str, Any], verdict: Verdict
) -> None:
    if OrganizationReport.objects.of_organization(organization).filter(sha256=_digest(content)).exists():
        verdict.facts.append("its bytes are those of a stored report")
        return
    try:
        made = build_organization_document(
            organization, data["period"], data["language"], _silently, logos_of(organization.pk)
        )
    except (NothingAssessed, ValueError, KeyError, document.DocumentError):
        verdict.faults.append("the attached data don't say how to build it")
        return
    _compare(made.pdf, content, verdict)


def _silently(_stage: str, _step: int, _of: int) -> None:
    """Nobody watches."""


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _compare(made: bytes, content: bytes, verdict: Verdict) -> None:
    if made == content:
        verdict.facts.append("built anew from the stored data it has the same bytes")
    else:
        verdict.faults.append("its bytes aren't those of a stored report, and built anew it is another one")


def _sealed_wrongly(data: Mapping[str, Any]) -> bool:
    return build.sealed(data)[HASH] != data[HASH]


def _result(data: Mapping[str, Any]) -> Result | None:
    results = Result.objects.standing().select_related("team", "organization")
    return results.filter(assessment=data["assessment"] % 2**63, input_hash=data["input_hash"]).first()


def _check_result(result: Result, data: Mapping[str, Any], verdict: Verdict) -> None:
    """Whether the frozen answers still give the stored and the attached numbers."""
    try:
        framework = framework_of(result)
    except UnknownFramework as error:
        verdict.faults.append(str(error))
        return
    speakers, projects = speakers_of(result.answers), projects_of(result.answers)
    if input_hash(framework, result.form, speakers, projects) != result.input_hash:
        verdict.faults.append(
            "the stored answers were changed since the closing: the hash of the inputs is another one"
        )
    else:
        verdict.facts.append("the stored answers are those of the closing")
    card = score(framework, speakers, result.form, result.framework_hash, projects).as_dict()
    told = data["scorecard"]
    if card["algorithm"] != result.algorithm:
        verdict.facts.append(f"scored by algorithm {result.algorithm}, not computed again by {card['algorithm']}")
        card = result.scorecard
    if any(told.get(name) != card[name] for name in card if name in told) or "overall" not in told:
        verdict.faults.append("the attached scores aren't those of the stored answers")
    else:
        verdict.facts.append("the attached scores are those of the stored answers")


def _check_bytes(content: bytes, result: Result, data: Mapping[str, Any], verdict: Verdict) -> None:
    """Whether the file is a stored one, else whether the same document is built from the stored data."""
    if Report.objects.filter(sha256=_digest(content), result=result).exists():
        verdict.facts.append("its bytes are those of a stored report")
        return
    verdict.faults += [*_foreign_words(result, data), *_foreign_plan(result, data)]
    if verdict.faults:
        return
    try:
        made = build.build_document(
            result,
            Choices.from_dict(data["choices"]),
            data["language"],
            _silently,
            data["audience"],
            additions_named(result, data["additions"]),
        )
    except (KeyError, ValueError, TypeError, AttributeError, document.DocumentError):
        verdict.faults.append("the attached data don't say how to build it")
        return
    _compare(made.pdf, content, verdict)


def _foreign_plan(result: Result, data: Mapping[str, Any]) -> Iterator[str]:
    """Choices that are neither the proposal nor made by anybody here, owners and outcome numbers of another time."""
    made = [choices_for(result), *(choices_of(row, result) for row in (None, *Scenario.objects.of_result(result)))]
    asked = Report.objects.filter(result=result).values_list("choices", flat=True)
    known = {choices.digest for choices in made} | {digest_of({**choices, "version": 0}) for choices in asked}
    if digest_of({**data["choices"], "version": 0}) not in known:
        yield "its roadmap was planned under choices that aren't stored"
    now = additions_for(result).as_dict()
    for name in ("owners", "outcomes", "rate"):
        if data["additions"].get(name) != now[name]:
            yield f"{name} in it: not what is stored (any more)"


def _foreign_words(result: Result, data: Mapping[str, Any]) -> Iterator[str]:
    """Findings in the document that nobody saved here."""
    for entry in data["additions"].get("words", ()):
        try:
            saved = FindingRevision.objects.says(
                result.assessment_id, entry["subject"], entry["texts"], entry["author"]
            )
        except (KeyError, TypeError, AttributeError):
            saved = False
        if not saved:
            yield "it holds a finding that isn't stored"

"""What a closed result was made from, read back from what it froze: so that its hash can be checked."""

from __future__ import annotations

from assessment.actions import input_hash
from assessment.models import Result
from assessment.results import read_sheets
from assessment.scoring import Respondent
from manifesto import catalog
from manifesto.definitions import Framework


def framework_of(result: Result) -> Framework:
    return catalog.get(result.framework_key, result.framework_version)


def speakers_of(result: Result) -> list[Respondent]:
    """The respondents who said something, as scoring heard them."""
    return [speaker for speaker in read_sheets(result.answers).speakers if speaker.answers]


def hash_of(result: Result) -> str:
    """The hash of the inputs, computed anew from the frozen answers."""
    return input_hash(framework_of(result), result.form, speakers_of(result))

"""A team's own initiatives beside the catalogue's: the same rules, ids of their own, one language as typed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any

from pydantic import StringConstraints

from manifesto.definitions import Framework, Initiative, Text

MOST_EFFORT = 99
"""Person-weeks; more than that is a programme, not an initiative."""
MOST_LIFT = 4
MOST_LIFTED = 12

OwnId = Annotated[str, StringConstraints(pattern=r"^T[1-9][0-9]{0,3}$")]


class OwnInitiative(Initiative):
    """`id` is "T1", "T2" ... within the team, never used again; `prerequisites` are of the catalogue or the team's."""

    id: OwnId
    prerequisites: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> OwnInitiative:
        """From what `as_dict` wrote. Texts are in the language in which the team typed them."""
        return cls(
            id=data["id"],
            name=_as_typed(data["name"]),
            first_step=_as_typed(data["first_step"]) if data["first_step"] else None,
            done_when=_as_typed(data["done_when"]),
            lifts=data["lifts"],
            cap=data["cap"],
            effort=data["effort"],
            prerequisites=tuple(data["prerequisites"]),
        )

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; numbers as fractions ("1/2"), which lose nothing."""
        return {
            "id": self.id,
            "name": self.name.en,
            "first_step": self.first_step.en if self.first_step else "",
            "done_when": self.done_when.en,
            "lifts": {key: str(lift) for key, lift in sorted(self.lifts.items())},
            "cap": str(self.cap),
            "effort": str(self.effort),
            "prerequisites": sorted(self.prerequisites),
        }


def _as_typed(words: str) -> Text:
    return Text(en=words, **{"pt-br": words})


def with_own(framework: Framework, own: Sequence[OwnInitiative]) -> Framework:
    """The release with the team's initiatives after its own.

    What a later release doesn't ask, or doesn't have, is left out of their lifts and prerequisites.
    """
    if not own:
        return framework
    known = framework.initiative_by_id.keys() | {item.id for item in own}
    fitting = tuple(
        item.model_copy(
            update={
                "lifts": {key: lift for key, lift in item.lifts.items() if key in framework.question_by_key},
                "prerequisites": tuple(before for before in item.prerequisites if before in known),
            }
        )
        for item in own
    )
    fields = {name: getattr(framework, name) for name in Framework.model_fields}
    return Framework.model_construct(**fields | {"initiatives": (*framework.initiatives, *fitting)})


@dataclass(frozen=True, slots=True)
class OwnFault:
    """What is wrong with an initiative. `field` is the name of its field, `subject` what in it.

    question: not asked by the release. lift, cap, effort: out of range. none: it lifts nothing. many: it lifts more
    than MOST_LIFTED questions. initiative: no such id. cycle: `subject` is the cycle, as in "T1 > I02 > T1".
    """

    kind: str
    field: str
    subject: str = ""


def own_faults(framework: Framework, item: OwnInitiative, others: Iterable[OwnInitiative] = ()) -> tuple[OwnFault, ...]:
    """Every fault of the team's initiative beside its `others`, in the order of the fields."""
    catalogue = {other.id: other for other in (*framework.initiatives, *others)} | {item.id: item}
    faults = []
    if not 0 < item.effort <= MOST_EFFORT:
        faults.append(OwnFault("effort", "effort"))
    faults += _lift_faults(framework, item)
    if not 1 < item.cap <= 5:
        faults.append(OwnFault("cap", "cap"))
    unknown = [before for before in item.prerequisites if before not in catalogue]
    faults += [OwnFault("initiative", "prerequisites", before) for before in unknown]
    if not unknown and (cycle := _cycle(catalogue)):
        faults.append(OwnFault("cycle", "prerequisites", cycle))
    return tuple(faults)


def _lift_faults(framework: Framework, item: OwnInitiative) -> list[OwnFault]:
    if not item.lifts:
        return [OwnFault("none", "lifts")]
    asked = {question.key for question in framework.core_questions}
    faults = [OwnFault("question", "lifts", key) for key in item.lifts if key not in asked]
    faults += [
        OwnFault("lift", "lifts", key)
        for key, lift in item.lifts.items()
        if not 0 < lift <= MOST_LIFT or (2 * lift) % 1 != Fraction(0)
    ]
    return faults + ([OwnFault("many", "lifts")] if len(item.lifts) > MOST_LIFTED else [])


def _cycle(catalogue: Mapping[str, Initiative]) -> str:
    """The first cycle of prerequisites, each needing the next; empty if there is none."""
    needs = {key: [n for n in item.prerequisites if n in catalogue] for key, item in sorted(catalogue.items())}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        return " > ".join(reversed(error.args[1]))
    return ""

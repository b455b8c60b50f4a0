"""More teams than were written by hand: variations of the stories under other names. No Django and no clock."""

from __future__ import annotations

from dataclasses import replace

from config.demo.history import chance
from config.demo.stories import QUARTERS, Disagreement, Line, Person, Story, stories

STARS = (
    "Acrux", "Altair", "Antares", "Aquila", "Arcturus", "Bellatrix", "Canopus", "Capella", "Carina", "Cassini",
    "Corvus", "Deneb", "Dorado", "Electra", "Fornax", "Gacrux", "Gemini", "Halley", "Hydra", "Indus",
    "Juno", "Kepler", "Lyra", "Maia", "Mimosa", "Norma", "Orion", "Pavo", "Phoenix", "Polaris",
    "Regulus", "Rigel", "Sirius", "Spica", "Tucana", "Vela", "Vega", "Vesta", "Volans", "Zenith",
)  # fmt: skip
AREAS = (
    "Pricing", "Logistics", "Marketing", "Payments", "Suppliers", "Stores", "Returns", "Loyalty", "Search", "People",
    "Warehouse", "Forecast", "Fraud", "Service", "Energy", "Tax", "Campaigns", "Catalogue", "Delivery", "Credit",
    "Purchasing", "Quality", "Property", "Travel", "Insight",
)  # fmt: skip
FIRST_NAMES = (
    "Ana", "Bruno", "Camila", "Daniel", "Elisa", "Felipe", "Gabriela", "Hugo", "Isabela", "João", "Karin", "Liam",
    "Marina", "Noah", "Otávio", "Paula", "Renata", "Samir", "Thaís", "Yuki",
)  # fmt: skip
LAST_NAMES = (
    "Almeida", "Barbosa", "Costa", "Duarte", "Esteves", "Fischer", "Gomes", "Hansen", "Ivanov", "Jansen", "Kowalski",
    "Lopes", "Martins", "Novak", "Oliveira", "Park", "Queiroz", "Ribeiro", "Silva", "Tavares",
)  # fmt: skip
MOST_TEAMS = len(STARS) * len(AREAS)


def all_stories(teams: int, seed: int) -> list[Story]:
    """So many stories: the hand-written ones first, then variations of them. At most MOST_TEAMS."""
    written = list(stories()[:teams])
    return written + [_variation(number, seed) for number in range(teams - len(written))]


def _variation(number: int, seed: int) -> Story:
    luck = chance(seed, "team", number)
    origin = stories()[number % len(stories())]
    shift = luck.choice((-1, 0, 0, 0, 1))
    area = AREAS[(number // len(STARS) + number) % len(AREAS)]
    return replace(
        origin,
        name=f"{STARS[number % len(STARS)]} {area}",
        people=luck.randrange(3, 15),
        scope=f"The pipelines and reports of {area.lower()}; critical are those that somebody waits for every morning.",
        lead=_person(luck, number, 0),
        members=tuple(_person(luck, number, place) for place in (1, 2)),
        answers={key: _varied(line, shift + luck.choice((-1, 0, 0, 0, 1))) for key, line in origin.answers.items()},
        skipped=(luck.randrange(2, QUARTERS),) if luck.random() < 0.15 else (),
        disagreement=Disagreement(),
        is_open=origin.is_open and luck.random() < 0.7,
        earlier=None,
        modules={},
        candidates=(),
        outcomes={},
        ideas=(),
        plans=(),
        findings={},
    )


def _person(luck, number: int, place: int) -> Person:
    first, last = luck.choice(FIRST_NAMES), luck.choice(LAST_NAMES)
    return Person(f"{first} {last}", f"team{number + 1}.person{place + 1}@demo.example")


def _varied(line: Line, shift: int) -> Line:
    """The line some levels higher or lower, without the notes of its origin."""
    levels = tuple(_shifted(token, shift) for token in line.levels)
    now = line.now and _shifted(line.now, shift)
    reason = line.reason and "There is nothing of this kind in our scope."
    return replace(line, levels=levels, now=now, notes={}, now_note="", reason=reason)


def _shifted(token: str, shift: int) -> str:
    if not token[0].isdigit():
        return token
    level = min(5, max(1, int(token[0]) + shift))
    return f"{level}+" if token.endswith("+") and level < 5 else str(level)

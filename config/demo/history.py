"""From a story to the answers and times of one quarter. The same story, seed and quarter give the same answers.

A quarter is counted backwards: 0 is the last closed one, 4 the first that the stories tell, -1 the open one. Quarters
before the first are told by going down from it. No Django and no clock.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.demo.stories import QUARTERS, Line, Person, Story
from manifesto.definitions import Framework, Question

WIKI = "https://wiki.example"
FIRST_DAY = timedelta(days=60)  # rounds are held in the last month of a quarter
FACTS_DAY = timedelta(days=55)  # by then the organization has answered what its teams are no longer asked
ORGANIZATION = "organization"
STANDING = ("answered", "not_applicable")
"""What the organization says for its teams; what it can't tell, each team answers for itself."""
SITTING = timedelta(days=1)
PER_QUESTION = timedelta(seconds=70)


@dataclass(frozen=True, slots=True)
class Saying:
    """One answer as a person gives it; the fields are those of the answer's content."""

    state: str
    level: int | None = None
    partly: bool = False
    reason: str = ""
    note: str = ""
    holders: str = ""
    evidence_url: str = ""
    evidence_strength: int = 0
    confidence: str = ""
    flagged: bool = False
    confirmed: bool = False


Sayings = Mapping[str, Saying]
"""What is said by question key, in framework order."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """The answers of one person, or the team's shared ones (`person` is None), by question key in framework order."""

    person: Person | None
    sayings: Sayings


@dataclass(frozen=True, slots=True)
class Times:
    """When a round was opened, wanted and closed; `closed` is None while it is open, `until` the last possible save."""

    opened: datetime
    closes_on: date
    closed: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class LastRound:
    """The team's last round before: its quarter and the framework that it was asked."""

    back: int
    framework: Framework


def chance(*parts: object) -> random.Random:
    """Randomness that depends on the parts alone, the same on every machine."""
    return random.Random(" ".join(map(str, parts)))


# Answers


def mode_of(story: Story, back: int) -> str:
    """How the team answered in that quarter."""
    return "named" if QUARTERS - back in story.disagreement.quarters else story.mode


def version_of(story: Story, back: int, current: str) -> str:
    """The version of the framework that the team answered in that quarter: `current`, or the earlier one."""
    return story.earlier.version if story.earlier and QUARTERS - back <= story.earlier.until else current


def modules_of(story: Story, back: int) -> list[str]:
    """The optional modules that are on in that quarter."""
    return [key for key, since in story.modules.items() if QUARTERS - back >= since]


def facts_by_quarter(facts: Mapping[str, Line], framework: Framework, oldest: int, seed: int) -> dict[int, Sayings]:
    """What the organization says for all its teams, by quarter from the `oldest` to the last, by question key.

    Its one sheet lives on: what was said, notes included, stands until something else is said.
    """
    told: dict[int, Sayings] = {}
    standing: Sayings = {}
    for back in range(oldest, -1, -1):
        standing = {**standing, **_new_facts(facts, framework, back, seed, standing)}
        told[back] = standing
    return told


def _new_facts(
    facts: Mapping[str, Line], framework: Framework, back: int, seed: int, standing: Sayings
) -> dict[str, Saying]:
    fresh = {}
    for question in framework.organization_questions:
        luck = chance(seed, ORGANIZATION, question.key)
        saying = _saying(question, line_for(question, facts), ORGANIZATION, back, luck)
        before = standing.get(question.key)
        if saying and before and not saying.note and claim(saying) == claim(before):
            saying = replace(saying, note=before.note)
        if saying and saying != before:
            fresh[question.key] = saying
    return fresh


def claim(saying: Saying) -> tuple:
    """What evidence has to show."""
    return saying.state, saying.level, saying.partly


def sheets(
    story: Story, facts: Mapping[str, Line], framework: Framework, back: int, seed: int, last: LastRound | None = None
) -> list[Sheet]:
    """Everything that the team said in that quarter; `facts` are the organization's lines.

    Where they say something, the team isn't asked; where they don't, the team knows no more. Answers of the `last`
    round are kept as confirmed where they still hold.
    """
    shared = _shared_sheet(story, facts, framework, back, seed, last)
    if mode_of(story, back) != "named":
        return [Sheet(None, shared)]
    everybody = [story.lead, *story.members]
    return [
        Sheet(person, {key: _own(story, key, said, number, seed) for key, said in shared.items()})
        for number, person in enumerate(everybody)
    ]


def _shared_sheet(
    story: Story, facts: Mapping[str, Line], framework: Framework, back: int, seed: int, last: LastRound | None
) -> dict[str, Saying]:
    sheet = {}
    place = story.name.lower().replace(" ", "-")
    for question in framework.sheet_questions("full", modules_of(story, back)):
        line = line_for(question, facts if question.scope == "organization" else story.answers)
        saying = _saying(question, line, place, back, chance(seed, place, question.key, back))
        if saying and question.scope == "organization":
            saying = None if saying.state in STANDING else replace(saying, note="")
        if saying:
            sheet[question.key] = replace(saying, confirmed=not saying.note and _holds(question, line, back, last))
    return sheet


def _holds(question: Question, line: Line, back: int, last: LastRound | None) -> bool:
    """Whether the last round asked the same and was told the same."""
    if last is None or question.key not in last.framework.question_by_key:
        return False
    return token_at(question, line, back) == token_at(question, line, last.back)


def line_for(question: Question, lines: Mapping[str, Line]) -> Line:
    """The story's line for the question, or one like its principle's or pillar's, or the middle of all.

    So the demo can answer questions of later releases, too.
    """
    if question.key in lines:
        return lines[question.key]
    related = [line for key, line in lines.items() if key.split(".")[0] == question.subject]
    levels = related[0].levels if related else _middle(lines.values())
    if chance(question.key).random() < 0.5:
        levels = (levels[0], *levels[:-1])
    return Line(
        levels=levels, now=related[0].now if related else levels[-1], reason=related[0].reason if related else ""
    )


def _middle(lines: Iterable[Line]) -> tuple[str, ...]:
    columns = zip(*(line.levels for line in lines), strict=True)
    return tuple(sorted(column)[(len(column) - 1) // 2] for column in columns)


def token_at(question: Question, line: Line, back: int) -> str | None:
    """What the line says in that quarter, as a token; None for nothing."""
    if back < 0:
        token = line.now
    elif back < QUARTERS:
        token = line.levels[QUARTERS - 1 - back]
    else:
        token = _before(line.levels[0], back - QUARTERS + 1, chance(question.key).randrange(4))
    return "1" if token == "na" and not question.na_allowed else token


def _before(first: str, quarters: int, delay: int) -> str:
    """A level so many quarters before the story begins: one lower each year, at a time that differs by question."""
    return str(max(1, int(first[0]) - (quarters + delay) // 4)) if first[0].isdigit() else first


def _saying(question: Question, line: Line, place: str, back: int, luck: random.Random) -> Saying | None:
    token = token_at(question, line, back)
    if token in (None, "-"):
        return None
    quarter = QUARTERS - back
    note = line.now_note if back < 0 else line.notes.get(quarter, "")
    if token == "na":
        return Saying("not_applicable", reason=line.reason)
    if token == "?":
        return Saying("dont_know", note=note, flagged=back < 0)
    strength = _strength(line, quarter)
    return Saying(
        **said(token),
        note=note,
        holders=_holders(line, quarter),
        evidence_url=f"{WIKI}/{place}/{line.evidence}" if strength else "",
        evidence_strength=strength,
        confidence=luck.choice(("high", "high", "medium", "medium", "low", "")),
        flagged=back < 0 and luck.random() < 0.08,
    )


def _holders(line: Line, quarter: int) -> str:
    """Who does the work of the role in that quarter; before the first that is given, the first."""
    known = [since for since in line.holders if since <= quarter] or list(line.holders)[:1]
    return line.holders[max(known)] if known else ""


def said(token: str) -> dict:
    """State, level and half of a token."""
    if token == "?":
        return {"state": "dont_know"}
    return {"state": "answered", "level": int(token[0]), "partly": token.endswith("+")}


def _strength(line: Line, quarter: int) -> int:
    """Evidence is linked from the second quarter on, or since it was checked."""
    if not line.evidence or quarter < min(2, line.checked or 2):
        return 0
    return 2 if line.checked and quarter >= line.checked else 1


def _own(story: Story, key: str, shared: Saying, number: int, seed: int) -> Saying:
    """What one person says alone: as written in the story, else near to what the team says together.

    Nobody else can check evidence then, and only the lead keeps the team's notes and links.
    """
    luck = chance(seed, story.name, key, "alone", number)
    own = _without_support(shared) if number else replace(shared, evidence_strength=min(1, shared.evidence_strength))
    own = replace(own, confidence=luck.choice(("high", "medium", "medium", "low", "")), confirmed=False)
    if key in story.disagreement.spread:
        own = _retold(own, story.disagreement.spread[key][number])
    elif number and own.level and luck.random() < 0.3:
        own = _retold(own, luck.choice(("?", *_neighbours(own.level))))
    notes = story.disagreement.notes.get(key, ())
    return replace(own, note=notes[number]) if number < len(notes) else own


def _neighbours(level: int) -> list[str]:
    return [str(near) for near in (level - 1, level + 1) if 1 <= near <= 5]


def _without_support(saying: Saying) -> Saying:
    return replace(saying, note="", holders="", evidence_url="", evidence_strength=0)


def _retold(saying: Saying, token: str) -> Saying:
    if token == "?":
        return _without_support(replace(saying, state="dont_know", level=None, partly=False))
    return replace(saying, **said(token), holders="" if token == "1" else saying.holders)


# Times


def round_times(period: str, time_zone: str, luck: random.Random) -> Times:
    """A round of the past: opened on a working day of the quarter's last month, closed a good week later."""
    opened = _working_day(_first_day(period) + FIRST_DAY + timedelta(days=luck.randrange(7)))
    closed = _working_day(opened + timedelta(days=luck.randrange(8, 13)))
    closing = _at(closed, time(15 + luck.randrange(3), luck.randrange(60)), time_zone)
    opening = _at(opened, time(9, luck.randrange(60)), time_zone)
    return Times(opening, opened + timedelta(days=14), closing, closing)


def open_times(period: str, now: datetime, time_zone: str) -> Times:
    """The round that is open now: since some days, but not before its quarter; answers are wanted in four days."""
    begin = _at(_first_day(period), time(0, 5), time_zone)
    opened = min(now - timedelta(minutes=10), max(begin, now - timedelta(days=6)))
    today = now.astimezone(ZoneInfo(time_zone)).date()
    return Times(opened, today + timedelta(days=4), None, now)


def facts_times(period: str, time_zone: str) -> Times:
    """When the organization answers: a few days before the rounds of its teams."""
    day = _working_day(_first_day(period) + FACTS_DAY)
    opened, until = (_at(day, time(hour), time_zone) for hour in (10, 12))
    return Times(opened, day, None, until)


def sitting_times(times: Times, count: int) -> list[datetime]:
    """When each of so many answers was saved: one after the other, on the day after opening where time allows."""
    quarter = (times.until - times.opened) / 4
    step = min(PER_QUESTION, quarter / max(count, 1))
    return [times.opened + min(SITTING, quarter) + step * number for number in range(count)]


def later(times: Times, moment: datetime) -> datetime:
    """When an answer of `moment` was looked at again, before the round ended."""
    return moment + min(SITTING, (times.until - times.opened) / 4)


def first_moment(period: str, time_zone: str) -> datetime:
    """The morning of a quarter's first day."""
    return _at(_first_day(period), time(9), time_zone)


def _first_day(period: str) -> date:
    return date(int(period[:4]), int(period[-1]) * 3 - 2, 1)


def _working_day(day: date) -> date:
    """The day itself, or the Monday after a Saturday or Sunday."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def _at(day: date, hour: time, time_zone: str) -> datetime:
    return datetime.combine(day, hour, ZoneInfo(time_zone))

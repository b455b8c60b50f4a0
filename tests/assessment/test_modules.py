from fractions import Fraction as F
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assessment.answers import Answer, Project, Respondent
from assessment.modules import Fact, Holder, Shortfall, prioritise, quadrant_of, reached_level, role_coverage
from assessment.scorecard import Scorecard
from assessment.scoring import score
from tests.builders import ROLE_GROUPS, complete_framework, framework, respondent

RELEASE = complete_framework()
MLOPS = RELEASE.module_by_key["mlops"]

# MLOps


def mlo(*levels, **changes):
    values = {f"MLO.{number}": F(level) for number, level in enumerate(levels, 1)}
    return values | {key.replace("_", "."): F(level) for key, level in changes.items()}


EXAMPLE = (4, 3, 3, 3, 4, 2, 3, 2, 2, 1)


def test_the_example_of_the_guide_is_at_level_1_and_says_what_level_2_needs():
    found = reached_level(MLOPS, mlo(*EXAMPLE))
    assert (found.level, found.next_level) == (1, 2)
    assert found.missing == (Shortfall("MLO.6", 2, 4), Shortfall("MLO.7", 3, 4))


def test_tested_code_and_a_deployment_pipeline_give_level_2():
    found = reached_level(MLOPS, mlo(*EXAMPLE, MLO_6=4, MLO_7=4))
    assert (found.level, found.next_level, found.missing) == (2, None, ())


@pytest.mark.parametrize("others", [(2, 3), (4, 4), (5, 5)])
def test_without_a_blocking_check_of_the_data_the_level_is_0(others):
    found = reached_level(MLOPS, mlo(*EXAMPLE, MLO_5=3, MLO_6=others[0], MLO_7=others[1]))
    assert (found.level, found.next_level, found.missing) == (0, 1, (Shortfall("MLO.5", 3, 4),))


def test_half_way_is_not_reached_and_an_open_question_is_not_either():
    assert reached_level(MLOPS, mlo(*EXAMPLE, MLO_1=F(7, 2))).missing == (Shortfall("MLO.1", F(7, 2), 4),)
    assert reached_level(MLOPS, {"MLO.1": F(4), "MLO.5": F(4)}).missing == (Shortfall("MLO.3", None, 3),)
    assert reached_level(MLOPS, {}).level == 0


def test_a_module_without_a_rule_has_no_read_out():
    assert reached_level(RELEASE.module_by_key["roles"], {"ROL.engineer": F(3)}) is None


def test_the_card_has_the_read_out_beside_the_mean_of_the_module():
    card = score(RELEASE, [respondent(mlo(*EXAMPLE))])
    found = card.modules["mlops"]
    assert (found["google_level"], found["next_level"], found["score"]) == (1, 2, F(27, 10))
    assert found["missing"][0] == {"question": "MLO.6", "value": 2, "required": 4}
    assert (found["coverage"], found["answered"], found["applicable"]) == (1, 10, 10)
    assert card.overall.score is None


def test_not_applicable_is_not_reached():
    people = [
        Respondent("ana", {"MLO.1": Answer(level=4), "MLO.5": Answer("not_applicable", None, False, "no checks")})
    ]
    assert score(RELEASE, people).modules["mlops"]["google_level"] == 0


# Roles

LEVELS = dict(zip(ROLE_GROUPS, (3, 4, None, 2, 4, 2, 3, 1), strict=True))
ROLE_VALUES = {f"ROL.{slug}": F(level) for slug, level in LEVELS.items() if level}
HANDS = {"ROL.engineer": ["AB"], "ROL.curator": ["AB"], "ROL.steward": ["AB"], "ROL.analyst": ["CD"]}


def test_the_roles_of_the_guide_come_out_as_printed():
    found = role_coverage(RELEASE, ROLE_VALUES, {"ROL.scientist"}, HANDS)
    assert (found.coverage, found.owned, found.applicable, found.not_applicable) == (F(4, 7), 4, 7, 1)
    assert found.groups == {"consumers": 3, "preparers": 3, "suppliers": 1}
    assert (found.group_floor, found.floor_groups) == (1, ("suppliers",))
    assert (found.concentration, found.warning) == (3, True)
    assert found.concentrated == (Holder("AB", ("engineer", "curator", "steward")),)
    assert found.facts == (
        Fact("nobody", "source-owner"),
        Fact("concentrated", "AB", 3),
        Fact("unnamed", "developer"),
        Fact("unnamed", "curator"),
    )
    assert f"{float(found.coverage):.0%}" == "57%"


def test_the_card_holds_the_same_roles_as_the_guide():
    answers = {f"ROL.{slug}": Answer(level=level) for slug, level in LEVELS.items() if level}
    answers |= {key: Answer(level=answers[key].level, holders=tuple(names)) for key, names in HANDS.items()}
    answers["ROL.scientist"] = Answer("not_applicable", None, False, "no models in scope")
    found = score(RELEASE, [Respondent("ana", answers)]).as_dict()["modules"]["roles"]
    assert found["coverage"] == 4 / 7
    assert (found["group_floor"], found["floor_groups"], found["concentration"]) == (1.0, ["suppliers"], 3)
    assert found["concentrated"] == [{"person": "AB", "roles": ["engineer", "curator", "steward"]}]
    assert found["facts"][0] == {"code": "nobody", "subject": "source-owner", "count": None}


def test_half_a_step_below_a_named_person_is_not_owned():
    found = role_coverage(RELEASE, {"ROL.engineer": F(5, 2), "ROL.analyst": F(3)})
    assert (found.owned, found.answered) == (1, 2)
    assert Fact("unnamed", "engineer") in found.facts


def test_an_open_role_counts_as_not_owned_and_the_best_case_is_said():
    found = role_coverage(RELEASE, {"ROL.source-owner": F(4)})
    assert (found.coverage, found.coverage_high) == (F(1, 8), 1)
    assert found.groups == {"consumers": None, "preparers": None, "suppliers": 4}
    assert [fact.code for fact in found.facts] == ["open"] * 7


def test_a_group_has_a_mean_when_half_of_it_is_answered():
    assert role_coverage(RELEASE, {"ROL.citizen": F(2), "ROL.analyst": F(3)}).groups["consumers"] == F(5, 2)
    assert role_coverage(RELEASE, {"ROL.engineer": F(2)}).groups["preparers"] is None


def test_two_groups_can_share_the_floor():
    values = {f"ROL.{slug}": F(2) for slug in ROLE_GROUPS} | {"ROL.source-owner": F(3)}
    assert role_coverage(RELEASE, values).floor_groups == ("consumers", "preparers")


def test_nothing_answered_or_applicable_has_no_numbers():
    assert role_coverage(RELEASE, {}).coverage == 0
    nothing = role_coverage(RELEASE, {}, {f"ROL.{slug}" for slug in ROLE_GROUPS})
    assert (nothing.coverage, nothing.group_floor, nothing.concentration, nothing.facts) == (None, None, None, ())
    assert nothing.groups == {}


def test_spelling_makes_no_second_person_and_two_people_can_hold_equally_much():
    found = role_coverage(RELEASE, ROLE_VALUES, (), {"ROL.engineer": ["ab ", "AB", "CD"], "ROL.analyst": ["AB", "CD"]})
    assert found.concentrated == (Holder("AB", ("analyst", "engineer")), Holder("CD", ("analyst", "engineer")))
    assert not found.warning


def test_several_respondents_give_the_median_level_and_everybody_whom_they_name():
    people = [
        Respondent("ana", {"ROL.engineer": Answer(level=2, holders=("AB",))}),
        Respondent("bob", {"ROL.engineer": Answer(level=4, holders=("CD",))}),
        Respondent("eve", {"ROL.engineer": Answer(level=3, partly=True)}),
    ]
    card = score(RELEASE, people)
    assert card.questions["ROL.engineer"].value == F(7, 2)
    assert card.modules["roles"]["owned"] == 1
    assert [holder["person"] for holder in card.modules["roles"]["holders"]] == ["AB", "CD"]


# Projects


def project(name, availability, value, complexity=None):
    ratings = {f"DAV.{n}": level for n, level in enumerate(availability, 1) if level}
    return Project(name, ratings | {f"VAL.{n}": level for n, level in enumerate(value, 1) if level}, complexity)


GUIDE = (
    project("Churn alert", (4, 5, 4, 3, 4), (4, 4, 5, 4, 3), 4),
    project("Price model", (2, 3, 2, 2, 3), (5, 5, 4, 5, 5)),
    project("Canteen menu report", (5, 5, 5, 4, 5), (2, 2, 3, 1, 1)),
    project("Partner scoring", (4, 1, 4, 4, 3), (5, 4, 5, 4, 4)),
)


@pytest.mark.parametrize(
    ("name", "availability", "value", "priority", "result", "rank"),
    [
        ("Churn alert", F("4.0"), F("4.0"), "4.00", "start_now", 1),
        ("Price model", F("2.4"), F("4.8"), "3.39", "prepare_data", 3),
        ("Canteen menu report", F("4.8"), F("1.8"), "2.94", "quick_experiment", 4),
        ("Partner scoring", F("3.2"), F("4.4"), "3.75", "blocked", 2),
    ],
)
def test_the_projects_of_the_guide_come_out_as_printed(name, availability, value, priority, result, rank):
    found = {standing.name: standing for standing in prioritise(RELEASE, GUIDE).projects}[name]
    assert (found.availability, found.value, f"{found.priority:.2f}") == (availability, value, priority)
    assert (found.result, found.rank, found.pilot) == (result, rank, name == "Churn alert")


def test_the_blocked_project_says_why_and_keeps_its_quadrant():
    found = prioritise(RELEASE, GUIDE).projects[1]
    assert (found.name, found.blocked_by, found.quadrant) == ("Partner scoring", ("DAV.2",), "start_now")


def test_without_someone_who_will_act_a_project_is_blocked():
    found = prioritise(RELEASE, [project("Lonely", (5, 5, 5, 5, 5), (5, 5, 1, 5, 5), 5)])
    assert (found.projects[0].result, found.projects[0].blocked_by, found.pilot) == ("blocked", ("VAL.3",), None)


def test_the_middle_belongs_to_the_upper_half():
    assert [quadrant_of(*pair) for pair in ((3, 3), (F("2.8"), 3), (3, F("2.8")), (F("2.8"), F("2.8")))] == [
        "start_now",
        "prepare_data",
        "quick_experiment",
        "park",
    ]


def test_the_pilot_needs_a_complex_solution():
    simple, unknown = project("Simple", (5,) * 5, (5,) * 5, 2), project("Unknown", (5,) * 5, (4,) * 5)
    fitting = project("Fitting", (3,) * 5, (3,) * 5, 3)
    found = prioritise(RELEASE, [simple, unknown, fitting])
    assert [standing.name for standing in found.projects] == ["Simple", "Unknown", "Fitting"]
    assert found.pilot == "Fitting"
    assert prioritise(RELEASE, [simple, unknown]).pilot is None


def test_an_incomplete_project_has_no_priority_and_comes_last():
    found = prioritise(RELEASE, [project("Half", (5, 1, 5, 5, None), (5,) * 5, 5), *GUIDE])
    last = found.projects[-1]
    assert (last.name, last.priority, last.quadrant, last.rank, last.result) == ("Half", None, None, None, "incomplete")
    assert (last.availability, last.value, last.missing, last.blocked_by) == (None, 5, ("DAV.5",), ("DAV.2",))
    assert found.incomplete == ("Half",)


def test_ties_are_broken_by_value_then_complexity_then_name():
    high, low = (4, 4, 4, 4, 4), (3, 3, 3, 3, 3)
    rows = (
        project("b", high, low, 3),
        project("valuable", low, high, 1),
        project("a", high, low, 3),
        project("complex", high, low, 4),
    )
    for order in permutations(rows):
        found = prioritise(RELEASE, order)
        assert [standing.name for standing in found.projects] == ["valuable", "complex", "a", "b"]
        assert found.pilot == "complex"


def test_the_card_holds_the_projects_and_no_question_of_theirs():
    card = score(RELEASE, [], projects=GUIDE)
    stored = card.as_dict()["modules"]["projects"]
    assert [found["name"] for found in stored["projects"]] == [
        "Churn alert",
        "Partner scoring",
        "Price model",
        "Canteen menu report",
    ]
    assert (stored["pilot"], stored["incomplete"]) == ("Churn alert", [])
    assert not [key for key in card.questions if key.startswith(("DAV", "VAL"))]
    assert "projects" not in score(RELEASE, []).modules


def test_modules_survive_being_stored_and_cards_from_before_them_are_read():
    stored = score(RELEASE, [respondent(mlo(*EXAMPLE))], projects=GUIDE).as_dict()
    assert Scorecard.from_dict(stored).as_dict() == stored
    assert Scorecard.from_dict({key: part for key, part in stored.items() if key != "modules"}).modules == {}


def test_answers_that_rate_a_project_and_ratings_that_answer_for_the_team_are_refused():
    with pytest.raises(ValueError, match=r"rate projects, not the team: DAV\.1"):
        score(RELEASE, [respondent({"DAV.1": 3})])
    with pytest.raises(ValueError, match=r"don't rate projects in small@1\.0\.0: P01\.1"):
        score(RELEASE, [], projects=[Project("Odd", {"P01.1": 3})])
    with pytest.raises(ValueError, match="one name"):
        score(RELEASE, [], projects=[Project("Twice"), Project("Twice")])


def test_a_framework_without_such_questions_rates_no_projects():
    assert score(framework({"P09": 1}), [], projects=[]).modules == {}
    with pytest.raises(ValueError, match=r"DAV\.1"):
        score(framework({"P09": 1}), [], projects=GUIDE)


# Properties

KEYS = [f"MLO.{number}" for number in range(1, 11)] + [f"ROL.{slug}" for slug in ROLE_GROUPS]
ANSWERS = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(["na", "?", 1, 1.5, 2, 3, 3.5, 4, 5]), max_size=18)
RATINGS = st.dictionaries(
    st.sampled_from([f"{prefix}.{number}" for prefix in ("DAV", "VAL") for number in range(1, 6)]), st.integers(1, 5)
)
PROJECTS = st.lists(
    st.builds(Project, st.sampled_from("abcdefgh"), RATINGS, st.none() | st.integers(1, 5)),
    max_size=5,
    unique_by=lambda item: item.name,
)


def reversed_answers(person):
    return Respondent(person.id, dict(reversed(person.answers.items())))


@settings(max_examples=60, deadline=None)
@given(st.lists(ANSWERS, max_size=4), PROJECTS)
def test_the_order_of_people_answers_and_projects_changes_no_module(sheets, projects):
    people = [respondent(answers, str(index)) for index, answers in enumerate(sheets)]
    other = score(RELEASE, [reversed_answers(p) for p in reversed(people)], projects=list(reversed(projects)))
    assert score(RELEASE, people, projects=projects).as_dict() == other.as_dict()


@settings(max_examples=60, deadline=None)
@given(ANSWERS, st.sampled_from(KEYS[:10]))
def test_a_better_answer_never_lowers_the_read_out(answers, key):
    values = {name: F(value) for name, value in answers.items() if value not in ("na", "?")}
    better = values | {key: F(5)}
    assert reached_level(MLOPS, better).level >= reached_level(MLOPS, values).level


@settings(max_examples=60, deadline=None)
@given(PROJECTS)
def test_priorities_fall_down_the_list_and_lie_between_their_two_means(projects):
    complete = [found for found in prioritise(RELEASE, projects).projects if found.rank]
    products = [found.availability * found.value for found in complete]
    assert products == sorted(products, reverse=True)
    for found in complete:
        low, high = sorted((float(found.availability), float(found.value)))
        assert low - 1e-12 <= found.priority <= high + 1e-12

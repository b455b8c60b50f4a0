import pytest

from manifesto import catalog
from manifesto.definitions import LANGUAGES, LEVELS, Module, Role
from manifesto.export import export, framework_hash
from manifesto.loader import FrameworkError, load

RELEASE = catalog.find("dataops@1.0.0")
HASH_OF_0_9_0 = "sha256:bd6b9c07c02764a472c141eec5e245a09745861a940bc4bcf67bed717ad1c0a3"
THE_EIGHT = ["citizen", "analyst", "scientist", "developer", "engineer", "curator", "steward", "source-owner"]


def asked(prefix):
    return RELEASE.questions_by_subject[prefix]


def test_the_modules_ask_ten_questions_eight_and_twice_five():
    assert {module.key: module.prefixes for module in RELEASE.modules} == {
        "mlops": ("MLO",),
        "roles": ("ROL",),
        "projects": ("DAV", "VAL"),
    }
    assert [len(asked(prefix)) for prefix in ("MLO", "ROL", "DAV", "VAL")] == [10, 8, 5, 5]
    assert [question.position for question in asked("MLO")] == [str(number) for number in range(1, 11)]


def test_no_core_question_belongs_to_a_module():
    prefixes = {prefix for module in RELEASE.modules for prefix in module.prefixes}
    assert not prefixes & {question.subject for question in RELEASE.core_questions}


def test_the_read_out_of_mlops_asks_for_what_each_level_needs():
    read_out = RELEASE.module_by_key["mlops"].read_out
    assert [(reached.level, reached.requires) for reached in read_out] == [
        (2, {"MLO.1": 4, "MLO.5": 4, "MLO.6": 4, "MLO.7": 4}),
        (1, {"MLO.1": 4, "MLO.5": 4, "MLO.3": 3}),
        (0, {}),
    ]
    assert all(key in RELEASE.question_by_key for reached in read_out for key in reached.requires)


def test_every_role_question_names_one_of_the_eight_roles_in_their_order():
    assert [question.position for question in asked("ROL")] == THE_EIGHT
    outside = {"architect", "sponsor"}
    assert [role.slug for role in RELEASE.roles if role.slug not in outside] == THE_EIGHT


def test_one_ladder_serves_all_roles():
    assert len({question.anchors for question in asked("ROL")}) == 1
    assert {question.dimension for question in asked("ROL")} == {"ownership"}


def test_only_scientist_and_developer_may_not_apply():
    assert [question.position for question in asked("ROL") if question.na_allowed] == ["scientist", "developer"]


def test_a_project_question_always_applies():
    assert not [question.key for prefix in ("DAV", "VAL") for question in asked(prefix) if question.na_allowed]


def test_what_holds_a_project_back_is_said_at_level_1():
    assert RELEASE.question_by_key["DAV.2"].anchor(1).en == "None, or the permission is still to be cleared."
    assert RELEASE.question_by_key["VAL.3"].anchor(1).en == "Nobody has agreed to act on it yet."


def test_the_complexity_of_a_project_has_five_anchors_and_no_question():
    assert [anchor.level for anchor in RELEASE.module_by_key["projects"].complexity] == list(LEVELS)
    assert [module.key for module in RELEASE.modules if module.complexity] == ["projects"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_role_says_what_it_is_after_and_what_it_works_with(language):
    for role in RELEASE.roles:
        assert role.goals.in_language(language)
        assert role.tools.in_language(language)


def test_after_the_four_initiatives_of_mlops_no_question_stays_below_4():
    reached = dict.fromkeys((question.key for question in asked("MLO")), 1)
    for initiative in RELEASE.initiatives:
        for key in reached.keys() & initiative.lifts.keys():
            reached[key] = max(reached[key], min(reached[key] + initiative.lifts[key], initiative.cap))
    assert [key for key, level in reached.items() if level < 4] == []


def test_what_a_release_does_not_say_is_left_out_of_its_export_so_that_its_hash_stays():
    earlier, later = export(catalog.find("dataops@0.9.0")), export(RELEASE)
    assert framework_hash(catalog.find("dataops@0.9.0")) == HASH_OF_0_9_0
    assert "goals" not in earlier["roles"][0]
    assert later["roles"][0]["goals"]["en"].startswith("Decide sooner")
    assert ["complexity" in module for module in later["modules"]] == [False, False, True]
    assert later["modules"][2]["complexity"][0]["level"] == 1


def test_goals_and_complexity_are_optional():
    text = {"en": "One", "pt-br": "Um"}
    named = {"name": text, "description": text}
    assert Module(key="projects", prefixes=("DAV",), **named).complexity == ()
    assert Role(key="ENG", slug="engineer", group="preparers", **named).goals is None


@pytest.fixture
def written(tmp_path):
    """Writes the shipped release with one place of its modules changed, and gives its directory."""

    def write(before, after):
        for file in (catalog.DIRECTORY / "dataops" / "1.0.0").rglob("*.yaml"):
            text = file.read_text(encoding="utf-8")
            if file.name == "modules.yaml":
                assert before in text
                text = text.replace(before, after, 1)
            (tmp_path / file.name).write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_read_out_of_a_question_that_nobody_asks_is_refused_with_its_line(written):
    with pytest.raises(FrameworkError, match=r"modules\.yaml:\d+: .*MLO\.99 is not in questions"):
        load(written("MLO.7: 4", "MLO.99: 4"))


def test_a_complexity_without_its_five_levels_in_order_is_refused(written):
    complexity = '      - level: 1\n        en: "One source'
    with pytest.raises(FrameworkError, match=r"complexity: is of the levels \[2, 2, 3, 4, 5\]"):
        load(written(complexity, complexity.replace("level: 1", "level: 2")))

"""Teams with quarters of results, in a process of its own with the installation's settings; prints what it made.

    python -m tests.benchmarks.seeding TEAMS QUARTERS

The first teams are the demo's, closed by the product. All others are copies of theirs, made inside PostgreSQL: results
of all quarters, single answers of the latest (of 20,000 teams at most: a million and a half rows). Of more than 1,000
teams only the latest quarter has the whole card and the answers in its result; the others have the scores that
dashboards read. Writers have an open assessment each.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from assessment.actions import open_assessment  # noqa: E402
from assessment.actions.quarters import _counted, _results  # noqa: E402
from assessment.models import Answer, Assessment, Quarter, Respondent, Result  # noqa: E402
from assessment.periods import shifted  # noqa: E402
from assessment.quarters import added_up, figures  # noqa: E402
from config.demo import OWNER_EMAIL  # noqa: E402
from config.sessions import SessionStore  # noqa: E402
from manifesto import catalog  # noqa: E402
from manifesto.export import framework_hash  # noqa: E402
from organizations.models import Membership, Organization, Role, Team, User  # noqa: E402

PATTERNS = 20
WRITERS, CLOSERS, READERS = 210, 60, 20
WHOLE_RESULTS, MOST_WITH_ANSWERS = 1000, 20_000


def main(teams: int, quarters: int) -> None:
    call_command("load_demo", teams=min(teams, PATTERNS), quarters=quarters, verbosity=0, stdout=sys.stderr)
    organization = Organization.objects.get()
    patterns = list(organization.teams.order_by("pk"))
    latest = Result.objects.standing().order_by("-period").first().period
    if teams > len(patterns):
        copy(organization, patterns, teams - len(patterns), latest)
        count(organization, patterns)
    place = organization if teams >= 2 * (WRITERS + CLOSERS) else Organization.objects.create(name="Writers")
    owner = User.objects.get(email=OWNER_EMAIL)
    if place != organization:
        Membership.objects.create(user=owner, organization=place, role=Role.OWNER)
    writers = open_for_writers(place, shifted(latest, 2))
    vacuum()
    readers = [person(f"reader{number}") for number in range(READERS)]
    for reader in readers:
        Membership.objects.create(user=reader, organization=organization, role=Role.VIEWER)
    told = {
        "teams": organization.teams.count(),
        "results": Result.objects.count(),
        "answers": Answer.objects.count(),
        "organization": organization.pk,
        "latest": latest,
        "owner": session_of(owner),
        "readers": [session_of(reader) for reader in readers],
        **writers,
    }
    print(json.dumps(told))


def person(name: str) -> User:
    return User.objects.create(email=f"{name}@benchmark.example", name=name, password="!")


def session_of(user: User) -> str:
    """The key of a session in which the person is signed in."""
    store = SessionStore()
    store[SESSION_KEY], store[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store.save()
    return store.session_key


# Copies ---------------------------------------------------------------------------------------------------------------


def copy(organization: Organization, patterns: list[Team], number: int, latest: str) -> None:
    """So many more teams, each like one of the patterns. Nothing is lost by a crash that would end the run, too."""
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
        cursor.execute("SET session_replication_role = replica")  # copies point where their originals do: no checks
        cursor.execute("CREATE TEMP TABLE pattern AS SELECT unnest(%s) AS id, generate_series(0, %s) AS place",
                       [[team.pk for team in patterns], len(patterns) - 1])  # fmt: skip
        cursor.execute(
            f"""CREATE TEMP TABLE copied_team AS
            SELECT {next_of("organizations_team")} AS id, pattern.id AS source, number
            FROM generate_series(1, %s) AS number JOIN pattern ON pattern.place = number %% %s""",
            [number, len(patterns)],
        )
        insert(cursor, Team, "copied_team", name="'Team ' || lpad(made.number::text, 6, '0')", archived_at="NULL")
        cursor.execute(
            f"""CREATE TEMP TABLE copied_assessment AS
            SELECT {next_of("assessment_assessment")} AS id, own.id AS source, copied_team.id AS team, own.period
            FROM copied_team JOIN assessment_assessment own ON own.team_id = copied_team.source
            WHERE own.closed_at IS NOT NULL"""
        )
        cursor.execute("ANALYZE copied_team, copied_assessment")
        insert(cursor, Assessment, "copied_assessment", team_id="made.team", previous_id="NULL")
        cursor.execute(
            f"""CREATE TEMP TABLE copied_result AS
            SELECT {next_of("assessment_result")} AS id, own.id AS source, made.id AS assessment, made.team, own.period
            FROM copied_assessment made JOIN assessment_result own ON own.assessment_id = made.source
            WHERE own.withdrawn_at IS NULL"""
        )
        parts = {"assessment_id": "made.assessment", "team_id": "made.team"}
        if number > WHOLE_RESULTS:
            whole = f"CASE WHEN made.period = '{latest}' THEN own.{{}} ELSE '{{}}'::jsonb END"
            parts["answers"] = f"CASE WHEN made.period = '{latest}' THEN own.answers ELSE '{{}}'::jsonb END"
            parts["scorecard"] = whole.replace("own.{}", "own.scorecard").replace("'{}'", """'{"questions": {}}'""")
        insert(cursor, Result, "copied_result", **parts)
        cursor.execute(
            f"""CREATE TEMP TABLE copied_respondent AS
            SELECT {next_of("assessment_respondent")} AS id, own.id AS source, made.id AS assessment
            FROM copied_assessment made JOIN assessment_respondent own ON own.assessment_id = made.source
            JOIN copied_team ON copied_team.id = made.team AND copied_team.number <= %s
            WHERE made.period = %s""",
            [MOST_WITH_ANSWERS, latest],
        )
        insert(cursor, Respondent, "copied_respondent", assessment_id="made.assessment")
        cursor.execute(
            f"""CREATE TEMP TABLE copied_answer AS
            SELECT {next_of("assessment_answer")} AS id, own.id AS source, made.id AS respondent
            FROM copied_respondent made JOIN assessment_answer own ON own.respondent_id = made.source"""
        )
        insert(cursor, Answer, "copied_answer", respondent_id="made.respondent")
        cursor.execute("SET session_replication_role = DEFAULT")


def next_of(table: str) -> str:
    return f"nextval(pg_get_serial_sequence('{table}', 'id'))"


def insert(cursor, model, made: str, **parts: str) -> None:
    """Rows of the model like those that `made` names in `source`, but for these columns."""
    columns = [field.column for field in model._meta.concrete_fields if field.column != "id"]
    values = ", ".join(parts.get(column, f'own."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    table = model._meta.db_table
    cursor.execute(
        f"INSERT INTO {table} (id, {names}) SELECT made.id, {values} "
        f"FROM {made} made JOIN {table} own ON own.id = made.source"
    )


def count(organization: Organization, patterns: list[Team]) -> None:
    """The counts of all quarters: those of each pattern as often as there are teams like it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT source, count(*) FROM copied_team GROUP BY source")
        copies = dict(cursor.fetchall())
    total: dict[str, Counter] = {}
    for team in patterns:
        for period, added in _counted(_results([team.pk])).items():
            several = Counter({name: number * (1 + copies.get(team.pk, 0)) for name, number in added.items()})
            total.setdefault(period, Counter()).update(several)
    for period, counts in total.items():
        counts = added_up(counts, {}, {})
        Quarter.objects.filter(organization=organization, period=period).update(counts=counts, figures=figures(counts))


# Who writes -----------------------------------------------------------------------------------------------------------


def open_for_writers(organization: Organization, period: str) -> dict:
    """Open assessments in which nothing is answered yet, and some in which everything is; one person for each."""
    framework = catalog.current()
    teams = list(organization.teams.filter(archived_at=None).exclude(assessments__closed_at=None).order_by("-pk"))
    teams = teams[: WRITERS + CLOSERS]
    while len(teams) < WRITERS + CLOSERS:
        name = f"Writers {len(teams):03d}"
        teams.append(Team.objects.create(organization=organization, name=name, people=5))
    found: dict[str, list] = {"writers": [], "closers": []}
    for number, team in enumerate(teams):
        user = person(f"writer{number}")
        Membership.objects.create(user=user, organization=organization, role=Role.LEAD, team=team)
        assessment = open_assessment(
            user=user, team=team, framework=framework, framework_hash=framework_hash(framework), period=period,
            mode="single", form="full", scope="Everything", now=timezone.now(),
        )  # fmt: skip
        kind = "writers" if number < WRITERS else "closers"
        if kind == "closers":
            answer_everything(assessment, framework)
        found[kind].append({"session": session_of(user), "assessment": assessment.pk, "team": team.pk})
    found["questions"] = [
        {"key": question.key, "subject": question.subject}
        for question in framework.form_questions("full")
        if question.scope != "organization"
    ]
    return found


def answer_everything(assessment: Assessment, framework) -> None:
    sheet = assessment.respondents.get()
    Answer.objects.bulk_create(
        Answer(
            respondent=sheet, question_key=question.key, question_revision=question.revision, state="answered",
            level=1 + number % 4, version=1, updated_at=timezone.now(),
        )
        for number, question in enumerate(framework.form_questions("full"))
        if question.scope != "organization"
    )  # fmt: skip


def vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("CHECKPOINT")


main(int(sys.argv[1]), int(sys.argv[2]))

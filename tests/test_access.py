"""Every address of the product against everybody who has no business there.

The routes come from the URL configuration. One that takes arguments and has no entry in ROUTES, PUBLIC or BY_TOKEN
fails: who adds an address says what it addresses, and, if it writes, what to post.
"""

from __future__ import annotations

import copy
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from django.utils.http import int_to_base36

from assessment.actions import ProjectEntry, prepare_organization_sheet, save_project
from assessment.forms import prefix_of
from assessment.models import Assessment
from jobs.models import Job
from manifesto import catalog
from manifesto.export import framework_hash
from organizations import actions as people
from organizations.models import Role, Team, User
from reports import files
from reports.actions import add_scenario, request_report, save_scenario
from reports.adoption import adopt
from reports.delivery.actions import share_report
from reports.models import AdoptedPlan, Report, SolvedPlan, TeamInitiative
from reports.organization_report import request_organization_report
from reports.own_words import save_logo
from reports.pictures import cleaned
from reports.plans import Choices, choices_for
from tests.assessment.rooms import close, level, opened, save
from tests.cast import NOW, confirm, join, make_cast, person
from tests.passkeys import credential
from tests.reports.pictures import png
from tests.reports.rooms import result_with_modules

PICTURE = cleaned(png())

# What each route addresses: names of `world`, else words as they stand.
ROUTES = {
    "organization": ("house",),
    "organization-settings": ("house",),
    "audit": ("house",),
    "organization-security": ("house",),
    "team-new": ("house",),
    "people": ("house",),
    "member": ("house", "membership"),
    "member-remove": ("house", "membership"),
    "member-data": ("house", "membership"),
    "member-erase": ("house", "membership"),
    "invitation-revoke": ("house", "invitation"),
    "team-settings": ("atlas",),
    "team-people": ("atlas",),
    "team-member": ("atlas", "membership"),
    "team-member-remove": ("atlas", "membership"),
    "team-invitation-revoke": ("atlas", "invitation"),
    "team-archive": ("atlas",),
    "team-restore": ("archived",),
    "team": ("atlas",),
    "team-welcome": ("atlas",),
    "start-assessment": ("fresh",),
    "assessment": ("open",),
    "about": ("open_named",),
    "assessment-settings": ("open",),
    "continue": ("open",),
    "blank": ("open",),
    "section": ("open", "P09"),
    "save-answer": ("open", "P09.1"),
    "history": ("open", "P09.1"),
    "check-evidence": ("open", "P09.1"),
    "organization-answers": ("house",),
    "projects": ("open",),
    "project-new": ("open",),
    "project": ("open", "project"),
    "project-remove": ("open", "project"),
    "check-answers": ("open",),
    "close": ("open",),
    "end-without-result": ("open_anonymous",),
    "undo": ("closed",),
    "carry": ("closed",),
    "team-results": ("scored",),
    "results": ("closed",),
    "results.csv": ("closed",),
    "answers.csv": ("closed",),
    "answers.xlsx": ("closed",),
    "result-subject": ("closed", "P09"),
    "result-challenges": ("closed",),
    "result-challenges.csv": ("closed",),
    "result-module": ("closed_with_modules", "mlops"),
    "result-module.csv": ("closed_with_modules", "mlops"),
    "result-module.xlsx": ("closed_with_modules", "mlops"),
    "team-outcomes": ("scored",),
    "outcomes.csv": ("scored",),
    "outcome": ("scored", "2026-Q1"),
    "results.xlsx": ("closed",),
    "roadmap-file": ("closed", "csv"),
    "roadmap-tickets": ("closed",),
    "plan-file": ("plan", "json"),
    "plan-tickets": ("plan",),
    "dashboard.xlsx": ("house",),
    "joint-initiatives": ("house",),
    "team-roadmap": ("scored",),
    "roadmap": ("closed",),
    "best-plan": ("closed",),
    "scenarios": ("closed",),
    "scenario-rename": ("closed", "scenario"),
    "scenario-remove": ("closed", "scenario"),
    "adopt": ("closed", "scenario"),
    "adopted-plan": ("plan",),
    "plan-item": ("plan", "item"),
    "team-initiatives": ("scored",),
    "team-initiative": ("scored", "own"),
    "team-initiative-remove": ("scored", "own"),
    "reports": ("closed",),
    "findings": ("closed",),
    "finding": ("closed", "P09"),
    "organization-reports": ("house",),
    "organization-reports-follow": ("house",),
    "organization-report-file": ("house", "organization_report"),
    "organization-tell-when-ready": ("house", "organization_report"),
    "organization-share-links": ("house", "organization_report"),
    "organization-share-link-revoke": ("house", "organization_report", "organization_link"),
    "logos": ("house",),
    "logo-image": ("house", "client"),
    "logo-remove": ("house", "client"),
    "report": ("report",),
    "report-file": ("report",),
    "report-interactive": ("report",),
    "tell-when-ready": ("report",),
    "share-links": ("report",),
    "share-link-revoke": ("report", "share_link"),
    "report-schedule": ("atlas",),
    "retry-report": ("failed_report",),
    "dashboard": ("house",),
    "dashboard.csv": ("house",),
    "dashboard-subject": ("house", "P09"),
    "dashboard-subject.csv": ("house", "P09"),
}
# What the routes that write are sent: enough for an owner's post to change something.
ANSWER = {"P09_1-choice": "3", "P09_1-version": "1", "P09_2-version": "0", "P09_3-version": "0"}
FOR_ALL_TEAMS = {f"{prefix_of(q.key)}-version": "0" for q in catalog.current().organization_questions} | {
    "ORG_1-choice": "3"
}
OWN = {"name": "Owner per table", "done_when": "Each shows one name", "effort": "2", "cap": "4", "question_1": "P09.1",
       "lift_1": "2"}  # fmt: skip
WRITES = {
    "organization-security": {"required": "on"},
    "organization-settings": {"name": "Renamed", "language": "en", "time_zone": "UTC"},
    "team-new": {"name": "Cirrus", "people": "4"},
    "people": {"email": "new@example.org", "role": "viewer"},
    "member": {"role": "viewer"},
    "member-remove": {},
    "member-data": {},
    "member-erase": {"email": "bob@example.org"},
    "invitation-revoke": {},
    "team-settings": {"name": "Renamed", "people": "9"},
    "team-people": {"email": "new@example.org", "role": "viewer"},
    "team-member": {"role": "viewer"},
    "team-member-remove": {},
    "team-invitation-revoke": {},
    "team-archive": {},
    "team-restore": {},
    "start-assessment": {"scope": "Orders", "form": "full", "mode": "single"},
    "about": {},
    "assessment-settings": {"scope": "Less", "period": "2026-Q3"},
    "section": ANSWER,
    "save-answer": ANSWER,
    "check-evidence": {"P09_1-version": "1"},
    "organization-answers": FOR_ALL_TEAMS,
    "project-new": {"name": "Churn alert", "version": "0"},
    "project": {"name": "Renamed", "version": "1"},
    "project-remove": {"version": "1"},
    "close": {},
    "end-without-result": {},
    "undo": {},
    "carry": {},
    "roadmap": {"preset": "ambitious", "people": "9", "version": "1"},
    "best-plan": {},
    "outcome": {"lead_time": "4.5", "version": "0"},
    "scenarios": {"name": "Half the time"},
    "scenario-rename": {"name": "Renamed"},
    "scenario-remove": {},
    "adopt": {"version": "1"},
    "plan-item": {"version": "1", "status": "doing"},
    "team-initiatives": OWN,
    "team-initiative": OWN | {"version": "1"},
    "team-initiative-remove": {"version": "1"},
    "reports": {"language": "pt-br"},
    "finding": {"text_en": "Seen on site", "text_pt_br": "", "version": "0"},
    "organization-reports": {"period": "2026-Q3", "language": "pt-br"},
    "logos": {"place": "client", "alt": "House of data"},
    "logo-remove": {},
    "retry-report": {},
    "tell-when-ready": {},
    "share-links": {"days": "7"},
    "share-link-revoke": {},
    "organization-reports-follow": {"follow": "yes"},
    "organization-tell-when-ready": {},
    "organization-share-links": {"days": "7"},
    "organization-share-link-revoke": {},
    "report-schedule": {"audiences": "lead", "languages": "en", "version": "0"},
}
# Forms whose address names no object: one's own account, a new organization, an invitation that a new person accepts.
WRITES_WITHOUT_OBJECT = {
    "account": {"name": "Renamed", "language": "en", "time_zone": "UTC"},
    "organization-new": {"name": "Cirrus", "language": "en", "time_zone": "UTC"},
    "invitation": {"name": "Nina", "password": "correct horse battery"},
}
# Pages for everybody, and those that a secret in the address opens.
PUBLIC = {
    "principle": ("{principle}",),
    "initiative": ("{initiative}",),
    "chapter": ("{chapter}",),
    "module": ("{module}",),
}
BY_TOKEN = {
    "invitation": ("{token}",),
    "login-link": ("{token}",),
    "openid_connect_callback": ("{token}",),
    "shared": ("{token}",),
    "account_confirm_email": ("{token}",),
    "account_reset_password_from_key": ("{person}", "{token}"),
}
# What belongs to one person alone, here Olivia: colleagues find it as little as strangers do.
OF_ONE_PERSON = {
    "session-end": ("session",),
    "mfa_edit_webauthn": ("passkey",),
    "mfa_remove_webauthn": ("passkey",),
}
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
THEIR_OWN = {"house": "elsewhere", "atlas": "comet"}
ONE_IS_ENOUGH = pytest.mark.one_database("they ask as others in the same test do")


@dataclass(frozen=True)
class Route:
    """An address of the URL configuration, and whether it or what includes it takes arguments."""

    name: str | None
    callback: Callable
    takes_arguments: bool


def routes(patterns=None, above=False) -> list[Route]:
    """Every route of the URL configuration, included ones too."""
    found = []
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        takes_arguments = above or bool(pattern.pattern.regex.groups)
        if hasattr(pattern, "url_patterns"):
            found += routes(pattern.url_patterns, takes_arguments)
        else:
            found.append(Route(pattern.name, pattern.callback, takes_arguments))
    return found


def plain_addresses() -> list[str]:
    """The addresses without arguments, but for signing out."""
    names = {route.name for route in routes() if route.name and not route.takes_arguments}
    return [reverse(name) for name in sorted(names - {"account_logout"})]


@pytest.fixture(scope="module")
def world_made_once(made_once) -> SimpleNamespace:
    return made_once(lambda: make_world(make_cast()))


@pytest.fixture
def world(world_made_once, db) -> SimpleNamespace:
    """A world of the test's own: what it changes in rows, files and objects is undone for the next one."""
    world = copy.deepcopy(world_made_once)
    write_files(world)
    return world


def write_files(world: SimpleNamespace) -> None:
    files.write(files.path_of(world.report), b"%PDF-1.7 of Data House")
    files.write(files.path_of(world.organization_report), b"%PDF-1.7 of all teams")


def make_world(cast: SimpleNamespace) -> SimpleNamespace:
    """The cast, Frank who leads Boreal, and one of everything that an address can name, all of it of Data House."""
    now = timezone.now()
    fresh, archived, scored, modelling, quiet = (
        Team.objects.create(organization=cast.house, name=name)
        for name in ("Fresh", "Archived", "Scored", "Modelling", "Quiet")
    )
    people.archive_team(team=archived, actor=cast.olivia, now=now)
    frank, gina, hugo = person("Frank"), person("Gina"), person("Hugo")
    for user in User.objects.all():  # allauth mirrors an address into a table of its own when it first needs it
        EmailAddress.objects.create(user=user, email=user.email, primary=True)
    join(frank, cast.house, Role.LEAD, cast.boreal)
    join(person("Vilma"), cast.house, Role.VIEWER, cast.boreal)
    join(gina, cast.elsewhere, Role.ADMIN)
    join(hugo, cast.elsewhere, Role.VIEWER)
    Authenticator.objects.create(user=cast.olivia, type="totp", data={"secret": "S"})
    passkey = Authenticator.objects.create(
        user=cast.olivia, type="webauthn", data={"name": "Key", "credential": credential()}
    )
    session = UserSession.objects.create(user=cast.olivia, ip="127.0.0.1", session_key="s" * 32, user_agent="")
    invitation, token = people.invite(
        organization=cast.house, actor=cast.olivia, email="nina@example.org", role=Role.MEMBER, team=cast.atlas, now=now
    )
    current = catalog.current()
    prepare_organization_sheet(
        user=cast.olivia, organization=cast.house, framework=current, framework_hash=framework_hash(current), now=now
    )
    unfinished = opened(cast, framework=current, framework_hash=framework_hash(current), modules=["projects"])
    project = save_project(
        user=cast.alice, assessment_id=unfinished.pk, entry=ProjectEntry("Fraud alert", {}), version=0, now=now
    )
    save(cast.alice, unfinished, entry=level(5, evidence_url="wiki"))
    short = opened(cast, team=scored, user=cast.carla, form="short", now=now)
    save(cast.carla, short, entry=level(2))
    result = close(cast.carla, short, now)
    first = save_scenario(user=cast.carla, result=result, choices=Choices(people=7, preset="ambitious"), now=now)
    plan = adopt(user=cast.carla, result=result, scenario=first, version=1, now=now)
    scenario = add_scenario(user=cast.carla, result=result, name="Spare", choices=Choices(people=7), now=now)
    own = TeamInitiative.objects.create(
        team=scored, number=1, name="Own", done_when="Seen", effort=1, lifts={"P10.1": "1"}, updated_at=now
    )
    report, failed = (
        request_report(user=cast.carla, result=result, choices=choices_for(result), language=language, now=NOW)
        for language in ("en", "pt-br")
    )
    Job.objects.filter(pk=report.job_id).update(state=Job.State.DONE)
    Job.objects.filter(pk=failed.job_id).update(state=Job.State.FAILED)
    Job.objects.filter(kind=SolvedPlan.KIND).update(state=Job.State.FAILED)
    Report.objects.filter(pk=report.pk).update(file=files.name_of(report))
    report.refresh_from_db()
    share_link, share_token = share_report(user=cast.carla, report=report, days=7, now=now)
    whole = request_organization_report(
        user=cast.carla, organization=cast.house, period=short.period, language="en", now=NOW
    )
    Job.objects.filter(pk=whole.job_id).update(state=Job.State.DONE)
    type(whole).objects.update(file="reports/all.pdf")
    whole.refresh_from_db()
    organization_link, organization_token = share_report(user=cast.carla, report=whole, days=7, now=now)
    save_logo(user=cast.carla, organization=cast.house, place="client", picture=PICTURE, alt="Data House", now=NOW)
    return SimpleNamespace(
        **vars(cast),
        frank=frank,
        gina=gina,
        hugo=hugo,
        vilma=User.objects.get(name="Vilma"),
        zoe=person("Zoe"),
        passkey=passkey,
        session=session,
        fresh=fresh,
        archived=archived,
        scored=scored,
        membership=cast.bob.memberships.get(),
        invitation=invitation,
        token=token,
        open=unfinished,
        project=project,
        open_named=opened(cast, team=cast.boreal, user=cast.carla, mode="named"),
        open_anonymous=opened(cast, team=quiet, user=cast.carla, mode="anonymous"),
        closed=Assessment.objects.get(pk=short.pk),
        closed_with_modules=result_with_modules(cast, team=modelling).assessment,
        report=report,
        organization_report=whole,
        organization_link=organization_link,
        organization_token=organization_token,
        plan=plan,
        item=plan.items.in_order().first(),
        scenario=scenario,
        own=own,
        failed_report=failed,
        share_link=share_link,
        share_token=share_token,
    )


def address(world, name: str, *, instead: dict | None = None) -> str:
    words = [(instead or {}).get(word, word) for word in (ROUTES | OF_ONE_PERSON)[name]]
    return reverse(name, args=[getattr(world, word).pk if hasattr(world, word) else word for word in words])


def client_of(user=None, **options) -> Client:
    """A browser of the person, who has just confirmed with a password that it is they."""
    client = Client(**options)
    if user:
        client.force_login(user)
        confirm(client, user)
    return client


def data() -> dict[str, list]:
    """Every row of every table, but for sessions."""
    kept = [model for model in apps.get_models() if model is not Session]
    return {model._meta.label: list(model.objects.order_by("pk").values_list()) for model in kept}


def changed(before: dict, after: dict) -> list[str]:
    return [label for label in before if before[label] != after[label]]


def body_of(name: str) -> dict:
    """What the route's form sends: the current quarter, the adopted plan, and what is listed."""
    body = dict(WRITES.get(name, {}))
    if name == "start-assessment":
        today = timezone.localdate()
        body["period"] = f"{today.year}-Q{(today.month - 1) // 3 + 1}"
    if name == "adopt":
        body["adopted"] = str(AdoptedPlan.objects.get(ended_at=None).pk)
    return body


def statuses(world, client: Client, names=tuple(ROUTES)) -> dict[tuple[str, str], int]:
    """What GET and POST of these routes answer."""
    return {
        (name, method.__name__): method(address(world, name), body_of(name)).status_code
        for name in names
        for method in (client.get, client.post)
    }


# --- the tables are complete ------------------------------------------------------------------------------------------


def test_every_route_with_arguments_has_an_entry():
    named = {route.name for route in routes() if route.takes_arguments}
    listed = {*ROUTES, *PUBLIC, *BY_TOKEN, *OF_ONE_PERSON}
    assert named - listed == set(), "say in ROUTES what the new address takes"
    assert listed - named == set(), "this address is gone"


def test_every_route_has_a_name_of_its_own():
    names = [route.name for route in routes() if route.callback.__module__.split(".")[0] != "django" and route.name]
    assert sorted(names) == sorted(set(names))


@pytest.mark.parametrize("name", sorted(WRITES))
def test_an_owner_who_posts_changes_something(world, name):
    """Without this the refusals below would prove nothing."""
    client = client_of(world.olivia)
    before = data()
    assert client.post(address(world, name), body_of(name)).status_code in (200, 302, 303)
    assert changed(before, data())


@pytest.mark.parametrize("name", sorted(set(ROUTES) - set(WRITES)))
def test_an_address_that_isnt_listed_as_writing_writes_nothing(world, name):
    everything = {key: value for sent in map(body_of, WRITES) for key, value in sent.items()}
    client = client_of(world.olivia)
    before = data()
    assert client.post(address(world, name), everything).status_code < 500
    assert not changed(before, data())


# --- people of another organization or team ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "someone", ["dave", *(pytest.param(name, marks=ONE_IS_ENOUGH) for name in ("gina", "hugo", "zoe"))]
)
def test_other_organizations_objects_are_not_found_by_any_role_with_any_method(world, someone):
    """An owner, an administrator and a viewer of another organization, and somebody who belongs to none."""
    client = client_of(getattr(world, someone))
    before = data()
    assert answers_beside(world, client, ROUTES, {404, 405}) == {}
    assert not changed(before, data())


@pytest.mark.parametrize("someone", ["dave", "gina", "carla", "bob"])
def test_what_belongs_to_one_person_is_found_by_nobody_else(world, someone):
    """Not by strangers, not by administrators of the same organization."""
    client = client_of(getattr(world, someone))
    before = data()
    wrong = answers_beside(world, client, OF_ONE_PERSON, {404, 405})
    assert {route: status for route, status in wrong.items() if route[1] != "options"} == {}
    assert not changed(before, data())


def test_only_a_wrong_method_answers_405_to_a_stranger(world):
    client = client_of(world.dave)
    for name in ROUTES:
        answers = {client.get(address(world, name)).status_code, client.post(address(world, name)).status_code}
        assert 404 in answers, name


def test_other_organizations_objects_are_not_found_through_ones_own(world):
    client = client_of(world.dave)
    mixed = [name for name, words in ROUTES.items() if len(words) > 1 and all(hasattr(world, word) for word in words)]
    assert {"member", "member-remove", "invitation-revoke"} <= set(mixed)
    before = data()
    for name in mixed:
        url = address(world, name, instead=THEIR_OWN)
        assert {client.get(url).status_code, client.post(url, body_of(name)).status_code} <= {404, 405}, name
    assert not changed(before, data())


@pytest.mark.parametrize("someone", [pytest.param("frank", marks=ONE_IS_ENOUGH), "vilma"])
def test_people_of_another_team_of_the_house_find_none_of_this_teams_objects(world, someone):
    client = client_of(getattr(world, someone))
    others = [name for name, words in ROUTES.items() if words[0] not in ("house", "open_named")]
    before = data()
    assert answers_beside(world, client, others, {404, 405}) == {}
    assert not changed(before, data())


def answers_beside(world, client: Client, names, expected: set[int]) -> dict[tuple[str, str], int]:
    """Each route and method that answered something else than expected."""
    found = {
        (name, method): getattr(client, method)(address(world, name), body_of(name)).status_code
        for name in names
        for method in METHODS
    }
    return {route: status for route, status in found.items() if status not in expected}


def test_methods_that_no_page_knows_are_refused_and_change_nothing_for_an_owner_either(world):
    client = client_of(world.olivia)
    urls = [*plain_addresses(), *(address(world, name) for name in (*ROUTES, *OF_ONE_PERSON))]
    before = data()
    for url in urls:
        for method in ("put", "patch", "delete"):
            assert getattr(client, method)(url).status_code == 405, (url, method)
        assert client.options(url).status_code < 500, url
    assert not changed(before, data())


def test_anonymous_people_are_sent_to_sign_in(world):
    client = client_of()
    before = data()
    for name in ROUTES:
        for method in (client.get, client.post):
            url = address(world, name)
            response = method(url, body_of(name))
            assert response.status_code in (302, 405), name
            if response.status_code == 302:
                assert response.url.startswith(f"{reverse('account_login')}?next="), name
    assert not changed(before, data())


def test_a_disabled_person_is_out_at_once(world):
    client = client_of(world.olivia)
    assert client.get(address(world, "people")).status_code == 200
    world.olivia.is_active = False
    world.olivia.save()
    assert client.get(address(world, "people")).status_code == 302
    assert client.post(address(world, "team-archive")).url.startswith(reverse("account_login"))


def test_there_is_no_second_door():
    """No admin site: every write goes through an action that is recorded, and there is one sign-in to guard."""
    assert not apps.is_installed("django.contrib.admin")
    assert not [route for route in routes() if "admin" in (route.callback.__module__ or "")]


# --- readers ----------------------------------------------------------------------------------------------------------


def test_viewers_read_and_change_nothing(world):
    client = client_of(world.erin)
    before = data()
    answers = statuses(world, client)
    wrong = {name: answers[name, "post"] for name in WRITES if answers[name, "post"] not in (403, 405)}
    assert wrong == {}
    assert [route for route, status in answers.items() if status >= 500] == []
    assert not changed(before, data())


def test_viewers_of_one_team_change_nothing_either(world):
    viewer = person("Vera")
    for team in (world.atlas, world.boreal, world.scored, world.fresh, world.archived):
        join(viewer, world.house, Role.VIEWER, team)
    client = client_of(viewer)
    before = data()
    answers = statuses(world, client)
    wrong = {name: answers[name, "post"] for name in WRITES if answers[name, "post"] not in (403, 404, 405)}
    assert wrong == {}
    assert not changed(before, data())


@pytest.mark.parametrize("someone", ["olivia", "erin", "bob"])
def test_reading_every_page_twice_changes_nothing(world, someone):
    client = client_of(getattr(world, someone))
    urls = [*plain_addresses(), *(address(world, name) for name in ROUTES)]
    urls.append(reverse("invitation", args=[world.token]))
    urls += [reverse("shared", args=[token]) for token in (world.share_token, world.organization_token)]
    before = data()
    for url in urls * 2:
        assert client.get(url).status_code < 500, url
    assert not changed(before, data())


# --- forged and overfull forms ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("someone", [None, "olivia"])
def test_every_post_without_its_token_is_refused(world, someone):
    client = client_of(someone and getattr(world, someone), enforce_csrf_checks=True)
    urls = [address(world, name) for name in (*ROUTES, *OF_ONE_PERSON)]
    urls += [reverse("invitation", args=[world.token]), reverse("login-link", args=["x"]), reverse("account_logout")]
    before = data()
    wrong = {url: status for url in (*urls, *plain_addresses()) if (status := client.post(url).status_code) != 403}
    assert wrong == {}
    assert not changed(before, data())


def test_fields_that_no_form_has_are_ignored(world):
    """Every field of every model as further input: the form changes what it would have changed, or refuses."""
    before, more, wrong = rows(), every_field(world), {}
    lines = described_rows(before)
    unchanged = picture(before, before, lines)
    for name in (*WRITES, *WRITES_WITHOUT_OBJECT):
        usual, overfull = (picture(before, rows_after(world, name, extra), lines) for extra in ({}, more))
        assert usual != unchanged, name
        if overfull != unchanged and (planted := [line for line in overfull if line not in usual]):
            wrong[name] = planted
    assert wrong == {}


def every_field(world) -> dict[str, str]:
    """A hostile value for each field of each model of ours, by its name."""
    theirs = {Team: world.comet, type(world.house): world.elsewhere, User: world.dave}
    found = {}
    for model in apps.get_models():
        if model.__module__.split(".")[0] in ("organizations", "assessment", "reports", "jobs"):
            for field in model._meta.concrete_fields:
                found[field.name] = found[field.attname] = hostile(field, theirs)
    return found


def hostile(field: models.Field, theirs: dict) -> str:
    if isinstance(field, models.ForeignKey):
        return str(theirs[field.related_model].pk) if field.related_model in theirs else "1"
    if isinstance(field, models.BooleanField):
        return "" if field.default is True else "on"
    if isinstance(field, models.DateTimeField):
        return "2001-01-01 00:00"
    if field.choices:
        return str(field.choices[0][0])  # the first role is that of an owner
    return PLANTED if isinstance(field, models.IntegerField) else "planted"


def rows() -> dict[str, dict]:
    """Every row of every table as a dictionary of its fields, by table and number."""
    kept = [model for model in apps.get_models() if model is not Session]
    return {
        model._meta.label: {row["pk"]: row for row in model.objects.values("pk", *names_of(model))} for model in kept
    }


def names_of(model) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def rows_after(world, name: str, more: dict[str, str]) -> dict[str, dict]:
    """What is there after an owner (a stranger, with an invitation) posted the form and more; then all is as before."""
    sent = more | body_of(name) | WRITES_WITHOUT_OBJECT.get(name, {})
    if name in ROUTES:
        url = address(world, name)
    else:
        url = reverse(name, args=[world.token] if name == "invitation" else [])
    with transaction.atomic():
        client_of(None if name == "invitation" else world.olivia).post(url, sent)
        after = rows()
        transaction.set_rollback(True)
    return after


def described_rows(before: dict) -> dict[str, dict]:
    """Each row in words, by table and number: what stays as it was is described once."""
    none = {label: set() for label in before}
    return {label: {pk: described(label, row, none) for pk, row in before[label].items()} for label in before}


def picture(before: dict, after: dict, lines: dict) -> list[str]:
    """The rows without what differs by chance: numbers of new rows, times, random keys. A planted time shows."""
    new = {label: set(after[label]) - set(before[label]) for label in after}
    return sorted(
        f"{label} {lines[label][pk] if row == before[label].get(pk) else described(label, row, new)}"
        for label in after
        for pk, row in after[label].items()
    )


PLANTED = "31337"
CHANCE = {
    "request_id",
    "token_hash",
    "key",
    "token",
    "save_id",
    "last_login",
    "ended_sessions",
    "password",
    "session_key",
}


def described(label: str, row: dict, new: dict) -> str:
    model, words = apps.get_model(label), {}
    for field in model._meta.concrete_fields:
        value = row[field.attname]
        table = field.related_model._meta.label if isinstance(field, models.ForeignKey) else label
        if field.name in CHANCE:
            value = value if value == "planted" else "chance"
        elif isinstance(value, datetime):
            value = "planted" if value.year == 2001 else "time"
        elif isinstance(value, memoryview):  # so PostgreSQL gives bytes; each time another one
            value = bytes(value)
        elif isinstance(field, models.JSONField):  # numbers of new rows stand there, too
            value = re.sub(rf"\b(?!{PLANTED})\d+\b", "number", repr(value))
        elif (field.primary_key or isinstance(field, models.ForeignKey)) and value in new[table]:
            value = "new"
        words[field.name] = value
    return repr(words)


# --- addresses that somebody made up ----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [0, 10**9, 2**63, 10**30])
def test_numbers_of_nothing_are_not_found(world, number):
    client = client_of(world.olivia)
    for name, words in ROUTES.items():
        url = reverse(name, args=[number if hasattr(world, word) else word for word in words])
        assert {client.get(url).status_code, client.post(url, body_of(name)).status_code} <= {404, 405}, name


@pytest.mark.parametrize("word", ["\x00", "'\"", "{{ 7|add:7 }}", "P09.1\n", "x" * 3000, "%2e%2e", "P99"])
def test_made_up_words_in_addresses_break_nothing(world, word):
    client = client_of(world.olivia)
    before = data()
    for name, words in ROUTES.items():
        if all(hasattr(world, part) for part in words):
            continue
        url = reverse(name, args=[getattr(world, part).pk if hasattr(world, part) else word for part in words])
        assert client.get(url).status_code < 500, name
        assert client.post(url, body_of(name)).status_code < 500, name
    assert not changed(before, data())


@pytest.mark.parametrize("name", sorted(BY_TOKEN))
@pytest.mark.parametrize("someone", [None, "dave"])
def test_guessed_tokens_open_nothing(world, name, someone):
    client = client_of(someone and getattr(world, someone))
    before = data()
    for guess in (secrets.token_urlsafe(16), world.token[:-1], world.token + "A", "x", "0" * 500, "d0-0a1b"):
        words = {"{token}": guess, "{person}": int_to_base36(world.bob.pk)}
        url = reverse(name, args=[words[word] for word in BY_TOKEN[name]])
        response = client.get(url)
        post = client.post(url, {"name": "Mallory", "password": "correct horse battery"})
        assert response.status_code < 500, url
        assert post.status_code < 500, url
        if not name.startswith("account_"):
            assert response.status_code == 404, url
            assert post.status_code in (404, 405), url
    assert not changed(before, data())
    assert bool(someone) == ("_auth_user_id" in client.session)


@pytest.mark.parametrize("fate", ["revoked_at", "accepted_at", "expires_at"])
def test_an_invitation_that_is_over_answers_like_a_guessed_one(world, fate):
    setattr(world.invitation, fate, timezone.now())
    world.invitation.save()
    over = client_of().get(reverse("invitation", args=[world.token]))
    guessed = client_of().get(reverse("invitation", args=[secrets.token_urlsafe(16)]))
    assert over.status_code == guessed.status_code == 404
    assert "nina@example.org" not in over.content.decode()


def test_a_sign_in_link_works_once_and_then_answers_404(world):
    url = reverse("login-link", args=[people.create_login_link(user=world.bob, now=timezone.now())])
    assert client_of().get(url).status_code == 302
    assert client_of().get(url).status_code == 404


def test_tokens_are_not_stored(world):
    link = people.create_login_link(user=world.bob, now=timezone.now())
    stored = repr(data())
    assert world.token not in stored
    assert link not in stored

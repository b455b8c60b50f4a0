"""The report about all teams: who stands where by name, what they lack alike, and no ranking."""

from __future__ import annotations

import hashlib
import io

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from pypdf import PdfReader

from jobs.models import Job
from organizations.models import Team
from reports import browser
from reports.briefing.organization import build_organization_briefing, build_organization_figures
from reports.files import path_of
from reports.gathering import logos_of
from reports.models import OrganizationReport
from reports.organization_report import (
    NothingAssessed,
    build_organization_document,
    organization_data,
    request_organization_report,
)
from reports.verification import verify
from tests.assessment.rooms import LATER
from tests.reports.rooms import do_job, planned_result
from tests.reports.sample import HOSTILE

PERIOD = "2026-Q3"


@pytest.fixture(autouse=True)
def media(settings, tmp_path, monkeypatch):
    def draw(figures):
        raise browser.BrowserUnavailable("No Chromium is installed.")

    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(browser, "draw", draw)


@pytest.fixture
def teams(cast):
    """Zeta and Atlas are assessed, Boreal isn't; quality is at 1 in both, everything else at 3."""
    zeta = Team.objects.create(organization=cast.house, name="Zeta")
    planned_result(cast, team=zeta, user=cast.carla)
    planned_result(cast)
    return cast


def briefing(cast, language="en"):
    data = organization_data(cast.house, PERIOD, language, logos_of(cast.house.pk))
    return build_organization_briefing(data, language)


def wanted(cast, language="en") -> OrganizationReport:
    return request_organization_report(
        user=cast.carla, organization=cast.house, period=PERIOD, language=language, now=LATER
    )


def test_teams_stand_by_name_with_level_and_score_also_those_that_werent_assessed(teams):
    rows = briefing(teams).teams.rows
    assert [row[0] for row in rows] == ["Atlas", "Boreal", "Zeta"]
    assert rows[1][1:3] == ("–", "not assessed")
    assert rows[0][1] == rows[2][1]


def test_levels_are_counted_not_ranked(teams):
    told = briefing(teams)
    assert sum(entry.teams for entry in told.levels) == 2
    assert [entry.level for entry in told.levels] == [1, 2, 3, 4, 5]


def test_what_most_teams_lack_is_named_with_the_challenges_that_it_feeds(teams):
    assert briefing(teams).gaps == (
        "P15 quality checks: median 1.0, below level 2 in 2 of 2 teams "
        "(Data contain errors and Bad data make bad reports)",
    )


def test_decisions_sponsor_one_fix_and_ask_for_the_teams_that_are_missing(teams):
    sponsor, assess, again = briefing(teams).decisions
    assert sponsor.title.endswith("in 2 teams at once")
    assert sponsor.otherwise == "P15 quality checks stay below level 2 in 2 teams."
    assert assess.title == "Have the other teams assessed: Boreal"
    assert again.title == "Assess again in the next quarter"


def test_with_a_rate_the_fix_has_a_price(teams):
    type(teams.house).objects.update(currency="BRL", person_week_rate=8000)
    teams.house.refresh_from_db()
    assert "(R$" in briefing(teams).decisions[0].cost


def test_the_heatmap_shows_the_assessed_teams_in_the_order_of_their_names(teams):
    data = organization_data(teams.house, PERIOD, "en", logos_of(teams.house.pk))
    figures = build_organization_figures(data, "en")
    assert list(figures) == ["map-1"]
    assert list(figures["map-1"].layout["xaxis"]["ticktext"]) == ["Atlas", "Zeta"]


def test_a_quarter_without_results_has_no_report(teams):
    with pytest.raises(NothingAssessed):
        organization_data(teams.house, "2026-Q1", "en", logos_of(teams.house.pk))


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_the_document_is_tagged_and_says_the_same_in_the_same_bytes(teams, language):
    made = [
        build_organization_document(teams.house, PERIOD, language, lambda *_: None, logos_of(teams.house.pk)).pdf
        for _ in range(2)
    ]
    assert made[0] == made[1]
    reader = PdfReader(io.BytesIO(made[0]))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert {"en": "Teams by level", "pt-br": "Equipes por nível"}[language] in reader.pages[0].extract_text()
    assert {"en": "How to read", "pt-br": "Como ler"}[language] in reader.pages[0].extract_text()


def test_names_are_printed_literally(teams):
    Team.objects.filter(name="Zeta").update(name=HOSTILE[:80])
    type(teams.house).objects.update(name=HOSTILE)
    teams.house.refresh_from_db()
    made = build_organization_document(teams.house, PERIOD, "en", lambda *_: None, logos_of(teams.house.pk))
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(made.pdf)).pages)
    assert text.count('#panic("x") $x$ *b*') >= 2


# --- page, worker, command --------------------------------------------------------------------------------------------


def test_it_is_asked_for_on_the_page_built_by_the_worker_and_downloaded(sign_in, teams):
    client, address = sign_in(teams.carla), reverse("organization-reports", args=[teams.house.pk])
    assert client.post(address, {"period": PERIOD, "language": "pt-br"}).status_code == 302
    report = OrganizationReport.objects.get()
    assert "being built" in client.get(address).content.decode()
    assert do_job(report.job).state == "done"
    response = sign_in(teams.erin).get(reverse("organization-report-file", args=[teams.house.pk, report.pk]))
    content = b"".join(response.streaming_content)
    report.refresh_from_db()
    assert hashlib.sha256(content).hexdigest() == report.sha256
    assert "dataops-ladder-data-house-2026-Q3-all-teams-pt-br.pdf" in response["Content-Disposition"]
    assert verify(path_of(report)).holds


def test_asking_twice_gives_one_document_until_a_result_changes(teams):
    first = wanted(teams)
    assert wanted(teams).pk == first.pk
    planned_result(teams, team=teams.boreal, user=teams.carla)
    assert wanted(teams).pk != first.pk
    assert Job.objects.filter(kind="organization-report").count() == 2


def test_only_those_who_see_every_team_see_it(sign_in, teams):
    address = reverse("organization-reports", args=[teams.house.pk])
    people = (teams.olivia, teams.carla, teams.erin, teams.alice, teams.bob, teams.dave)
    assert [sign_in(user).get(address).status_code for user in people] == [200, 200, 200, 403, 403, 404]
    assert sign_in(teams.erin).post(address, {"period": PERIOD, "language": "en"}).status_code == 403


def test_the_command_builds_it_and_it_verifies(teams, tmp_path):
    output = tmp_path / "all.pdf"
    call_command("build_report", organization=str(teams.house.pk), output=str(output))
    assert verify(output).holds
    type(teams.house).objects.filter(pk=teams.house.pk).update(name="Renamed")
    assert not verify(output).holds


def test_the_command_names_what_is_wrong(teams, tmp_path):
    with pytest.raises(CommandError, match="no organization of this number"):
        call_command("build_report", organization="99", output=str(tmp_path / "a.pdf"))
    with pytest.raises(CommandError, match="--period 2026-Q1: no team has a result in it; there are 2026-Q3"):
        call_command("build_report", organization=str(teams.house.pk), period="2026-Q1", output=str(tmp_path / "a.pdf"))

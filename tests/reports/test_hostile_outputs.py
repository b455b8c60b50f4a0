"""Everything that a team can type, in everything that leaves the product: literally there, run nowhere, asking nobody.

One world with hostile names and notes in every field; a server on this machine counts who asks it for anything.
"""

from __future__ import annotations

import csv
import email
import email.policy
import html
import io
import json
import re
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import icalendar
import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook
from pypdf import PdfReader

from jobs.models import Job
from organizations.models import Organization, Team, User
from reports import browser, files
from reports.actions import save_scenario
from reports.adoption import ItemEntry, adopt, change_item
from reports.delivery.actions import share_report, tell_when_ready
from reports.models import AdoptedPlan, Notice, OrganizationNotice, Report, TeamInitiative
from reports.organization_report import request_organization_report
from reports.own_words import save_finding, save_logo
from reports.pictures import cleaned
from reports.plans import choices_for
from tests.assessment.rooms import LATER
from tests.reports.pictures import png
from tests.reports.rooms import asked, do_job, planned_result

pytestmark = pytest.mark.one_database("what leaves the product; hostile rows are stored by tests/test_hostile.py")

WORDS = (
    "=1+1 {{{{ 7|add:7 }}}} {{% now 'Y' %}} <img src={url} onerror=alert(1)> </script><script>alert(1)</script> "
    '#image("{url}") $x$ *b* [a]({url}) \u202egnp.x\u202c 🧹 ]]> '
)
EMOJI = "🧹"
KEPT = ("{{ 7|add:7 }}", "{% now 'Y' %}", "onerror=alert(1)", "</script>", "#image(", "$x$ *b*", EMOJI)
"""What has to be found again. Signs that nobody sees may be taken away, and the font of documents has no pictures."""


@pytest.fixture(scope="module")
def canary():
    """A server that nobody should ask: its address, and the paths that were asked for."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield SimpleNamespace(url=f"http://127.0.0.1:{server.server_port}/c", seen=seen)
    server.shutdown()
    assert seen == []


@pytest.fixture(autouse=True)
def quick(monkeypatch, settings, tmp_path):
    def draw(figures):
        raise browser.BrowserUnavailable("No Chromium is installed.")

    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(browser, "draw", draw)


@pytest.fixture
def world(cast, canary):
    """Atlas with hostile words in every name and note, an adopted plan, findings, a logo, and its three readers'
    reports built; long names have 300 characters where the column allows it."""
    words = WORDS.format(url=canary.url)
    long = (words * 3)[:300]
    Team.objects.filter(pk=cast.atlas.pk).update(name=words[:80])
    Organization.objects.filter(pk=cast.house.pk).update(name=words[:120], currency="BRL", person_week_rate=8000)
    User.objects.filter(pk__in=[cast.alice.pk, cast.carla.pk]).update(name=words[:120])
    for row in (cast.atlas, cast.house, cast.alice, cast.carla):
        row.refresh_from_db()
    said = {"note": words, "evidence_url": canary.url, "state": "answered", "level": 2}
    changes = {"P09.1": said, "P10.1": {"state": "not_applicable", "reason": long}}
    own = {"lifts": {"P15.1": "2"}, "effort": 1, "done_when": long, "first_step": words, "updated_at": LATER}
    TeamInitiative.objects.create(team=cast.atlas, number=1, name=words[:160], **own)
    result = planned_result(cast, changes=changes, scope=words)
    wishes = {"preset": "protect", "must_do": frozenset({"T1"}), "excluded": {"I02": words}}
    choices = replace(choices_for(result), **wishes)
    scenario = save_scenario(user=cast.alice, result=result, choices=choices, now=LATER)
    type(scenario).objects.filter(pk=scenario.pk).update(name=words[:60])
    scenario.refresh_from_db()
    plan = adopt(user=cast.alice, result=result, scenario=scenario, version=1, now=LATER)
    entry = {"owner": words[:120], "notes": words + "\r\nEND:VCALENDAR", "evidence": words}
    for item in plan.items.all():
        change_item(
            user=cast.alice, item_id=item.pk, version=1, entry=ItemEntry(quarter=item.quarter, **entry), now=LATER
        )
    for subject in ("", "P15", "P09"):
        said = {"text_en": long if subject == "" else words, "text_pt_br": words, "version": 0, "now": LATER}
        save_finding(user=cast.alice, assessment=result.assessment, subject=subject, **said)
    logo = {"place": "client", "picture": cleaned(png()), "alt": words[:120]}
    save_logo(user=cast.carla, organization=cast.house, now=LATER, **logo)
    return SimpleNamespace(**vars(cast), result=result, plan=plan, words=words)


def built(user, result, audience, language="en") -> Report:
    report = asked(user, result, language, audience=audience)
    tell_when_ready(report=report, user=user, now=LATER)
    assert do_job(report.job).state == "done"
    report.refresh_from_db()
    return report


def missing(text: str) -> set[str]:
    """The marks that don't stand in the text."""
    return {mark for mark in KEPT if mark not in text}


# --- pages ------------------------------------------------------------------------------------------------------------


def test_pages_of_plans_findings_reports_and_links_show_it_as_text(sign_in, world):
    report = built(world.alice, world.result, "lead")
    share_report(user=world.carla, report=report, days=7, note=world.words[:120], now=timezone.now())
    item, assessment = world.plan.items.in_order().first(), world.result.assessment_id
    pages = [
        ("results", [assessment]), ("result-subject", [assessment, "P09"]), ("roadmap", [assessment]),
        ("scenarios", [assessment]), ("roadmap-tickets", [assessment]), ("adopted-plan", [world.plan.pk]),
        ("plan-item", [world.plan.pk, item.pk]), ("plan-tickets", [world.plan.pk]),
        ("team-initiatives", [world.atlas.pk]), ("joint-initiatives", [world.house.pk]),
        ("findings", [assessment]), ("finding", [assessment, "P15"]), ("logos", [world.house.pk]),
        ("reports", [assessment]), ("report", [report.pk]), ("share-links", [report.pk]),
        ("report-schedule", [world.atlas.pk]), ("organization-reports", [world.house.pk]),
        ("audit", [world.house.pk]), ("team-outcomes", [world.atlas.pk]), ("dashboard", [world.house.pk]),
    ]  # fmt: skip
    client = sign_in(world.carla)
    for name, arguments in pages:
        response = client.get(reverse(name, args=arguments))
        page = response.content.decode()
        assert response.status_code == 200, name
        assert "{{ 7|add:7 }}" in html.unescape(page), name
        assert "<img src=http" not in page and "<script>alert" not in page, name


def test_a_shared_page_shows_it_as_text_to_strangers(world):
    report = built(world.alice, world.result, "executive")
    _link, token = share_report(user=world.carla, report=report, days=7, now=timezone.now())
    response = Client().get(reverse("shared", args=[token]))
    page = response.content.decode()
    assert "{{ 7|add:7 }}" in html.unescape(page) and "<img src" not in page
    pdf = Client().post(reverse("shared", args=[token]), {"document": "pdf"})
    assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]+"', pdf["Content-Disposition"])


# --- documents --------------------------------------------------------------------------------------------------------


def text_of_pdf(path) -> str:
    pages = PdfReader(path).pages
    return " ".join(" ".join(page.extract_text() for page in pages).replace("\u200b", "").split())


def doubtful_parts(path) -> list[str]:
    """Actions, scripts and addresses within a PDF that lead out of it."""
    reader = PdfReader(path)
    root = reader.trailer["/Root"]
    links = [part.get_object() for page in reader.pages for part in page.get("/Annots", [])]
    acts = [link["/A"] for link in links if "/A" in link]
    found = [key for key in ("/OpenAction", "/AA", "/AcroForm") if key in root]
    found += [key for key in root.get("/Names", {}) if key not in ("/EmbeddedFiles", "/Dests")]
    return found + [str(act) for act in acts if act["/S"] not in ("/GoTo", "/URI") or "127.0.0.1" in str(act)]


@pytest.mark.parametrize("audience", ["lead", "executive", "consultant"])
def test_a_pdf_its_data_and_the_page_beside_it_hold_it_as_text(world, canary, audience):
    report = built(world.alice, world.result, audience)
    path = files.path_of(report)
    assert missing(text_of_pdf(path)) == {EMOJI}
    assert doubtful_parts(path) == []
    (attached,) = PdfReader(path).attachments["dataops-ladder.json"]
    data = json.loads(bytes(attached))
    assert data["team"] == world.result.team_name
    page = files.path_of(report, files.INTERACTIVE).read_text(encoding="utf-8")
    assert "<img src=http" not in page
    scripts = re.findall(r"<script\b[^>]*>(.*?)</script>", page, re.DOTALL)
    assert page.count("</script>") == len(scripts) and "alert(1)" not in re.sub(r"\\u003c.*?\\u003e", "", scripts[-1])
    policy = html.unescape(re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1])
    assert "default-src 'none'" in policy
    assert canary.seen == []


def test_the_organizations_report_and_its_data_hold_it_as_text(world):
    report = request_organization_report(
        user=world.carla, organization=world.house, period="2026-Q3", language="pt-br", now=LATER
    )
    do_job(report.job)
    path = files.path_of(report)
    assert missing(text_of_pdf(path)) <= {EMOJI, "#image(", "$x$ *b*"}  # names are shorter
    assert doubtful_parts(path) == []
    (attached,) = PdfReader(path).attachments["dataops-ladder.json"]
    assert json.loads(bytes(attached))["organization"] == world.house.name


# --- files to take along ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("route", ["roadmap-file", "plan-file"])
def test_files_of_a_plan_hold_it_as_text(sign_in, world, route):
    client = sign_in(world.bob)
    number = world.result.assessment_id if route == "roadmap-file" else world.plan.pk

    def content(extension: str) -> bytes:
        response = client.get(reverse(route, args=[number, extension]))
        assert re.fullmatch(r'attachment; filename="[A-Za-z0-9._-]+"', response["Content-Disposition"])
        return response.content

    cells = [cell for row in csv.reader(io.StringIO(content("csv").decode("utf-8-sig"))) for cell in row]
    assert not [cell for cell in cells if re.match(r"\s*[=+@]", cell)]
    assert any("{{ 7|add:7 }}" in cell for cell in cells)
    book = load_workbook(io.BytesIO(content("xlsx")))
    values = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in values if cell.data_type == "f" or cell.hyperlink]
    assert any("{{ 7|add:7 }}" in str(cell.value) for cell in values)
    assert "{{ 7|add:7 }}" in json.dumps(json.loads(content("json")), ensure_ascii=False)
    calendar = icalendar.Calendar.from_ical(content("ics"))
    assert len(calendar.walk("VEVENT")) == content("ics").decode().count("\r\nBEGIN:VEVENT") > 0
    markdown = content("md").decode()
    assert "<img" not in re.sub(r"\\<", "", markdown) and not re.search(r"(?<!\\)\]\(", markdown)


def test_results_and_dashboards_in_files_compute_nothing(sign_in, world):
    client, assessment = sign_in(world.carla), [world.result.assessment_id]
    addresses = [reverse(name, args=assessment) for name in ("results.csv", "answers.csv", "result-challenges.csv")]
    addresses.append(reverse("dashboard.csv", args=[world.house.pk]))
    for address in addresses:
        text = client.get(address).content.decode("utf-8-sig")
        cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
        assert not [cell for cell in cells if re.match(r"\s*[=@]|\s*\+\D", cell)], address
    for address in (reverse("results.xlsx", args=assessment), reverse("dashboard.xlsx", args=[world.house.pk])):
        book = load_workbook(io.BytesIO(client.get(address).content))
        cells = [cell for sheet in book.worksheets for row in sheet.iter_rows() for cell in row]
        assert not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink], address


# --- letters ----------------------------------------------------------------------------------------------------------


@pytest.mark.database
def test_letters_hold_it_as_text_and_no_header_of_theirs(world):
    line = f"{world.words[:40]}\r\nBcc: eve@example.org\r\n\r\n<b>"
    Team.objects.filter(pk=world.atlas.pk).update(name=line)
    type(world.result).objects.filter(pk=world.result.pk).update(team_name=line)
    Organization.objects.filter(pk=world.house.pk).update(name=line)
    User.objects.filter(pk=world.carla.pk).update(name=line)
    world.result.refresh_from_db()
    for row in (world.house, world.carla):
        row.refresh_from_db()
    built(world.carla, world.result, "executive")
    whole = request_organization_report(
        user=world.carla, organization=world.house, period="2026-Q3", language="en", now=LATER
    )
    tell_when_ready(report=whole, user=world.carla, now=LATER)
    do_job(whole.job)
    for job in Job.objects.filter(kind__in=[Notice.KIND, OrganizationNotice.KIND]):
        do_job(job)
    assert len(mail.outbox) == 2
    for letter in mail.outbox:
        sent = email.message_from_bytes(letter.message().as_bytes(), policy=email.policy.default)
        assert (sent["To"], sent["Bcc"], sent["Cc"]) == ("carla@example.org", None, None)
        assert sent.get_content_type() == "text/plain"
        assert "{{ 7|add:7 }}" in sent["Subject"] and "{{ 7|add:7 }}" in sent.get_content()
        assert letter.recipients() == ["carla@example.org"]


def test_the_plan_is_there_as_it_was_adopted(world):
    assert AdoptedPlan.objects.of_result(world.result).items.filter(initiative="T1").exists()

"""Findings and logos on the page: under a name, in versions, never over somebody else's, and in reports to come."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from organizations.models import AuditEvent
from reports import browser, files
from reports.models import Finding, FindingRevision, Logo
from reports.own_words import FindingConflict, save_finding, save_logo
from reports.pictures import cleaned
from reports.verification import verify
from tests.assessment.rooms import LATER
from tests.reports.pictures import png
from tests.reports.rooms import asked, do_job, planned_result
from tests.reports.sample import HOSTILE


@pytest.fixture(autouse=True)
def media(settings, tmp_path, monkeypatch):
    def draw(figures):
        raise browser.BrowserUnavailable("No Chromium is installed.")

    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(browser, "draw", draw)


@pytest.fixture
def result(cast):
    return planned_result(cast)


def told(user, result, subject="P15", en="Tests are missing.", pt="", version=0):
    return save_finding(
        user=user, assessment=result.assessment, subject=subject, text_en=en, text_pt_br=pt, version=version, now=LATER
    )


def text_of(report) -> str:
    do_job(report.job)
    pages = PdfReader(io.BytesIO(files.path_of(report).read_bytes())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


# --- findings ---------------------------------------------------------------------------------------------------------


def test_each_save_is_a_version_under_a_name_with_an_audit_row(cast, result):
    first = told(cast.alice, result)
    told(cast.carla, result, en="Two tests exist.", version=1)
    assert list(FindingRevision.objects.order_by("version").values_list("version", "text_en", "author_name")) == [
        (1, "Tests are missing.", "Alice"),
        (2, "Two tests exist.", "Carla"),
    ]
    first.refresh_from_db()
    assert (first.version, first.author_name) == (2, "Carla")
    assert AuditEvent.objects.filter(action="finding changed").count() == 2


def test_saying_the_same_again_changes_nothing_and_an_old_version_is_refused(cast, result):
    told(cast.alice, result)
    told(cast.bob, result)
    assert FindingRevision.objects.count() == 1
    with pytest.raises(FindingConflict) as conflict:
        told(cast.carla, result, en="Other", version=0)
    assert conflict.value.current.text_en == "Tests are missing."


def test_the_page_keeps_both_texts_when_two_write(sign_in, cast, result):
    told(cast.carla, result)
    address = reverse("finding", args=[result.assessment_id, "P15"])
    response = sign_in(cast.alice).post(address, {"text_en": "Mine", "text_pt_br": "", "version": "0"})
    page = response.content.decode()
    assert response.status_code == 409
    assert "Tests are missing." in page and "Mine" in page and 'name="version" value="1"' in page
    assert sign_in(cast.alice).post(address, {"text_en": "Mine", "text_pt_br": "", "version": "1"}).status_code == 302
    assert Finding.objects.get().text_en == "Mine"


def test_members_and_viewers_may_not_add_findings_and_strangers_find_nothing(sign_in, cast, result):
    address = reverse("findings", args=[result.assessment_id])
    assert [sign_in(user).get(address).status_code for user in (cast.bob, cast.erin, cast.dave)] == [403, 403, 404]


def test_an_unknown_subject_is_a_404_and_an_endless_text_is_refused(sign_in, cast, result):
    client = sign_in(cast.alice)
    assert client.get(reverse("finding", args=[result.assessment_id, "P99"])).status_code == 404
    address = reverse("finding", args=[result.assessment_id, "head"])
    assert client.post(address, {"text_en": "x" * 401, "text_pt_br": "", "version": "0"}).status_code == 422
    assert not Finding.objects.exists()


@pytest.mark.parametrize("audience", ["lead", "executive", "consultant"])
def test_a_report_prints_them_literally_under_the_name_in_its_language_only(cast, result, audience):
    told(cast.alice, result, subject="", en=HOSTILE, pt="Falta pouco.")
    told(cast.alice, result, en="Tests\r\nare missing.")
    english = text_of(asked(cast.alice, result, audience=audience)).replace("\u200b", "")
    assert '#panic("x") $x$ *b*' in english and "In the words of Alice" in english
    assert ("Tests are missing." in english) == (audience != "executive")
    portuguese = text_of(asked(cast.alice, result, "pt-br", audience=audience))
    assert "Falta pouco." in portuguese and "are missing" not in portuguese


def test_a_report_keeps_what_stood_when_it_was_asked_for_and_verifies(cast, result):
    told(cast.alice, result)
    report = asked(cast.alice, result)
    told(cast.alice, result, en="All is well.", version=1)
    assert "Tests are missing." in text_of(report)
    assert verify(files.path_of(report)).holds
    assert asked(cast.alice, result).pk != report.pk


def test_a_finding_that_was_taken_back_is_in_no_report(cast, result):
    told(cast.alice, result)
    told(cast.alice, result, en="", version=1)
    assert "The consultant's findings" not in text_of(asked(cast.alice, result))


# --- logos ------------------------------------------------------------------------------------------------------------


def upload(client, house, content: bytes, alt="Data House", place="client"):
    file = SimpleUploadedFile("logo.png", content, content_type="text/html")
    return client.post(reverse("logos", args=[house.pk]), {"place": place, "alt": alt, "picture": file})


def test_a_logo_is_put_in_its_place_replaced_and_removed(sign_in, cast):
    client, house = sign_in(cast.carla), cast.house
    assert upload(client, house, png()).status_code == 302
    assert upload(client, house, png(20, 20), alt="Square").status_code == 302
    assert [(logo.alt, logo.replaced_at is None) for logo in Logo.objects.order_by("pk")] == [
        ("Data House", False), ("Square", True)
    ]  # fmt: skip
    client.post(reverse("logo-remove", args=[house.pk, "client"]))
    assert not Logo.objects.standing().exists()
    assert client.get(reverse("logo-image", args=[house.pk, "client"])).status_code == 404


def test_a_logo_is_served_as_a_picture_that_runs_nowhere(sign_in, cast):
    client = sign_in(cast.carla)
    upload(client, cast.house, png())
    response = client.get(reverse("logo-image", args=[cast.house.pk, "client"]))
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.content == png()


def test_the_alternative_text_can_change_alone(sign_in, cast):
    client = sign_in(cast.carla)
    upload(client, cast.house, png())
    client.post(reverse("logos", args=[cast.house.pk]), {"place": "client", "alt": "House of data"})
    logo = Logo.objects.standing().get()
    assert (logo.alt, bytes(logo.content)) == ("House of data", png())


def test_what_isnt_a_picture_and_a_missing_text_are_refused_in_words(sign_in, cast):
    client = sign_in(cast.carla)
    response = upload(client, cast.house, b"<svg onload=alert(1)>", alt="")
    page = response.content.decode()
    assert response.status_code == 422
    assert "Only PNG and JPEG" in page and "This field is required" in page
    assert not Logo.objects.exists()


def test_only_who_changes_the_organization_changes_its_logos(sign_in, cast):
    assert upload(sign_in(cast.alice), cast.house, png()).status_code == 403
    assert upload(sign_in(cast.dave), cast.house, png()).status_code == 404


def test_logos_stand_in_the_report_with_their_alternative_text(cast, result):
    for place, alt in (("own", "Bureau"), ("client", "Data House Inc.")):
        save_logo(
            user=cast.carla, organization=cast.house, place=place, picture=cleaned(png(60, 20)), alt=alt, now=LATER
        )
    report = asked(cast.alice, result, audience="executive")
    do_job(report.job)
    reader = PdfReader(io.BytesIO(files.path_of(report).read_bytes()))
    texts = list(_alternatives(reader.trailer["/Root"]["/StructTreeRoot"]))
    assert [text for text in texts if text in ("Bureau", "Data House Inc.")] == ["Bureau", "Data House Inc."]
    assert len(reader.pages) == 1
    assert verify(files.path_of(report)).holds


def _alternatives(node):
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            yield from _alternatives(child)
    elif isinstance(node, dict):
        if "/Alt" in node:
            yield str(node["/Alt"])
        if "/K" in node:
            yield from _alternatives(node["/K"])

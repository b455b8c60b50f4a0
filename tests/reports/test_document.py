"""The PDF by what can be read back from it: text, structure, fonts, and the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from reports.briefing import build_briefing
from reports.document import DocumentError, page_count, render
from tests.reports.sample import CANDIDATES, HOSTILE, card_with_modules, report_data

ROOT = Path(__file__).resolve().parents[2]
DATA = report_data()
DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><rect width="40" height="20" fill="#0B6E99"/></svg>'
)


def pdf(data=DATA, language="en", svgs=None, audience="lead", numbers=""):
    return render(build_briefing(data, language, audience), svgs or {}, language, numbers)


@pytest.fixture(scope="module")
def reader():
    return PdfReader(
        io.BytesIO(pdf(svgs=dict.fromkeys(("pillars", "profile", "slope", "gantt", "projection"), DRAWING)))
    )


def words_of(reader):
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_page_one_says_team_state_and_next_quarter(reader):
    first = " ".join(reader.pages[0].extract_text().split())
    for words in ("Atlas", "hold the team at level 2", "Three strongest", "Next quarter, 2026 Q4", "How to read"):
        assert words in first
    assert "Change since last time" not in first


@pytest.mark.parametrize(
    ("language", "kind"), [("en", {}), ("pt-br", {}), ("en", {"first": True}), ("pt-br", {"form": "short"})]
)
def test_the_report_has_at_most_eight_numbered_pages(language, kind):
    pages = PdfReader(io.BytesIO(pdf(report_data(**kind), language))).pages
    assert 4 <= len(pages) <= 8
    label = "Page {} of {}" if language == "en" else "Página {} de {}"
    assert all(label.format(number, len(pages)) in page.extract_text() for number, page in enumerate(pages, start=1))


def test_a_short_chapter_on_the_method_isnt_torn_wherever_on_a_page_it_begins():
    """Else a last page would hold nothing but the versions."""
    briefing = build_briefing(DATA, "en", "lead")
    for rows in range(1, 46, 4):
        long = replace(
            briefing, unreached=replace(briefing.unreached, rows=(("P15.1 Tests", "3", "1", "time"),) * rows)
        )
        texts = [page.extract_text() for page in PdfReader(io.BytesIO(render(long, {}, "en", "{}"))).pages]
        parts = ("How the numbers are made", "Don't know or not answered", "Versions", "verify_report")
        assert [all(part in text for part in parts) for text in texts].count(True) == 1, rows


def test_the_document_is_tagged_and_says_its_language_and_standard(reader):
    catalog = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en"
    assert "/StructTreeRoot" in catalog
    assert b"pdfuaid" in catalog["/Metadata"].get_object().get_data()
    assert catalog["/ViewerPreferences"]["/DisplayDocTitle"]


def test_the_parts_are_bookmarked(reader):
    titles = list(bookmarks(reader.outline))
    parts = (
        "Atlas", "Change since last time", "How far the answers carry", "Which challenge hurts",
        "Principle by principle", "Roadmap", "How the numbers are made",
    )  # fmt: skip
    assert [title for title in titles if title in parts] == list(parts)
    assert any(title.startswith("P15 ") for title in titles)


def bookmarks(entries):
    for entry in entries:
        if isinstance(entry, list):
            yield from bookmarks(entry)
        else:
            yield entry.title


def test_only_the_shipped_family_is_used_and_it_is_embedded(reader):
    fonts = {}
    for page in reader.pages:
        for font in page["/Resources"]["/Font"].values():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            fonts[font.get_object()["/BaseFont"]] = descendant["/FontDescriptor"].get_object()
    assert fonts
    assert all("SourceSansPro" in name for name in fonts)
    assert all("/FontFile2" in entry or "/FontFile3" in entry for entry in fonts.values())


def test_pictures_carry_their_finding_as_alternative_text(reader):
    briefing = build_briefing(DATA, "en")
    texts = list(alternatives(reader.trailer["/Root"]["/StructTreeRoot"]))
    assert {chart.finding for chart in briefing.charts.values()} <= set(texts)


def alternatives(node):
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            yield from alternatives(child)
    elif isinstance(node, dict):
        if "/Alt" in node:
            yield str(node["/Alt"])
        if "/K" in node:
            yield from alternatives(node["/K"])


def test_without_pictures_tables_stand_in_their_place_and_the_report_says_so():
    text = words_of(PdfReader(io.BytesIO(pdf())))
    assert "tables stand in their place" in text
    assert "Score in full" in text


def test_with_pictures_nothing_is_said_about_missing_ones(reader):
    assert "tables stand in their place" not in words_of(reader)


def test_the_same_data_give_the_same_bytes_here_and_in_another_process():
    first = pdf()
    script = (
        "import django; django.setup()\n"
        "import hashlib; from tests.reports.test_document import pdf\n"
        "print(hashlib.sha256(pdf()).hexdigest())"
    )
    other = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert pdf() == first
    assert other.stdout.strip() == hashlib.sha256(first).hexdigest()


def test_the_document_carries_the_closing_date():
    created = PdfReader(io.BytesIO(pdf())).metadata["/CreationDate"]
    assert created.startswith("D:20260928")


def test_what_users_type_is_printed_and_never_run():
    text = words_of(PdfReader(io.BytesIO(pdf(replace(DATA, team=HOSTILE, scope=HOSTILE)))))
    assert '#panic("x") $x$ *b*' in text
    assert "<script>alert(1)</script>" in text.replace("\u200b", "").replace("- ", "")
    assert "{{ 7*7 }}" in text
    assert "49" not in PdfReader(io.BytesIO(pdf(replace(DATA, team="{{ 7*7 }}")))).metadata.title


def test_signs_that_the_font_lacks_and_words_without_end_don_t_stop_the_report():
    data = replace(DATA, team="Equipe \U0001f680 \u65e5\u672c \x00", scope="x" * 2000)
    assert "Equipe ?" in words_of(PdfReader(io.BytesIO(pdf(data))))


MODULES = replace(DATA, scorecard=card_with_modules())


@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_modules_have_their_part_with_chart_and_table(language):
    reader = PdfReader(io.BytesIO(pdf(MODULES, language, {"projects": DRAWING}, "consultant")))
    text = words_of(reader)
    titles = list(bookmarks(reader.outline))
    names = [module.name.in_language(language) for module in DATA.framework.modules]
    assert [title for title in titles if title in names] == names
    for words in ("Churn alert", "Partner scoring", "MLO.10"):
        assert words in text
    assert build_briefing(MODULES, language).charts["projects"].finding in set(
        alternatives(reader.trailer["/Root"]["/StructTreeRoot"])
    )


def test_without_modules_the_document_doesn_t_speak_of_them(reader):
    assert "Modules" not in list(bookmarks(reader.outline))


def test_without_pictures_projects_have_their_table_once():
    assert words_of(PdfReader(io.BytesIO(pdf(MODULES)))).count("Canteen menu report") == 1


def test_names_of_projects_and_people_are_printed_literally_and_whole():
    long = "Previsão de evasão com alertas para a equipe de relacionamento das regionais Norte e Nordeste do país"
    card = card_with_modules(candidates={HOSTILE: CANDIDATES["Churn alert"], long: CANDIDATES["Price model"]})
    text = words_of(PdfReader(io.BytesIO(pdf(replace(DATA, scorecard=card), "pt-br"))))
    assert '#panic("x") $x$ *b*' in text
    assert all(word in text for word in long.split())


def test_sensitivity_and_challenges_are_in_the_consultants_document():
    text = words_of(PdfReader(io.BytesIO(pdf(audience="consultant"))))
    for words in ("Equal weights of all questions", "Geometric mean of the pillars", "What hurts most"):
        assert words in text


def test_a_broken_picture_is_an_error_with_a_name():
    with pytest.raises(DocumentError):
        pdf(svgs={"profile": "<svg"})


# --- other readers ----------------------------------------------------------------------------------------------------

AUDIENCES = ("lead", "executive", "consultant")
POOR = report_data(first=True, form="short")


@pytest.mark.parametrize("language", ["en", "pt-br"])
@pytest.mark.parametrize("kind", ["rich", "poor", "long"])
def test_the_executives_report_has_one_page(kind, language):
    data = {"rich": DATA, "poor": POOR, "long": replace(DATA, team="Equipe de dados " * 5, scope="x y " * 500)}[kind]
    assert len(PdfReader(io.BytesIO(pdf(data, language, audience="executive"))).pages) == 1


def test_page_one_of_the_lead_stays_one_page_for_long_names():
    data = replace(
        DATA, team="Equipe de Engenharia de Dados e Plataforma Analítica da Diretoria Comercial", scope="a b " * 500
    )
    pages = PdfReader(io.BytesIO(pdf(data, "pt-br"))).pages
    assert "Como ler" in pages[0].extract_text()


@pytest.mark.parametrize("audience", AUDIENCES)
@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_no_text_stands_outside_the_page_for_whomever(audience, language):
    for number, page in enumerate(PdfReader(io.BytesIO(pdf(MODULES, language, audience=audience))).pages, start=1):
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        outside = []

        def look(text, _cm, matrix, _font, _size, outside=outside, width=width, height=height):
            if text.strip() and not (0 <= matrix[4] <= width and 0 <= matrix[5] <= height):
                outside.append(text)

        page.extract_text(visitor_text=look)
        assert outside == [], number


@pytest.mark.parametrize("audience", AUDIENCES)
def test_each_readers_document_is_tagged_titled_and_in_its_language(audience):
    catalog = PdfReader(io.BytesIO(pdf(language="pt-br", audience=audience))).trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "pt-BR"
    assert b"pdfuaid" in catalog["/Metadata"].get_object().get_data()


def test_the_annex_is_bookmarked_and_holds_every_question_and_initiative():
    reader = PdfReader(io.BytesIO(pdf(audience="consultant")))
    titles = list(bookmarks(reader.outline))
    for part in (
        "Annex",
        "Question by question: what was said",
        "Weights",
        "All initiatives",
        "Everything that was typed",
    ):
        assert part in titles
    text = words_of(reader)
    assert all(question.key in text for question in DATA.framework.core_questions)
    assert all(initiative.id in text for initiative in DATA.framework.initiatives)


def test_the_data_are_attached_and_nothing_else():
    attached = PdfReader(io.BytesIO(pdf(numbers='{"level":2}'))).attachments
    assert {name: [bytes(part) for part in parts] for name, parts in attached.items()} == {
        "dataops-ladder.json": [b'{"level":2}']
    }
    assert not PdfReader(io.BytesIO(pdf())).attachments


def test_the_pages_are_counted_without_reading_them():
    for audience in AUDIENCES:
        made = pdf(audience=audience)
        assert page_count(made) == len(PdfReader(io.BytesIO(made)).pages)

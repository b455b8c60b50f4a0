"""Every document of the richest and of the poorest team: what it says, what machines read in it, and that it fits.

All three readers in both languages, with the charts as the browser draws them.
"""

from __future__ import annotations

import io
from functools import cache
from html import unescape
from itertools import product
from re import DOTALL, findall, sub

import pytest
import typst
from django.urls import reverse
from pypdf import PdfReader

from assessment.sentences import format_score
from reports.additions import NO_ADDITIONS
from reports.briefing import build_briefing, build_figures
from reports.build import build_document, draw, fitted
from reports.gathering import report_data
from reports.plans import choices_for
from tests.reports import extremes
from tests.reports.pages import overlaps, runs
from tests.reports.rooms import planned_result
from tests.reports.test_document import alternatives, bookmarks

MARGIN = 18 / 25.4 * 72
FOOT, HEAD = 17.0, 16 / 25.4 * 72
PAGES = {"lead": (3, 8), "executive": (1, 1), "consultant": (6, 40)}
LANGUAGES = ("en", "pt-br")
EVERY = list(product(("rich", "poor"), PAGES, LANGUAGES))

pytestmark = pytest.mark.journey


def data_of(kind, language):
    return extremes.poor() if kind == "poor" else getattr(extremes, kind)(language)


@cache
def made(kind, audience, language):
    """The data, the briefing that was printed, and the document."""
    data = data_of(kind, language)
    svgs, why_none = draw(build_figures(data, language, audience), lambda *_: None)
    assert why_none == ""
    briefing, pdf = fitted(build_briefing(data, language, audience), data, svgs, '{"a":1}')
    return data, briefing, PdfReader(io.BytesIO(pdf))


@cache
def text_of(kind, audience, language):
    """The runs of text of each page."""
    return [(page, runs(page)) for page in made(kind, audience, language)[2].pages]


@pytest.fixture(params=EVERY, ids="-".join)
def printed(request):
    return made(*request.param)


def test_it_has_as_many_pages_as_its_reader_bears(printed):
    _data, briefing, reader = printed
    least, most = PAGES[briefing.audience]
    assert least <= len(reader.pages) <= most


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_that_has_most_to_say_to_a_lead_still_has_eight_pages(language):
    _data, briefing, reader = made("worst", "lead", language)
    assert len(reader.pages) <= 8
    assert briefing.principles_note


@pytest.mark.parametrize(("kind", "audience", "language"), EVERY)
def test_no_text_leaves_the_page_or_its_margins_on_any_side(kind, audience, language):
    for number, (page, found) in enumerate(text_of(kind, audience, language), start=1):
        width, height = float(page.mediabox.width), float(page.mediabox.height)
        inside = (MARGIN - 0.5, FOOT, width - MARGIN + 0.5, height - HEAD + 3)
        left = [
            run.text
            for run in found
            if run.left < inside[0] or run.bottom < inside[1] or run.right > inside[2] or run.top > inside[3]
        ]
        assert left == [], number


@pytest.mark.parametrize(("kind", "audience", "language"), EVERY)
def test_no_text_covers_another(kind, audience, language):
    pages = enumerate(text_of(kind, audience, language), start=1)
    found = {number: overlaps(runs_of_page) for number, (_page, runs_of_page) in pages}
    assert {number: pairs for number, pairs in found.items() if pairs} == {}


def test_text_that_covers_another_or_leaves_the_page_would_be_seen():
    source = (
        b"#set page(width: 80pt, height: 60pt, margin: 10pt)\n#place[first]\n#place(dx: 9pt)[second thing that is long]"
    )
    page = PdfReader(io.BytesIO(typst.compile(source))).pages[0]
    found = runs(page)
    assert overlaps(found)
    assert max(run.top for run in found) < 60 and min(run.left for run in found) >= 10


def test_tags_title_language_and_embedded_fonts(printed):
    _data, briefing, reader = printed
    catalog = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"] and "/StructTreeRoot" in catalog
    assert catalog["/Lang"] == {"en": "en", "pt-br": "pt-BR"}[briefing.language]
    assert b"pdfuaid" in catalog["/Metadata"].get_object().get_data()
    assert reader.metadata.title == briefing.title
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    kinds = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object() for font in fonts]
    assert kinds and all("/FontFile2" in kind or "/FontFile3" in kind for kind in kinds)


def test_the_outline_begins_with_the_team_and_names_each_part(printed):
    _data, briefing, reader = printed
    titles, words = list(bookmarks(reader.outline)), briefing.words
    parts = [briefing.team, words["decisions"]]
    if briefing.audience != "executive":
        parts = [briefing.team, words["change"], words["principles"], words["roadmap"], words["method"]]
    assert titles[0] == briefing.team
    assert [title for title in titles if title in parts] == parts


def test_every_picture_says_its_finding(printed):
    _data, briefing, reader = printed
    said = list(alternatives(reader.trailer["/Root"]["/StructTreeRoot"]))
    assert {chart.finding for chart in briefing.charts.values()} | {logo.alt for logo in briefing.logos} == set(said)
    assert all(said)


def test_page_one_says_where_the_team_stands_in_its_numbers(printed):
    data, briefing, reader = printed
    first = " ".join(reader.pages[0].extract_text().split())
    assert briefing.level.caption in first
    assert format_score(data.scorecard.overall.score, 1, briefing.language) in first
    for score in data.scorecard.pillars.values():
        assert format_score(score.score, 1, briefing.language) in first


@pytest.mark.parametrize(("kind", "audience"), list(product(("rich", "poor"), PAGES)))
def test_in_portuguese_no_decimal_point_and_no_english_is_left(kind, audience):
    text = " ".join(run.text for _page, found in text_of(kind, audience, "pt-br") for run in found)
    assert findall(r"(?<![\d.@])[1-5]\.\d\b(?![\d.])", sub(r"[A-Z]{1,3}\d*\.\d+", "", text)) == []
    for english in (" of the ", " level", "answers", "Next step", "person-weeks"):
        assert english not in text


def cells(row):
    """The words in the cells of a table's row."""
    found = findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, DOTALL)
    return [" ".join(unescape(sub(r"<[^>]+>", " ", cell)).split()) for cell in found]


def test_the_page_of_results_has_the_same_numbers(cast, sign_in):
    result = planned_result(cast, changes={"P09.1": {"state": "answered", "level": 4}})
    page = sign_in(cast.alice).get(reverse("results", args=[result.assessment_id])).content.decode()
    table = findall(r"<table class=\"table[^\"]*profile-table\">.*?</table>", page, DOTALL)[0]
    rows = [cells(row) for row in findall(r"<tr[^>]*>.*?</tr>", table, DOTALL)[1:]]
    shown = {name[:3]: (now.replace("insufficient data", "–"), target or "–") for name, now, target, *_ in rows}
    data = report_data(result, choices_for(result), "en", NO_ADDITIONS)
    briefing = build_briefing(data, "en")
    told = {label[:3]: (now, target) for label, now, _last, target in briefing.charts["profile"].table.rows}
    assert told == shown
    assert briefing.sentence in unescape(page)
    assert len(told) == 18


def test_building_twice_gives_the_same_bytes_with_charts(cast):
    result = planned_result(cast)
    first, second = (
        build_document(result, choices_for(result), "pt-br", lambda *_: None, "consultant") for _ in range(2)
    )
    assert first.why_no_charts == ""
    assert (first.pdf, first.page) == (second.pdf, second.page)


def test_verified_steps_are_the_headline_of_a_team_whose_score_may_have_moved_by_chance():
    _data, briefing, reader = made("small", "lead", "en")
    first = " ".join(reader.pages[0].extract_text().split())
    assert briefing.sentence == "A verified step since last time: quality checks (P15.2) from 1 to 2."
    assert briefing.standing.startswith("The team is at level 1")
    assert first.index(briefing.sentence) < first.index(briefing.standing)

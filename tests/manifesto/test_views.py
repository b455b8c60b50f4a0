"""The pages of the manifesto: what they say in both languages, what they refuse, and what they cost."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from assessment.scoring import gate
from manifesto import catalog, presenters
from manifesto.definitions import Text

PAGES = [
    (
        "/manifesto/",
        "Give customers something useful early, keep giving it at short intervals",
        "Entregue algo útil ao cliente cedo, continue entregando em intervalos curtos",
    ),
    (
        "/manifesto/principles/satisfy-customer/",
        "A small first delivery shows wrong assumptions while they are still cheap to correct.",
        "Uma primeira entrega pequena revela suposições erradas enquanto ainda é barato corrigi-las.",
    ),
    (
        "/manifesto/values/",
        "A correct number that someone uses today counts for more than a complete specification.",
        "Um número correto que alguém usa hoje vale mais que uma especificação completa.",
    ),
    ("/manifesto/challenges/", "Data live in silos", "Dados vivem em silos"),
    (
        "/manifesto/roles/",
        "Builds and runs the pipelines and the platform, and keeps them fast, tested and repairable.",
        "Constrói e opera os pipelines e a plataforma e os mantém rápidos, testados e fáceis de consertar.",
    ),
    (
        "/manifesto/pillars/",
        "How work is chosen, cut, checked and improved, from the request to the result that someone uses.",
        "Como o trabalho é escolhido, dividido, verificado e melhorado, da demanda ao resultado que alguém usa.",
    ),
    (
        "/manifesto/levels/",
        "Make the practices that work the default for every critical product.",
        "Torne as práticas que funcionam o padrão de todos os produtos críticos.",
    ),
    (
        "/manifesto/glossary/",
        "The record of where data come from, what changed them and where they are used.",
        "O registro de onde os dados vêm, do que os transformou e de onde são usados.",
    ),
    (
        "/manifesto/initiatives/",
        "Put every analytics artefact under version control",
        "Versionar todos os artefatos de dados",
    ),
    (
        "/manifesto/initiatives/I01/",
        "Create the repository and put the code of your most critical pipeline into it, exactly as it runs today.",
        "Crie o repositório e coloque nele o código do pipeline mais crítico, exatamente como roda hoje.",
    ),
    (
        "/manifesto/background/",
        "First steps in each pillar",
        "Os primeiros passos em cada pilar",
    ),
    *(
        (f"/manifesto/background/{chapter.key}/", chapter.summary.en, chapter.summary.pt_br)
        for chapter in catalog.current().chapters
    ),
    (
        "/manifesto/modules/",
        catalog.current().modules[0].description.en,
        catalog.current().modules[0].description.pt_br,
    ),
    *(
        (f"/manifesto/modules/{module.key}/", module.description.en, module.description.pt_br)
        for module in catalog.current().modules
    ),
]
ADDRESSES = [address for address, _english, _portuguese in PAGES]


def read(address: str, language: str = "en") -> str:
    """The page as an anonymous reader gets it. These tests may not touch the database, so no page can query it."""
    response = Client().get(address, headers={"accept-language": language})
    assert response.status_code == 200
    return response.content.decode()


def words(page: str) -> str:
    """The text of a page: without tags, with single spaces."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page).replace("&nbsp;", " "))


@pytest.mark.parametrize(("address", "english", "portuguese"), PAGES)
def test_each_page_speaks_the_readers_language(address, english, portuguese):
    in_english, in_portuguese = read(address), read(address, "pt-BR")
    assert english in in_english
    assert portuguese not in in_english
    assert portuguese in in_portuguese
    assert '<html lang="pt-br">' in in_portuguese


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_an_anonymous_reader_costs_no_query(address, client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get(address)


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_carries_styles_or_scripts_of_its_own(address):
    page = read(address)
    assert " style=" not in page
    assert "<style" not in page
    assert not re.search(r"<script(?![^>]* src=)", page)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_id_stands_once_and_every_link_to_a_place_in_the_section_finds_it(address):
    page = read(address)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for target, anchor in set(re.findall(r'href="(/manifesto/[^"#]*|)#([^"]+)"', page)):
        assert f' id="{anchor}"' in (read(target) if target else page), f"{target}#{anchor}"


@pytest.mark.parametrize(
    "address",
    [
        "/manifesto/principles/nothing/",
        "/manifesto/initiatives/I99/",
        "/manifesto/background/nothing/",
        "/manifesto/modules/nothing/",
    ],
)
def test_what_the_framework_does_not_have_is_not_found(address):
    assert Client().get(address).status_code == 404


def test_pages_are_only_read():
    assert Client().post("/manifesto/").status_code == 405


def test_only_the_readers_own_browser_keeps_a_page_and_each_language_is_kept_apart():
    response = Client().get("/manifesto/")
    assert "private" in response["Cache-Control"]
    assert "Accept-Language" in response["Vary"]
    assert "Cookie" in response["Vary"]


def test_all_eighteen_principles_stand_in_order_with_the_five_critical_ones_marked():
    page = read("/manifesto/")
    listed = re.findall(r'<p class="principle__name">(.*?)</p>', page, re.DOTALL)
    numbers = [int(re.search(r"visually-hidden\">(\d+) ", row).group(1)) for row in listed]
    assert numbers == list(range(1, 19))
    assert [number for number, row in zip(numbers, listed, strict=True) if "Critical" in row] == [1, 9, 11, 15, 16]


def test_the_pipeline_places_every_principle_exactly_once():
    drawn = presenters.pipeline(catalog.current())
    placed = [p.number for stage in drawn.stages for p in stage.principles]
    placed += [p.number for p in (*drawn.feedback, *drawn.around)]
    assert sorted(placed) == list(range(1, 19))


def test_the_pipeline_reads_in_the_order_of_the_flow_with_the_loop_at_its_end():
    drawn = words(re.search(r'<section class="pipeline".*?</section>', read("/manifesto/"), re.DOTALL).group())
    parts = ["the team", "Sources", "Ingest", "Transform", "Serve", "Use people decide", "from use back to the sources"]
    places = [drawn.index(part) for part in parts]
    assert places == sorted(places)
    for role in catalog.current().roles:
        assert role.name.en in drawn


def test_a_release_without_background_and_modules_still_has_its_pages(monkeypatch):
    bare = catalog.get("dataops", "0.9.0")
    monkeypatch.setattr(catalog, "current", lambda: bare)
    assert "This version has no background to read." in read("/manifesto/background/")
    assert "This version has no modules." in read("/manifesto/modules/")
    assert 'href="/manifesto/modules/"' not in read("/manifesto/")


def test_the_bar_of_a_principle_has_the_widths_of_its_pillar_weights():
    page = read("/manifesto/principles/satisfy-customer/")
    bar = re.search(r'<svg class="shares__bar".*?</svg>', page, re.DOTALL).group()
    parts = re.findall(r'share--(\w+)" x="(\d+)" y="0" width="(\d+)"', bar)
    assert parts == [("process", "0", "50"), ("technology", "50", "10"), ("organization", "60", "40")]
    assert "Process 50 %" in words(page)


def test_a_principle_shows_each_question_with_its_five_anchors_from_the_lowest_level():
    page = read("/manifesto/principles/satisfy-customer/")
    question = re.search(r'<article class="question" id="P01.1">.*?</article>', page, re.DOTALL).group()
    assert re.findall(r'rung__level level-(\d)"', question) == ["1", "2", "3", "4", "5"]
    ladder = words(question)
    assert ladder.index("More than 12 weeks, or nobody can tell the dates.") < ladder.index("At most 2 weeks.")
    assert "Acceptance date and first-delivery date" in ladder


def test_a_principle_names_its_values_challenges_roles_and_analogues():
    page = read("/manifesto/principles/satisfy-customer/")
    for expected in (
        '<a href="/manifesto/values/#customer-collaboration-first">Customer collaboration first</a>',
        '<a href="/manifesto/challenges/#goals-move-fast">Business goals move fast</a>',
        '<a href="/manifesto/roles/#citizen">Data citizen</a>',
        "Customer feedback, user focus and small batches",
        "A business metric is defined for each model",
    ):
        assert expected in page


def test_a_principle_lists_only_its_own_lifts():
    page = read("/manifesto/principles/analytics-is-code/")
    row = re.search(r'<li class="card-row" id="I01">.*?Lifts.*?</li>', page, re.DOTALL).group()
    assert "P09.1" in row
    assert "P11.1" not in row


def test_the_first_and_the_last_principle_end_the_walk():
    first, last = read("/manifesto/principles/satisfy-customer/"), read("/manifesto/principles/improve-cycle-times/")
    assert 'rel="prev"' not in first
    assert 'rel="next" class="turn__next" href="/manifesto/principles/value-working-analytics/"' in first
    assert 'rel="prev" href="/manifesto/principles/reuse/"' in last
    assert 'rel="next"' not in last


def test_a_challenge_lists_the_principles_that_address_it():
    page = read("/manifesto/challenges/")
    silos = re.search(r'<section class="entry" id="data-in-silos">.*?</section>', page, re.DOTALL).group()
    principles = re.search(r'<ul class="links">.*?</ul>', silos, re.DOTALL).group()
    assert re.findall(r"/manifesto/principles/([\w-]+)/", principles) == [
        "team-sport",
        "daily-interactions",
        "orchestrate",
        "reuse",
    ]


def test_roles_stand_in_their_groups():
    groups = presenters.role_groups(catalog.current())
    assert [[entry.named.key for entry in group.entries] for group in groups] == [
        ["CIT", "ANA", "SCI", "DEV"],
        ["ENG", "CUR", "STE"],
        ["SRC"],
        ["ARC", "CDO"],
    ]


def test_the_levels_page_prints_the_gates_numbers_as_the_reader_writes_them():
    english, portuguese = words(read("/manifesto/levels/")), words(read("/manifesto/levels/", "pt-BR"))
    level_four = re.search(
        r"Overall at least ([\d.]+) each pillar ([\d.]+) .{0,9}critical \w+ ([\d.]+) every \w+ 2.5", english
    )
    assert level_four is not None
    assert level_four.groups() == ("3.75", "3.5", "3")
    assert "3,75" in portuguese
    assert "3.75" not in portuguese
    assert "has 70 % of its score from the principles" in english
    assert "At least 80 % of the applicable questions" in english


def test_the_example_on_the_levels_page_is_what_the_gate_decides():
    framework = catalog.current()
    example = presenters.score_rules(framework).example
    principles = {principle.key: example.overall for principle in framework.principles}
    pillars = {pillar.key: example.overall for pillar in framework.pillars}

    def level(principles):
        return gate(framework, overall=example.overall, pillars=pillars, principles=principles).level

    assert level({**principles, example.principle.key: example.value}) == example.level.level == 2
    assert level(principles) == example.ungated_level.level == 3
    assert "A team has 3.16 overall, which alone would be level 3." in words(read("/manifesto/levels/"))
    assert "1,5" in read("/manifesto/levels/", "pt-BR")


def test_the_glossary_is_in_the_alphabetical_order_of_its_language():
    def terms(language):
        return re.findall(r"<dt>(.*?)</dt>", read("/manifesto/glossary/", language))

    english, portuguese = terms("en"), terms("pt-BR")
    assert english == sorted(english, key=str.casefold)
    assert portuguese.index("Crítico") < portuguese.index("Dados mascarados") < portuguese.index("Produto de dados")
    assert len(english) == len(portuguese) == len(catalog.current().glossary)


def test_an_initiative_names_what_it_needs_and_what_it_makes_possible():
    needs = words(read("/manifesto/initiatives/I02/"))
    assert "Needs first I01 Put every analytics artefact under version control" in needs
    assert "I02 Require a second person" in words(read("/manifesto/initiatives/I01/")).partition("Makes possible")[2]


def test_an_initiative_says_where_its_lift_ends_and_when_it_lifts_nothing_asked_here(monkeypatch):
    framework = catalog.current()
    first, second, *others = framework.initiatives
    idle = second.model_copy(update={"lifts": {}})
    altered = framework.model_copy(update={"initiatives": (first, idle, *others)})
    altered.__dict__.pop("initiative_by_id", None)
    monkeypatch.setattr(catalog, "current", lambda: altered)
    assert "+3 P09.1" in words(read("/manifesto/initiatives/I01/"))
    assert "Never above level 4" in read("/manifesto/initiatives/I01/")
    assert "None of the questions that this version asks." in read("/manifesto/initiatives/I02/")


def test_markup_in_a_framework_text_is_shown_and_not_obeyed(monkeypatch):
    framework = catalog.current()
    hostile = Text(en="<b onmouseover=alert(1)>bold</b>", pt_br="<script>1</script>")
    first = framework.principles[0].model_copy(update={"name": hostile, "paraphrase": hostile, "why": hostile})
    term = framework.glossary[0].model_copy(update={"meaning": hostile})
    initiative = framework.initiatives[0].model_copy(update={"name": hostile, "first_step": hostile})
    passage = framework.chapters[0].passages[0].model_copy(update={"name": hostile, "shown_by": hostile})
    chapter = framework.chapters[0].model_copy(update={"summary": hostile, "passages": (passage,)})
    module = framework.modules[0].model_copy(update={"description": hostile})
    altered = framework.model_copy(
        update={
            "chapters": (chapter, *framework.chapters[1:]),
            "modules": (module, *framework.modules[1:]),
            "principles": (first, *framework.principles[1:]),
            "glossary": (term, *framework.glossary[1:]),
            "initiatives": (initiative, *framework.initiatives[1:]),
        }
    )
    for cached in ("principle_by_key", "initiative_by_id", "chapter_by_key", "module_by_key"):
        altered.__dict__.pop(cached, None)
    monkeypatch.setattr(catalog, "current", lambda: altered)
    principle, overview = reverse("principle", args=[first.slug]), reverse("manifesto")
    chapter_page, module_page = reverse("chapter", args=[chapter.key]), reverse("module", args=[module.key])
    lists = (reverse("glossary"), reverse("initiatives"), reverse("modules"), reverse("background"))
    for address in (overview, principle, *lists, chapter_page, module_page, "/manifesto/initiatives/I02/"):
        page = read(address)
        assert "<b onmouseover" not in page
        assert "&lt;b onmouseover=alert(1)&gt;bold&lt;/b&gt;" in page
        assert "<script>1" not in read(address, "pt-BR")


def test_a_page_that_is_as_it_was_isn_t_sent_again(client):
    address = reverse("glossary")
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "private" in again["Cache-Control"]
    other_language = client.get(address, headers={"If-None-Match": first["ETag"], "Accept-Language": "pt-br"})
    assert other_language.status_code == 200


def test_another_reader_of_the_same_page_gets_a_page_of_their_own(client, cast):
    address = reverse("glossary")
    stranger = client.get(address)
    client.force_login(cast.alice)
    page = client.get(address, headers={"If-None-Match": stranger["ETag"]})
    assert page.status_code == 200
    assert b"Alice" in page.content

"""Every system that the founding talk names can be pointed to: an address, and words that stand there.

docs/where-is-what.md is the same table for people; this one keeps it true. A row is the system, the address below
/manifesto/, and what a reader finds there in English and in Portuguese.
"""

import html
import re
from pathlib import Path

import pytest

from manifesto import catalog
from tests.manifesto.test_views import read, words

DOCUMENT = Path(__file__).parents[2] / "docs" / "where-is-what.md"
WHERE = [
    ("values", "values/", "People and interactions first", "Pessoas e interações primeiro"),
    ("values", "values/", "Cross-functional ownership first", "Responsabilidade multifuncional primeiro"),
    ("values", "values/", "Asked about in P01.1", "Perguntado em P01.1"),
    ("principles", "", "Improve cycle times", "Melhore os tempos de ciclo"),
    ("challenges", "challenges/", "The hope-and-heroism trap", "A armadilha da \"esperança e heroísmo\""),
    ("benefits", "background/benefits/", "Shorter time to insight", "Menos tempo até o insight"),
    ("benefits", "background/benefits/", "The median lead time", "A mediana do tempo de entrega"),
    ("benefits", "background/benefits/", "Better data quality", "Melhor qualidade dos dados"),
    ("benefits", "background/benefits/", "Customers find fewer errors", "Os clientes encontram menos erros"),
    ("benefits", "background/benefits/", "Lower cost of the next question", "Menor custo da próxima pergunta"),
    ("benefits", "background/benefits/", "Better communication", "Melhor comunicação e integração"),
    ("benefits", "background/benefits/", "agile work, reuse and deployment", "trabalho ágil, reuso e deploy"),
    ("benefits", "background/benefits/", "Hours spent on emergency fixes", "As horas de correção emergencial"),
    ("pillars", "pillars/", "Technology", "Tecnologia"),
    ("process", "background/getting-started/", "Scrum, SAFe, Kanban", "Scrum, SAFe, Kanban"),
    ("process", "background/getting-started/", "Score the candidate", "Pontue os projetos candidatos"),
    ("process", "background/getting-started/", "needs a complex solution", "exija uma solução complexa"),
    ("process", "modules/projects/", "DAV.1", "DAV.1"),
    ("technology", "background/getting-started/", "service-oriented", "orientada a serviços"),
    ("technology", "background/getting-started/", "Cloud first", "Nuvem primeiro"),
    ("technology", "background/getting-started/", "Split monoliths", "Divida os monólitos"),
    ("technology", "background/getting-started/", "Proofs of concept", "Provas de conceito"),
    ("organization", "background/getting-started/", "eight roles", "oito papéis"),
    ("organization", "background/getting-started/", "cross-functional team", "equipe multifuncional"),
    ("organization", "background/getting-started/", "shared services first", "serviços compartilhados"),
    ("organization", "background/getting-started/", "chief data officer", "diretor de dados (CDO)"),
    ("team", "roles/", "Kinds of tools:", "Tipos de ferramentas:"),
    ("team", "roles/", "Data citizen", "Cidadão de dados"),
    ("team", "roles/", "Source owner", "Dono da fonte"),
    ("team", "modules/roles/", "ROL.steward", "ROL.steward"),
    ("ecosystem", "background/ecosystem/", "internal tables", "tabelas internas"),
    ("ecosystem", "background/ecosystem/", "external tables", "tabelas externas"),
    ("ecosystem", "background/ecosystem/", "Feedback: from use back", "Retorno: do uso de volta"),
    ("ecosystem", "background/ecosystem/", "Who uses data", "Quem usa os dados"),
    ("mlops", "background/mlops/", "Around 2015", "Por volta de 2015"),
    ("mlops", "background/mlops/", "Models go live faster", "Publicar modelos mais depressa"),
    ("mlops", "modules/mlops/", "MLO.10", "MLO.10"),
    ("levels", "background/mlops/", "The life cycle of a model", "O ciclo de vida de um modelo"),
    ("levels", "background/mlops/", "Google's levels 0 to 2", "Os níveis 0 a 2 do Google"),
    ("levels", "background/mlops/", "Sato, Wider and Windheuser (2019)", "Sato, Wider and Windheuser (2019)"),
    ("levels", "background/mlops/", "code, data and model", "código, dados e modelo"),
    ("levels", "background/mlops/", "MLO.6 at 4 or higher", "MLO.6 em 4 ou mais"),
    ("devops", "background/devops/", "DataOps adds the quality of data", "acrescenta a qualidade dos dados"),
    ("devops", "background/devops/", "Customer feedback, user focus", "Feedback do cliente, foco no usuário"),
    ("conclusion", "background/conclusion/", "Culture and organization", "Cultura e organização"),
]  # fmt: skip


def text(page: str) -> str:
    return html.unescape(words(page))


@pytest.mark.parametrize(("system", "address", "english", "portuguese"), WHERE)
def test_each_system_is_where_the_table_says(system, address, english, portuguese):
    assert english in text(read(f"/manifesto/{address}"))
    assert portuguese in text(read(f"/manifesto/{address}", "pt-BR"))


def test_the_table_for_people_names_every_address():
    named = set(re.findall(r"`/manifesto/([^`]*)`", DOCUMENT.read_text()))
    assert {address for _system, address, _english, _portuguese in WHERE} - named == set()


def test_every_entry_of_the_code_lists_has_a_place_of_its_own():
    framework = catalog.current()
    for address, entries in (
        ("/manifesto/values/", framework.values),
        ("/manifesto/challenges/", framework.challenges),
        ("/manifesto/roles/", framework.roles),
    ):
        page = read(address)
        assert all(f'id="{entry.slug}"' in page for entry in entries), address
    pillars = read("/manifesto/pillars/")
    assert all(f'id="{pillar.key}"' in pillars for pillar in framework.pillars)


def test_every_passage_leads_into_the_framework_and_is_led_to_from_there():
    framework = catalog.current()
    for chapter in framework.chapters:
        for passage in chapter.passages:
            assert passage.principles or passage.questions or passage.initiatives, passage.key
            place = f'href="/manifesto/background/{chapter.key}/#{passage.key}"'
            for key in passage.principles:
                assert place in read(f"/manifesto/principles/{framework.principle_by_key[key].slug}/"), place
            for key in passage.initiatives:
                assert place in read(f"/manifesto/initiatives/{key}/"), place


def test_works_of_others_are_named_and_linked_without_telling_them_who_reads():
    page = read("/manifesto/background/mlops/")
    link = re.search(r'<a href="https://martinfowler.com/articles/cd4ml.html"([^>]*)>', page)
    assert link is not None
    assert 'rel="noreferrer"' in link[1]


def test_the_glossary_is_within_reach_on_each_page():
    for address in ("/manifesto/", "/manifesto/background/devops/", "/accounts/login/"):
        assert 'href="/manifesto/glossary/"' in read(address)

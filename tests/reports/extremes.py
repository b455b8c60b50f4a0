"""The richest report there is and the poorest, as data: what the one holds beside the sample, and what the other lacks.

The rich team has four respondents who disagree, eight quarters of history, all modules, own initiatives, owners,
outcomes, a rate, two logos and findings; names are as long as their fields allow. The poor one did the short form for
the first time, knows a third of the answers not, and has but the plan that is proposed to it.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import cache

from assessment.change import compare
from assessment.scorecard import Scorecard
from assessment.scoring import Answer, Respondent, own_scores, score
from manifesto import catalog
from manifesto.definitions import Framework
from reports.additions import AddedLogo
from reports.briefing import GivenAnswer, ReportData
from reports.briefing.data import Logo, OutcomeTrend, OwnWords, Past, Rate, Spoken
from reports.roadmap.own import OwnInitiative, with_own
from reports.roadmap.plan import make_plan
from reports.roadmap.targets import target_levels
from reports.roadmap.wishes import Settings
from tests.reports.pictures import png
from tests.reports.sample import answers, module_answers, projects, report_data

PEOPLE = ("ana", "bruno", "carla", "davi")
LONG_TEAM = "Engenharia de Dados e Plataforma Analítica da Diretoria Comercial Norte-Nordeste"  # 80 signs
LONG_NAME = (
    "Substituição das planilhas críticas de fechamento contábil e de conciliação bancária por pipelines "
    "versionados, testados e monitorados, com responsável definido"
)
LONG_PROJECT = (
    "Previsão de evasão com alertas diários para as equipes de relacionamento das regionais Norte, Nordeste "
    "e Centro-Oeste"
)
LONG_PERSON = "Maria Aparecida dos Santos Albuquerque de Vasconcelos e Oliveira Figueiredo da Conceição"
SAID = (
    "Conferido com a equipe de plantão: a lista fica no catálogo, é revisada a cada entrega e mostra também o que "
    "ainda depende de uma pessoa só. "
)
RATINGS = (
    ((4, 5, 4, 3, 4), (4, 4, 5, 4, 3), 4),
    ((2, 3, 2, 2, 3), (5, 5, 4, 5, 5), 3),
    ((5, 5, 5, 4, 5), (2, 2, 3, 1, 1), 1),
)
OUTCOMES = {
    "en": (
        "Median lead time (days)", "Failed deliveries (%)", "Errors found by customers", "Out-of-hours work (hours)",
    ),
    "pt-br": (
        "Tempo de entrega mediano (dias)", "Entregas com falha (%)", "Erros encontrados por clientes",
        "Trabalho fora do horário (horas)",
    ),
}  # fmt: skip
FOUND = {
    "en": "The team talks about quality every week, yet nobody may stop a delivery. Give one person that right first.",
    "pt-br": "A equipe fala de qualidade toda semana, mas ninguém pode parar uma entrega. Dê primeiro esse direito a "
    "uma pessoa.",
}


def _people(framework: Framework, shift: int, *, modules: bool) -> list[Respondent]:
    """Four sheets: the sample's, and three that differ from it by up to two levels here and there."""
    sheets = []
    for number, name in enumerate(PEOPLE):
        given = dict(answers(framework, shift))
        for place, (key, answer) in enumerate(given.items()):
            if answer.level is None:
                continue
            moved = (place * (number + 1)) % 5 - 2 if place % 3 == number % 3 else 0
            level = min(5, max(1, answer.level + moved))
            given[key] = Answer(
                level=level, partly=answer.partly and level < 5, evidence_strength=answer.evidence_strength
            )
            if place % 11 == number + 4:
                given[key] = Answer(state="dont_know")
        sheets.append(Respondent(name, given | (module_answers() if modules else {})))
    return sheets


@cache
def rich(language: str = "en") -> ReportData:
    framework = with_own(catalog.current(), [_own()])
    sheets, sheets_before = (_people(framework, shift, modules=not shift) for shift in (0, 1))
    candidates = {f"{LONG_PROJECT[: 110 - n]} {n}": RATINGS[n % 3] for n in range(1, 13)}
    card = Scorecard.from_dict(score(framework, sheets, projects=projects(candidates)).as_dict())
    before = score(framework, sheets_before)
    targets = target_levels(framework, card, "ambitious")
    plan = make_plan(framework, card, targets, Settings(people=14, must_do=frozenset({"T1"}), max_per_quarter=8))
    excluded = [i.id for i in framework.initiatives if i.id not in {item.initiative for item in plan.items}][:3]
    data = report_data()
    return replace(
        data,
        framework=framework,
        scorecard=card,
        plan=plan,
        team=LONG_TEAM,
        scope=SAID * 28,
        respondents=4,
        invited=7,
        mode="named",
        previous=before,
        comparison=compare(
            framework, before, card,
            own_before=own_scores(framework, sheets_before, "full"), own_after=own_scores(framework, sheets, "full"),
            targets={key: level for key, level in targets.items() if level is not None},
        ),
        history=_history(before, card),
        outcome_quarters=tuple(past.period for past in _history(before, card)),
        outcomes=tuple(
            OutcomeTrend(name, tuple(None if n == 3 else round((90 - 7 * n - 11 * m) / (1 + m), 1) for n in range(8)))
            for m, name in enumerate(OUTCOMES[language])
        ),
        rate=Rate("BRL", Fraction(123456)),
        owners={item.initiative: LONG_PERSON for item in plan.items},
        refused=dict.fromkeys(excluded, SAID * 2),
        own_words=(
            OwnWords("", SAID * 2, LONG_PERSON),
            *(OwnWords(p.key, FOUND[language], LONG_PERSON) for p in framework.principles),
        ),
        logos=_logos(),
        alpha=Fraction(61, 100),
        spoken=_spoken(sheets),
    )  # fmt: skip


@cache
def poor() -> ReportData:
    """First assessment, short form, a third unknown, one person, the proposed plan."""
    framework = catalog.current()
    given = dict(answers(framework, 0))
    short = [question.key for question in framework.form_questions("short")]
    given |= {key: Answer(state="dont_know") for key in short[::3]}
    sheet = Respondent("ana", given)
    card = score(framework, [sheet], "short")
    plan = make_plan(framework, card, target_levels(framework, card), Settings(people=3))
    data = report_data(first=True, form="short")
    return replace(data, scorecard=card, plan=plan, scope="", answers={}, spoken=_spoken([sheet]))


@cache
def small(language: str) -> ReportData:
    """Three people at level 1 whose one answer rose by a level, checked by a second person."""
    framework = catalog.current()
    keys = [question.key for question in framework.core_questions]
    then = {key: Answer(level=1) for key in keys}
    before, now = (
        score(framework, [Respondent("ana", said)])
        for said in (then, then | {"P15.2": Answer(level=2, evidence_strength=2)})
    )
    plan = make_plan(framework, now, target_levels(framework, now), Settings(people=3))
    return replace(
        report_data(), scorecard=now, previous=before, comparison=compare(framework, before, now), plan=plan, spoken={}
    )


@cache
def worst(language: str) -> ReportData:
    """The report that has most to say: all far below target, nobody agrees, each text as long as it may be."""
    data = rich(language)
    keys = [question.key for question in data.framework.core_questions]
    sheets = [
        Respondent(name, {key: Answer(level=level, evidence_strength=2) for key in keys[: len(keys) * 3 // 4]}
                   | {key: Answer("not_applicable", reason="x") for key in keys[len(keys) * 3 // 4 :]})
        for name, level in zip(PEOPLE, (1, 1, 2, 4), strict=True)
    ]  # fmt: skip
    card, reason = score(data.framework, sheets), (SAID * 14)[:2000]
    plan = make_plan(
        data.framework, card, target_levels(data.framework, card, "ambitious"), Settings(people=40, max_per_quarter=20)
    )
    return replace(
        data,
        scorecard=card,
        plan=plan,
        comparison=compare(data.framework, card, card),
        answers={key: GivenAnswer(reason=reason, evidence_strength=2) for key in keys},
        own_words=tuple(
            OwnWords(key, reason, LONG_PERSON)
            for key in [*(p.key for p in data.framework.principles), *(p.prefix for p in data.framework.pillars)]
        ),
    )


def _own() -> OwnInitiative:
    return OwnInitiative.from_dict(
        {
            "id": "T1",
            "name": LONG_NAME,
            "first_step": SAID * 3,
            "done_when": SAID * 3,
            "lifts": {"P15.1": "2", "P15.2": "1"},
            "cap": "4",
            "effort": "13/2",
            "prerequisites": [],
        }
    )


def _history(before: Scorecard, now: Scorecard) -> tuple[Past, ...]:
    """Eight quarters, one of them skipped, the first two of an earlier release."""
    quarters = [f"{year} Q{number}" for year in (2024, 2025, 2026) for number in (1, 2, 3, 4)][3:11]
    earlier = [
        Past(quarter, None if n == 3 else Fraction(17 + n, 10), 0 if n == 3 else 1,
             "" if n == 3 else "dataops@0.9.0" if n < 2 else now.framework)
        for n, quarter in enumerate(quarters[:6])
    ]  # fmt: skip
    last = [
        Past(q, c.overall.score, c.overall.level, c.framework) for q, c in zip(quarters[6:], (before, now), strict=True)
    ]
    return (*earlier, *last)


def _logos() -> tuple[Logo, ...]:
    pictures = (AddedLogo(png(120, 40), "image/png", "Consultoria Horizonte", 120, 40),
                AddedLogo(png(40, 40), "image/png", "Rede Comercial Norte", 40, 40))  # fmt: skip
    return tuple(Logo(p.svg, p.alt, p.width, p.height) for p in pictures)


def _spoken(sheets: list[Respondent]) -> dict[str, tuple[Spoken, ...]]:
    said: dict[str, list[Spoken]] = {}
    for place, sheet in enumerate(sheets):
        for key, answer in sheet.answers.items():
            note = SAID * 2 if (len(key) + place) % 3 == 0 else ""
            said.setdefault(key, []).append(
                Spoken(answer.state, answer.value, answer.evidence_strength, "", answer.reason, note, "medium")
            )
    return {key: tuple(sorted(items, key=lambda s: (s.value or 0, s.note))) for key, items in said.items()}

"""Results of the cast with a roadmap worth looking at: everything at level 3 but quality, which is at 1."""

from __future__ import annotations

from assessment.answers import Answer as SpokenAnswer
from assessment.models import Answer, Result
from jobs.actions import claim
from jobs.models import Job
from jobs.work import work
from manifesto import catalog
from manifesto.export import framework_hash
from organizations.permissions import Act, people_who_can
from reports import actions
from reports.models import Report
from reports.plans import choices_for
from tests.assessment.rooms import FRAMEWORK, LATER, close, opened
from tests.reports.sample import answers, card_with_modules, module_answers, projects


def planned_result(cast, *, team=None, changes: dict | None = None, **settings) -> Result:
    """A closed assessment of Atlas: P15 at 1, P08.1 unknown, the rest at 3, but for `changes` by question key."""
    assessment = opened(cast, team=team, **settings)
    sheet = assessment.respondents.get()
    Answer.objects.bulk_create(
        Answer(respondent=sheet, question_key=key, version=1, updated_at=LATER, **said)
        for key, said in (_answers() | (changes or {})).items()
    )
    return close(people_who_can(Act.RUN_ASSESSMENT, assessment.team).earliest("pk"), assessment)


def result_with_modules(cast, *, hands: dict | None = None, candidates: dict | None = None, **settings) -> Result:
    """A result of the current release with the three modules of the domain guide's examples."""
    framework = catalog.current()
    result = planned_result(cast, framework=framework, framework_hash=framework_hash(framework), **settings)
    said = answers(framework, 0) | module_answers(hands)
    result.scorecard = card_with_modules(hands, candidates).as_dict()
    result.answers = {
        "respondents": [{"id": "ana", "user": None, "name": "", "shared": True, "answers": _frozen(said)}],
        "projects": [
            {"name": project.name, "ratings": dict(project.ratings), "complexity": project.complexity, "note": ""}
            for project in projects(candidates)
        ],
    }
    result.save()
    return result


def _frozen(said: dict[str, SpokenAnswer]) -> dict[str, dict]:
    rest = {"note": "", "evidence_url": "", "confidence": "", "by": "Alice"}
    return {
        key: {
            "state": answer.state, "level": answer.level, "partly": answer.partly, "reason": answer.reason,
            "evidence_strength": answer.evidence_strength, "holders": ", ".join(answer.holders), **rest,
        }
        for key, answer in said.items()
    }  # fmt: skip


def _answers() -> dict[str, dict]:
    said = {q.key: {"state": "answered", "level": 1 if q.subject == "P15" else 3} for q in FRAMEWORK.core_questions}
    return said | {"P08.1": {"state": "dont_know"}}


def asked(user, result: Result, language: str = "en", now=LATER, audience: str = "lead") -> Report:
    return actions.request_report(
        user=user, result=result, choices=choices_for(result), language=language, audience=audience, now=now
    )


def do_job(job: Job, now=None) -> Job:
    """What a worker does with the job once it needn't wait any more, in this process; the job as it is afterwards."""
    work(claim(job_id=job.pk, now=now or job.waits_until or LATER))
    job.refresh_from_db()
    return job

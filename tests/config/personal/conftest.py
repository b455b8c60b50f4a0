"""Bob's traces: a sheet of his own in a closed and in an open assessment, answers on the team's, a role, a report."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from allauth.account.models import EmailAddress

from assessment.models import Assessment
from jobs.models import Job
from organizations import actions as people
from organizations.models import Role
from reports import files
from reports.models import Report
from tests.assessment.rooms import close, level, opened, save
from tests.cast import NOW
from tests.reports.rooms import asked

SECRET_NOTE = "Bob thinks that the lead is wrong"


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def world(cast) -> SimpleNamespace:
    """The cast with a named assessment of Atlas that is closed, a shared one that is open, a named one of Boreal."""
    EmailAddress.objects.create(user=cast.bob, email=cast.bob.email, primary=True)
    people.create_login_link(user=cast.bob, now=NOW)
    people.invite(organization=cast.house, actor=cast.olivia, email="bob@example.org", role=Role.VIEWER, now=NOW)
    named = opened(cast, mode="named")
    save(cast.bob, named, entry=level(2, note=SECRET_NOTE, evidence_url="https://wiki.example/tests"))
    save(cast.bob, named, entry=level(3, note=SECRET_NOTE, evidence_url="https://wiki.example/tests"), version=1)
    save(cast.alice, named, entry=level(4, note="Alice's own"))
    result = close(cast.alice, named)
    shared = opened(cast, period="2026-Q4")
    save(cast.bob, shared, entry=level(4, note="For the team"))
    people.invite(organization=cast.house, actor=cast.olivia, email="x@example.org", role=Role.VIEWER, now=NOW)
    hidden = opened(cast, team=cast.boreal, user=cast.carla, mode="named")
    people.change_membership(
        membership=cast.bob.memberships.get(), actor=cast.olivia, role=Role.MEMBER, team=cast.boreal, now=NOW
    )
    save(cast.bob, hidden, entry=level(1, note="Nobody knows yet"))
    report = asked(cast.alice, result)
    Job.objects.filter(pk=report.job_id).update(state=Job.State.DONE)
    Report.objects.filter(pk=report.pk).update(file=files.name_of(report))
    files.write(files.path_of(report), b"%PDF-1.7 with Bob's name")
    return SimpleNamespace(
        **vars(cast),
        named=Assessment.objects.get(pk=named.pk),
        result=result,
        shared=shared,
        hidden=hidden,
        report=report,
    )

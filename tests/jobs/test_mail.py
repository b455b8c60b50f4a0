"""Letters: one per event, tried for a day while the mail server is away, and no header can be smuggled in."""

from __future__ import annotations

from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail as django_mail
from django.core.mail import EmailMessage
from django.db import transaction
from django.utils import timezone

from jobs import actions, broker, mail, registry, tasks
from jobs.models import Job
from jobs.work import Context
from tests.cast import NOW

pytestmark = pytest.mark.django_db
LETTER = mail.Letter("nina@example.org", "Report ready", "Hello Nina")


@pytest.fixture(autouse=True)
def no_messages(monkeypatch):
    monkeypatch.setattr(broker, "publish", lambda job_id, queue: None)


@pytest.fixture
def letter(monkeypatch):
    """A function that queues a job which sends this letter."""

    def queue(letter=LETTER):
        monkeypatch.setattr(registry, "_handlers", {"letter": lambda payload, context: mail.send(context, letter)})
        with transaction.atomic():
            return actions.enqueue(
                kind="letter", key="letter-1", payload={}, now=timezone.now(), max_attempts=mail.ATTEMPTS
            )

    return queue


@pytest.fixture
def server_says(monkeypatch):
    """Let the mail server answer with an error, or (None) take letters again."""
    send = EmailMessage.send

    def says(error):
        def answer(self, fail_silently=False):
            if error:
                raise error
            return send(self, fail_silently)

        monkeypatch.setattr(EmailMessage, "send", answer)

    return says


def test_a_letter_is_sent_once_however_often_the_worker_is_told(letter):
    job = letter()
    for _ in range(3):
        tasks.run(job.pk)
    (sent,) = django_mail.outbox
    assert (sent.to, sent.subject, sent.body) == (["nina@example.org"], "Report ready", "Hello Nina")
    assert Job.objects.get().state == "done"


def test_one_event_is_one_letter_also_when_it_is_announced_twice(letter):
    first, second = letter(), letter()
    assert first.pk == second.pk
    tasks.run(first.pk)
    tasks.run(second.pk)
    assert len(django_mail.outbox) == 1


def test_nothing_is_sent_by_a_worker_that_has_lost_the_job(letter):
    job = actions.claim(job_id=letter().pk, now=timezone.now())
    Job.objects.update(token=job.token + 1)
    with pytest.raises(actions.LeaseLost):
        mail.send(Context(job), LETTER)
    assert django_mail.outbox == []


def test_each_attempt_has_the_same_message_id_and_another_job_another(letter):
    job = letter()
    assert mail.message_id(job) == mail.message_id(Job.objects.get(pk=job.pk))
    assert mail.message_id(job) != mail.message_id(Job(key="letter-2", created_at=job.created_at))
    assert mail.message_id(job).endswith("@localhost>")


def test_while_the_server_is_away_the_letter_waits_longer_each_time_and_is_sent_at_last(letter, server_says):
    job = letter()
    server_says(SMTPServerDisconnected("gone"))
    tasks.run(job.pk)
    waiting = Job.objects.get()
    assert (waiting.state, waiting.error) == ("queued", mail.NO_SERVER)
    now = timezone.now()
    assert not Job.objects.unheard(now + timedelta(seconds=55), actions.PATIENCE).exists()
    assert Job.objects.unheard(now + timedelta(seconds=65), actions.PATIENCE).exists()
    server_says(None)
    tasks.run(job.pk)
    assert (Job.objects.get().state, len(django_mail.outbox)) == ("done", 1)


def test_the_pauses_double_up_to_three_hours_and_add_up_to_a_day():
    pauses = [mail.pause(attempts) for attempts in range(1, mail.ATTEMPTS)]
    assert [pause.total_seconds() / 60 for pause in pauses[:9]] == [1, 2, 4, 8, 16, 32, 64, 128, 180]
    assert timedelta(hours=18) < sum(pauses, timedelta()) < timedelta(hours=30)


@pytest.mark.parametrize(("code", "state"), [(550, "failed"), (450, "queued")])
def test_an_address_that_is_refused_for_good_is_not_tried_again(letter, server_says, code, state):
    server_says(SMTPRecipientsRefused({"nina@example.org": (code, b"no")}))
    tasks.run(letter().pk)
    job = Job.objects.get()
    assert (job.state, job.error) == (state, mail.REFUSED)


@pytest.mark.parametrize(
    ("typed", "subject"),
    [
        ("Atlas\r\nBcc: eve@example.org", "Atlas Bcc: eve@example.org"),
        ("\u202ereversed", "reversed"),
        ("a\x00b\u2028c", "a b c"),
        ("{{ 7|add:7 }} <b>x</b> 🚀", "{{ 7|add:7 }} <b>x</b> 🚀"),
        ("x" * 300, "x" * 199 + "…"),
    ],
)
def test_what_people_typed_is_one_line_of_a_subject_and_no_header(letter, typed, subject):
    tasks.run(letter(mail.Letter("nina@example.org", typed, "Hello")).pk)
    (sent,) = django_mail.outbox
    assert sent.subject == subject
    assert sent.recipients() == ["nina@example.org"]
    assert "\nBcc:" not in sent.message().as_string()


def test_a_job_without_wishes_is_tried_again_after_the_usual_patience(letter):
    job = actions.claim(job_id=letter().pk, now=NOW)
    actions.fail(job=job, reason="x", now=NOW)
    assert Job.objects.get().published_at == NOW

"""Letters. Each is a job of its own, whose key names the event: so one event is one letter, however often it is told.

The handler of the job composes the letter when it is sent, from the rows as they are then: nothing that a person typed
is kept twice, and who may not read a thing any more gets no letter about it. A mail server that is away is asked again
for about a day, less and less often. A worker that is killed between the server's word and its own note of it sends
again, under the same Message-ID, by which mailboxes know a copy.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parseaddr
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext_noop

from jobs.models import Job
from jobs.registry import WorkFailed
from jobs.work import Context

ATTEMPTS = 14
"""With pauses of 1, 2, 4 ... minutes, three hours at most, the last one comes after about a day."""
LONGEST_PAUSE = timedelta(hours=3)
LONGEST_SUBJECT = 200
REFUSED = gettext_noop("The mail server refuses the address.")
NO_SERVER = gettext_noop("The mail server could not be reached, or did not take the letter.")
UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2060-\u2069\ufeff]+")
"""What has no place in a subject: it would begin a header, or turn the direction of what follows."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Plain text for one person. `subject` may hold what people typed: it is made one line."""

    to: str
    subject: str
    text: str


def send(context: Context, letter: Letter) -> None:
    """Hand the letter to the mail server and end the job. Raises WorkFailed, and LeaseLost before anything is sent."""
    context.report("sending", 1, 1)
    message = EmailMessage(
        one_line(letter.subject),
        letter.text,
        to=[letter.to],
        headers={"Message-ID": message_id(context.job), "Auto-Submitted": "auto-generated"},
    )
    try:
        message.send()
    except SMTPRecipientsRefused as refusal:
        for_good = all(code >= 500 for code, _words in refusal.recipients.values())
        raise WorkFailed(REFUSED, final=for_good, again_after=pause(context.job.attempts)) from refusal
    except (SMTPException, OSError) as error:
        raise WorkFailed(NO_SERVER, again_after=pause(context.job.attempts)) from error
    context.finish()


def pause(attempts: int) -> timedelta:
    """How long to wait after so many attempts: 1, 2, 4 ... minutes, at most three hours."""
    return min(LONGEST_PAUSE, timedelta(minutes=2 ** (attempts - 1)))


def one_line(text: str) -> str:
    """The text as a subject: no line breaks or signs that nobody sees, not endless."""
    words = " ".join(UNSEEN.sub(" ", text).split())
    return words if len(words) <= LONGEST_SUBJECT else words[: LONGEST_SUBJECT - 1] + "…"


def message_id(job: Job) -> str:
    """The same for each attempt of a job, and for no other job of any installation."""
    named = hashlib.sha256(f"{settings.BASE_URL} {job.key} {job.created_at.isoformat()}".encode()).hexdigest()[:32]
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{named}@{domain}>"

"""The one way to write an audit row: in the transaction of the act that it records."""

from __future__ import annotations

from datetime import datetime

from organizations.models import AuditEvent, Organization, User


def record(
    *, organization: Organization, actor: User | None, action: str, subject: str, now: datetime, **detail
) -> AuditEvent:
    """Append an audit row. `action` is a phrase such as "assessment closed"; no answers or tokens in `detail`."""
    return AuditEvent.objects.create(
        organization=organization,
        actor=actor,
        actor_name=str(actor)[:120] if actor else "",
        action=action,
        subject=subject[:200],
        detail=detail,
        at=now,
    )

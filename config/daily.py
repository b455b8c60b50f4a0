"""The work of each day: what is old goes, and who follows the closings of an organization is told of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from config.retention import do_maintenance
from reports.organization_report import tell_all_followers


def do_daily_work(payload: Mapping[str, Any], context: Any) -> None:
    """The worker's part; started again after a crash it does nothing twice."""
    do_maintenance(payload, context)
    tell_all_followers(now=timezone.now())

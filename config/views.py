"""The home page, and what watches the product from outside."""

from __future__ import annotations

from django.db import Error, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from config import home as homes
from config import metrics as numbers
from jobs import broker, heartbeat


def home(request):
    """Where each person starts: their open questionnaires, their teams, what moved."""
    if not request.user.is_authenticated:
        return render(request, "welcome.html")
    return render(request, "home.html", homes.build(request.user))


@never_cache
def healthz(request):
    """200 while the web process serves."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request):
    """503 while database or migrations aren't ready; a missing worker or broker is only `degraded`."""
    parts = {"database": _database(), "migrations": "unknown"}
    if parts["database"] == "ok":
        parts["migrations"] = _migrations()
        parts["worker"] = "ok" if heartbeat.is_anybody_alive(timezone.now()) else "missing"
        parts["broker"] = "ok" if broker.is_reachable() else "unreachable"
    ready = parts["database"] == parts["migrations"] == "ok"
    status = "unavailable" if not ready else "ok" if set(parts.values()) == {"ok"} else "degraded"
    return JsonResponse({"status": status, "parts": parts}, status=200 if ready else 503)


@never_cache
def metrics(request):
    """Numbers for a Prometheus server; for anybody else there is nothing here."""
    if not numbers.may_read(request):
        raise Http404
    return HttpResponse(numbers.exposition(), content_type=numbers.CONTENT_TYPE)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:  # an InterfaceError, too: what is left of a connection that broke
        return "unreachable"
    return "ok"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "pending" if pending else "ok"

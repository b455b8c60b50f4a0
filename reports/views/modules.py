"""An optional module of a result: what it tells, why, and its tables as files."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language

from assessment.access import may_see_names, result_for
from assessment.models import Result
from assessment.results import ResultsPage, build_page, framework_of, module_rows
from assessment.scorecard import Scorecard
from reports import charts
from reports.export import Sheet, csv_response, csv_text, xlsx_response
from reports.gathering import typed_projects
from reports.modules import AnyModule, module_of, module_tables
from reports.tables import about_module
from reports.views.results import result_frame


@login_required
def result_module(request, assessment_id: int, module: str):
    """What one module tells, with every number explained."""
    result = result_for(request.user, assessment_id)
    page, told = build_page(result, Result.objects.last_before(result), {}), _told(request.user, result, module)
    context = result_frame(result, page, request.user) | {
        "module": told,
        "rows": module_rows(page, told.module),
        "tables": list(module_tables(told, get_language())),
        **_drawing(page, told),
    }
    return render(request, "reports/result_module.html", context)


@login_required
def result_module_csv(request, assessment_id: int, module: str):
    """The module's main table, or the one that is asked for by name."""
    result = result_for(request.user, assessment_id)
    told = _told(request.user, result, module)
    tables = module_tables(told, get_language())
    name = request.GET.get("table") or next(iter(tables))
    if name not in tables:
        raise Http404
    title, table = tables[name]
    address = request.build_absolute_uri(reverse("result-module", args=[assessment_id, module]))
    text = csv_text(about_module(result, title, told.sentence, address, timezone.now()), *table)
    return csv_response(f"{result.team_name}-{result.period}-{name}", text)


@login_required
def result_module_xlsx(request, assessment_id: int, module: str):
    """Every table of the module in one workbook."""
    result = result_for(request.user, assessment_id)
    told = _told(request.user, result, module)
    address, now = request.build_absolute_uri(reverse("result-module", args=[assessment_id, module])), timezone.now()
    tables = module_tables(told, get_language()).values()
    sheets = [Sheet(title, about_module(result, title, told.sentence, address, now), *table) for title, table in tables]
    return xlsx_response(f"{result.team_name}-{result.period}-{module}", sheets)


def _told(user, result: Result, key: str) -> AnyModule:
    """The module as this reader may see it. Raises Http404 for one about which nothing was said."""
    told = module_of(
        framework_of(result),
        Scorecard.from_dict(result.scorecard),
        key,
        get_language(),
        typed=typed_projects(result),
        named=may_see_names(user, result),
    )
    if told is None:
        raise Http404
    return told


def _drawing(page: ResultsPage, told: AnyModule) -> dict:
    if told.kind != "projects" or not told.drawn:
        return {}
    language = get_language()
    return {
        "chart": charts.projects_chart(page, told, language),
        "chart_settings": charts.settings_for(language),
    }

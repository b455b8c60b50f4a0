"""The work on an adopted plan: its items by quarter, and each item's owner, status, notes and evidence."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from organizations.permissions import Act, check_user_can, user_can
from reports.adoption import ItemConflict, ItemEntry, PlanEnded, change_item
from reports.forms import ItemForm
from reports.models import AdoptedPlan, PlanItem
from reports.money import costs_of
from reports.working import item_differences, item_page, quarters_of, questions_to_answer, work_page


@login_required
def adopted_plan(request, plan_id: int):
    """What the team decided on, by quarter, and how the work goes."""
    plan = get_object_or_404(AdoptedPlan.objects.for_user(request.user).with_result(), pk=plan_id)
    items = list(plan.items.in_order())
    context = _frame(request, plan) | {
        "page": work_page(plan, items, get_language()),
        "costs": costs_of(items, plan.result.organization, get_language()),
        "may_work": plan.ended_at is None and user_can(request.user, Act.WORK, plan.team),
    }
    return render(request, "reports/work.html", context)


@login_required
def plan_item(request, plan_id: int, item_id: int):
    """One item; a post saves what was sent, and what wasn't stays as it is."""
    items = PlanItem.objects.for_user(request.user).with_plan()
    item = get_object_or_404(items, pk=item_id, plan=plan_id)
    if request.method != "POST":
        return _page(request, item, _form(item, status=request.GET.get("status", "")))
    check_user_can(request.user, Act.WORK, item.plan.team)
    form = _form(item, request.POST)
    if not form.is_valid():
        return _page(request, item, form, status=422)
    return _save(request, item, form)


def _save(request, item: PlanItem, form: ItemForm):
    version = form.cleaned_data["version"]
    try:
        saved = change_item(user=request.user, item_id=item.pk, version=version, entry=form.entry, now=timezone.now())
    except PlanItem.DoesNotExist as error:
        raise Http404 from error
    except PlanEnded:
        refused = _("The team adopted another plan in place of this one. Nothing can be changed here any more.")
        return _page(request, item, form, refused=refused, status=409)
    except ItemConflict as conflict:
        both = item_differences(conflict.current, form.entry)
        typed = _form(item, _sent(request.POST) | {"version": conflict.current.version})
        return _page(request, conflict.current, typed, differences=both, status=409)
    if saved.status == PlanItem.Status.DONE and item.status != PlanItem.Status.DONE:
        messages.success(request, _("Done. The questions that it lifts are on the list to answer anew."))
    return redirect("adopted-plan", item.plan_id)


def _form(item: PlanItem, data=None, status: str = "") -> ItemForm:
    """What was sent over what stands; before anything was sent, with the `status` that the address proposes."""
    stands = {name: getattr(item, name) for name in (*ItemEntry.__slots__, "version")}
    if status in PlanItem.Status.values and data is None:
        stands["status"] = status
    return ItemForm(None if data is None else stands | _sent(data), initial=stands, quarters=quarters_of(item))


def _sent(data) -> dict:
    return data.dict() if hasattr(data, "dict") else dict(data)


def _page(request, item: PlanItem, form: ItemForm, *, status: int = 200, **context):
    context |= _frame(request, item.plan) | {
        "item": item,
        "page": item_page(item, get_language()),
        "form": form,
        "questions": questions_to_answer(item, get_language()),
        "may_work": item.plan.ended_at is None and user_can(request.user, Act.WORK, item.plan.team),
    }
    return render(request, "reports/plan_item.html", context, status=status)


def _frame(request, plan: AdoptedPlan) -> dict:
    return {
        "plan": plan,
        "adopted": plan,
        "result": plan.result,
        "team": plan.team,
        "organization": plan.result.organization,
        "section": "roadmap",
        "tab": "work",
    }

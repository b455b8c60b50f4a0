"""Candidate data projects of an assessment: the list, one project, and its removal."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from assessment import actions, candidates
from assessment.access import assessment_for
from assessment.forms import ProjectForm, RemovalForm
from assessment.models import Assessment, Project
from assessment.views.answering import closed, frame, module_off
from manifesto import catalog
from manifesto.definitions import Framework


@login_required
def projects(request, assessment_id: int):
    """Every project with how far it is rated."""
    assessment, framework = _place(request, assessment_id)
    rows = candidates.rows(framework, assessment.projects.standing(), get_language())
    context = frame(assessment, rows=rows, most=actions.MOST_PROJECTS, full=len(rows) >= actions.MOST_PROJECTS)
    return render(request, "assessment/projects.html", context)


@login_required
def new(request, assessment_id: int):
    """Add a project."""
    assessment, framework = _place(request, assessment_id)
    return _edit(request, assessment, framework, None)


@login_required
def project(request, assessment_id: int, project_id: int):
    """Rate a project and describe it."""
    assessment, framework = _place(request, assessment_id)
    project = get_object_or_404(assessment.projects.all(), pk=project_id)
    if project.removed_at and request.method != "POST":
        raise Http404
    return _edit(request, assessment, framework, project)


def _edit(request, assessment: Assessment, framework: Framework, project: Project | None):
    form = ProjectForm(request.POST or None, framework=framework, project=project)
    status, conflict = 422 if form.is_bound else 200, None
    if request.method == "POST" and form.is_valid():
        try:
            actions.save_project(
                user=request.user,
                assessment_id=assessment.pk,
                project_id=project.pk if project else None,
                entry=form.entry,
                version=form.cleaned_data["version"],
                now=timezone.now(),
            )
        except actions.ProjectConflict as error:
            status, conflict = 409, error.current
        except actions.ModuleOff:
            return module_off(request, assessment)
        except actions.ProjectRefused as error:
            form.add_error(None, str(error))
        except actions.AssessmentClosed:
            return closed(request, assessment)
        else:
            return redirect("projects", assessment.pk)
    context = frame(
        assessment,
        project=project,
        form=form,
        criteria=candidates.criteria(framework, form, get_language()),
        complexity=candidates.complexity(framework, form, get_language()),
        conflict=candidates.rows(framework, [conflict], get_language())[0] if conflict else None,
        revisions=project.revisions.newest_first() if project else [],
    )
    return render(request, "assessment/project.html", context, status=status)


@login_required
def remove(request, assessment_id: int, project_id: int):
    """Ask whether the project is to go; then remove it."""
    assessment, framework = _place(request, assessment_id)
    project = get_object_or_404(assessment.projects.standing(), pk=project_id)
    form = RemovalForm(request.POST or None, initial={"version": project.version})
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        try:
            actions.remove_project(
                user=request.user,
                assessment_id=assessment.pk,
                project_id=project.pk,
                version=version,
                now=timezone.now(),
            )
        except actions.ProjectConflict as error:
            project, status = error.current, 409
        except actions.ModuleOff:
            return module_off(request, assessment)
        except actions.AssessmentClosed:
            return closed(request, assessment)
        else:
            messages.success(request, _("The project is off the list."))
            return redirect("projects", assessment.pk)
    row = candidates.rows(framework, [project], get_language())[0]
    context = frame(assessment, project=project, row=row, changed=status == 409)
    return render(request, "assessment/project_remove.html", context, status=status)


def _place(request, assessment_id: int) -> tuple[Assessment, Framework]:
    """The assessment, whose module is on; a post is told by the action when it was switched off meanwhile.

    Raises Http404, NotAllowed.
    """
    assessment = assessment_for(request.user, assessment_id)
    framework = catalog.get(assessment.framework_key, assessment.framework_version)
    if not framework.project_questions:
        raise Http404
    if request.method != "POST" and not actions.rates_projects(assessment, framework):
        raise Http404
    return assessment, framework

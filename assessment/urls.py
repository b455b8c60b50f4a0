"""Addresses of teams, questionnaires, results and dashboards."""

from django.urls import path

from assessment.views import answering, closing, organization, projects, teams

urlpatterns = [
    path("teams/<int:team_id>/", teams.team, name="team"),
    path("teams/<int:team_id>/welcome/", teams.welcome, name="team-welcome"),
    path("teams/<int:team_id>/start/", teams.start, name="start-assessment"),
    path("organizations/<int:organization_id>/answers/", organization.answers, name="organization-answers"),
    path("assessments/<int:assessment_id>/", answering.assessment, name="assessment"),
    path("assessments/<int:assessment_id>/about/", answering.about, name="about"),
    path("assessments/<int:assessment_id>/settings/", answering.settings, name="assessment-settings"),
    path("assessments/<int:assessment_id>/continue/", answering.continue_answering, name="continue"),
    path("assessments/<int:assessment_id>/blank/", answering.blank, name="blank"),
    path("assessments/<int:assessment_id>/questions/<str:subject>/", answering.section, name="section"),
    path("assessments/<int:assessment_id>/answers/<str:question_key>/", answering.save_answer, name="save-answer"),
    path("assessments/<int:assessment_id>/answers/<str:question_key>/history/", answering.history, name="history"),
    path(
        "assessments/<int:assessment_id>/answers/<str:question_key>/checked/",
        answering.check_evidence,
        name="check-evidence",
    ),
    path("assessments/<int:assessment_id>/projects/", projects.projects, name="projects"),
    path("assessments/<int:assessment_id>/projects/new/", projects.new, name="project-new"),
    path("assessments/<int:assessment_id>/projects/<int:project_id>/", projects.project, name="project"),
    path("assessments/<int:assessment_id>/projects/<int:project_id>/remove/", projects.remove, name="project-remove"),
    path("assessments/<int:assessment_id>/check/", closing.check_answers, name="check-answers"),
    path("assessments/<int:assessment_id>/close/", closing.close, name="close"),
    path("assessments/<int:assessment_id>/end/", closing.end_without_result, name="end-without-result"),
    path("assessments/<int:assessment_id>/undo/", closing.undo, name="undo"),
    path("assessments/<int:assessment_id>/carry/", teams.carry, name="carry"),
]

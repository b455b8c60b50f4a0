"""Addresses of the results, the roadmap and the reports."""

from __future__ import annotations

from django.urls import path

from reports.delivery import views as delivery
from reports.views import (
    challenges,
    dashboard,
    handover,
    initiatives,
    joint,
    modules,
    organization_reports,
    outcomes,
    own_words,
    reports,
    results,
    roadmap,
    scenarios,
    work,
)

urlpatterns = [
    path("teams/<int:team_id>/results/", results.team_results, name="team-results"),
    path("assessments/<int:assessment_id>/results/", results.results, name="results"),
    path("assessments/<int:assessment_id>/results.csv", results.results_csv, name="results.csv"),
    path("challenges/", challenges.our_challenges, name="our-challenges"),
    path("assessments/<int:assessment_id>/results/challenges/", challenges.result_challenges, name="result-challenges"),
    path(
        "assessments/<int:assessment_id>/challenges.csv",
        challenges.result_challenges_csv,
        name="result-challenges.csv",
    ),
    path("assessments/<int:assessment_id>/results.xlsx", results.results_xlsx, name="results.xlsx"),
    path("assessments/<int:assessment_id>/answers.csv", results.answers_csv, name="answers.csv"),
    path("assessments/<int:assessment_id>/answers.xlsx", results.answers_xlsx, name="answers.xlsx"),
    path("assessments/<int:assessment_id>/results/<str:subject>/", results.result_subject, name="result-subject"),
    path("assessments/<int:assessment_id>/modules/<str:module>/", modules.result_module, name="result-module"),
    path(
        "assessments/<int:assessment_id>/modules/<str:module>.csv", modules.result_module_csv, name="result-module.csv"
    ),
    path(
        "assessments/<int:assessment_id>/modules/<str:module>.xlsx",
        modules.result_module_xlsx,
        name="result-module.xlsx",
    ),
    path("organizations/<int:organization_id>/dashboard/", dashboard.dashboard, name="dashboard"),
    path("organizations/<int:organization_id>/initiatives/", joint.joint_initiatives, name="joint-initiatives"),
    path("organizations/<int:organization_id>/dashboard.csv", dashboard.dashboard_csv, name="dashboard.csv"),
    path("organizations/<int:organization_id>/dashboard.xlsx", dashboard.dashboard_xlsx, name="dashboard.xlsx"),
    path(
        "organizations/<int:organization_id>/dashboard/<str:subject>.csv",
        dashboard.dashboard_subject_csv,
        name="dashboard-subject.csv",
    ),
    path(
        "organizations/<int:organization_id>/dashboard/<str:subject>/",
        dashboard.dashboard_subject,
        name="dashboard-subject",
    ),
    path(
        "organizations/<int:organization_id>/reports/",
        organization_reports.organization_reports,
        name="organization-reports",
    ),
    path(
        "organizations/<int:organization_id>/reports/follow/",
        organization_reports.organization_reports_follow,
        name="organization-reports-follow",
    ),
    path(
        "organizations/<int:organization_id>/reports/<int:report_id>/file/",
        organization_reports.organization_report_file,
        name="organization-report-file",
    ),
    path(
        "organizations/<int:organization_id>/reports/<int:report_id>/tell/",
        delivery.organization_tell_when_ready,
        name="organization-tell-when-ready",
    ),
    path(
        "organizations/<int:organization_id>/reports/<int:report_id>/links/",
        delivery.organization_share_links,
        name="organization-share-links",
    ),
    path(
        "organizations/<int:organization_id>/reports/<int:report_id>/links/<int:link_id>/revoke/",
        delivery.organization_share_link_revoke,
        name="organization-share-link-revoke",
    ),
    path("teams/<int:team_id>/outcomes/", outcomes.team_outcomes, name="team-outcomes"),
    path("teams/<int:team_id>/outcomes.csv", outcomes.outcomes_csv, name="outcomes.csv"),
    path("teams/<int:team_id>/outcomes/<str:period>/", outcomes.outcome, name="outcome"),
    path("teams/<int:team_id>/roadmap/", roadmap.team_roadmap, name="team-roadmap"),
    path("assessments/<int:assessment_id>/roadmap/", roadmap.roadmap, name="roadmap"),
    path("assessments/<int:assessment_id>/roadmap/file.<str:extension>", handover.roadmap_file, name="roadmap-file"),
    path("assessments/<int:assessment_id>/roadmap/tickets/", handover.roadmap_tickets, name="roadmap-tickets"),
    path("assessments/<int:assessment_id>/roadmap/best-plan/", roadmap.best_plan, name="best-plan"),
    path("assessments/<int:assessment_id>/roadmap/scenarios/", scenarios.scenarios, name="scenarios"),
    path(
        "assessments/<int:assessment_id>/roadmap/scenarios/<int:scenario_id>/rename/",
        scenarios.rename_scenario,
        name="scenario-rename",
    ),
    path(
        "assessments/<int:assessment_id>/roadmap/scenarios/<int:scenario_id>/remove/",
        scenarios.remove_scenario,
        name="scenario-remove",
    ),
    path(
        "assessments/<int:assessment_id>/roadmap/scenarios/<int:scenario_id>/adopt/",
        scenarios.adopt_scenario,
        name="adopt",
    ),
    path("plans/<int:plan_id>/", work.adopted_plan, name="adopted-plan"),
    path("plans/<int:plan_id>/file.<str:extension>", handover.plan_file, name="plan-file"),
    path("plans/<int:plan_id>/tickets/", handover.plan_tickets, name="plan-tickets"),
    path("plans/<int:plan_id>/items/<int:item_id>/", work.plan_item, name="plan-item"),
    path("teams/<int:team_id>/initiatives/", initiatives.team_initiatives, name="team-initiatives"),
    path("teams/<int:team_id>/initiatives/<int:initiative_id>/", initiatives.team_initiative, name="team-initiative"),
    path(
        "teams/<int:team_id>/initiatives/<int:initiative_id>/remove/",
        initiatives.remove_initiative,
        name="team-initiative-remove",
    ),
    path("assessments/<int:assessment_id>/findings/", own_words.findings, name="findings"),
    path("assessments/<int:assessment_id>/findings/<str:subject>/", own_words.finding, name="finding"),
    path("organizations/<int:organization_id>/logos/", own_words.logos, name="logos"),
    path("organizations/<int:organization_id>/logos/<str:place>/remove/", own_words.logo_remove, name="logo-remove"),
    path("organizations/<int:organization_id>/logos/<str:place>/", own_words.logo_image, name="logo-image"),
    path("assessments/<int:assessment_id>/reports/", reports.reports, name="reports"),
    path("reports/<int:report_id>/", reports.report, name="report"),
    path("reports/<int:report_id>/file/", reports.report_file, name="report-file"),
    path("reports/<int:report_id>/interactive/", reports.report_interactive, name="report-interactive"),
    path("reports/<int:report_id>/retry/", reports.retry_report, name="retry-report"),
    path("reports/<int:report_id>/tell/", delivery.tell_when_ready, name="tell-when-ready"),
    path("reports/<int:report_id>/links/", delivery.share_links, name="share-links"),
    path("reports/<int:report_id>/links/<int:link_id>/revoke/", delivery.share_link_revoke, name="share-link-revoke"),
    path("shared/<str:token>/", delivery.shared, name="shared"),
    path("teams/<int:team_id>/reports/", delivery.report_schedule, name="report-schedule"),
]

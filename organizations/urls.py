"""Addresses of organizations, teams' settings, people, invitations and one's own account."""

from django.urls import path

from organizations import views

urlpatterns = [
    path("organizations/new/", views.organization_new, name="organization-new"),
    path("organizations/<int:organization_id>/", views.organization, name="organization"),
    path("organizations/<int:organization_id>/settings/", views.organization_settings, name="organization-settings"),
    path("organizations/<int:organization_id>/audit/", views.audit, name="audit"),
    path("organizations/<int:organization_id>/teams/new/", views.team_new, name="team-new"),
    path("organizations/<int:organization_id>/people/", views.people, name="people"),
    path("organizations/<int:organization_id>/people/<int:membership_id>/", views.member, name="member"),
    path(
        "organizations/<int:organization_id>/people/<int:membership_id>/remove/",
        views.member_remove,
        name="member-remove",
    ),
    path(
        "organizations/<int:organization_id>/invitations/<int:invitation_id>/revoke/",
        views.invitation_revoke,
        name="invitation-revoke",
    ),
    path("teams/<int:team_id>/settings/", views.team_settings, name="team-settings"),
    path("teams/<int:team_id>/people/", views.team_people, name="team-people"),
    path("teams/<int:team_id>/people/<int:membership_id>/", views.team_member, name="team-member"),
    path("teams/<int:team_id>/people/<int:membership_id>/remove/", views.team_member_remove, name="team-member-remove"),
    path(
        "teams/<int:team_id>/invitations/<int:invitation_id>/revoke/",
        views.team_invitation_revoke,
        name="team-invitation-revoke",
    ),
    path("teams/<int:team_id>/archive/", views.team_archive, name="team-archive"),
    path("teams/<int:team_id>/restore/", views.team_restore, name="team-restore"),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
    path("account/", views.account, name="account"),
]

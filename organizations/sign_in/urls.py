"""Addresses of signing in and of sessions."""

from allauth.socialaccount.providers.openid_connect.views import callback
from django.urls import include, path
from django.views.generic import TemplateView

from organizations.sign_in import views

urlpatterns = [
    path("login-link/<str:token>/", views.login_link, name="login-link"),
    path("account/sessions/", views.sessions, name="sessions"),
    path("account/sessions/end-others/", views.sessions_end_others, name="sessions-end-others"),
    path("account/sessions/<int:session_id>/end/", views.session_end, name="session-end"),
    path("account/second-factor-due/", views.second_factor_due, name="second-factor-due"),
    path("organizations/<int:organization_id>/security/", views.organization_security, name="organization-security"),
    path("accounts/provider/", views.provider, name="provider"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("accounts/oidc/<str:provider_id>/login/callback/", callback, name="openid_connect_callback"),
    path(
        "accounts/provider/cancelled/",
        TemplateView.as_view(template_name="account/provider_cancelled.html"),
        name="socialaccount_login_cancelled",
    ),
]

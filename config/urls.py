"""Every address of the product."""

from django.urls import include, path
from django.views.generic import RedirectView

from config import errors, views
from config.personal import views as personal

urlpatterns = [
    path("", views.home, name="home"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    # One address per person: allauth's page of several addresses is not offered.
    path("accounts/email/", RedirectView.as_view(pattern_name="account")),
    path("", include("organizations.sign_in.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("account/data.json", personal.account_data, name="account-data"),
    path("account/erase/", personal.account_erase, name="account-erase"),
    path(
        "organizations/<int:organization_id>/people/<int:membership_id>/data/",
        personal.member_data,
        name="member-data",
    ),
    path(
        "organizations/<int:organization_id>/people/<int:membership_id>/erase/",
        personal.member_erase,
        name="member-erase",
    ),
    path("language/", include("django.conf.urls.i18n")),
    path("manifesto/", include("manifesto.urls")),
    path("", include("organizations.urls")),
    path("", include("assessment.urls")),
    path("", include("reports.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler429 = errors.too_many  # allauth asks for it
handler500 = errors.server_error

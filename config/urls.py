"""Every address of the product."""

from django.urls import include, path
from django.views.i18n import JavaScriptCatalog  # noqa: F401

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("language/", include("django.conf.urls.i18n")),
]

"""What every template may use."""

from django.conf import settings


def product(request):
    """`request_id` for error pages; `languages` for the switch; `provider_name` if people may sign in elsewhere."""
    return {
        "request_id": getattr(request, "id", "-"),
        "languages": settings.LANGUAGES,
        "debug": settings.DEBUG,
        "provider_name": settings.PROVIDER_NAME,
    }

"""What every template may use."""

from django.conf import settings


def product(request):
    """`request_id` for error pages; `languages` for the switch."""
    return {"request_id": getattr(request, "id", "-"), "languages": settings.LANGUAGES, "debug": settings.DEBUG}

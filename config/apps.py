"""Start-up: the Celery application, and which function does which kind of job."""

from django.apps import AppConfig


class ComposedConfig(AppConfig):
    name = "config"

    def ready(self):
        from config import celery, checks, handlers  # noqa: F401  (they register themselves)
        from jobs import heartbeat  # noqa: F401  (listens to the worker)

"""The composition root: settings, addresses, the worker, and the commands that span the apps."""

from config.celery import app as celery_app

__all__ = ["celery_app"]

"""The Celery application: it only wakes workers. The Job table is the truth about background work."""

from __future__ import annotations

import os

from celery import Celery
from celery.signals import setup_logging

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from django.conf import settings  # needs the settings module named above

HARD_LIMIT_SECONDS = 300


@setup_logging.connect
def keep_logging(**_details) -> None:
    """Being connected is enough: Celery then leaves the logging alone that the settings made."""


def broker_options() -> dict:
    """Redis where there is one, else kombu's filesystem transport in the data directory."""
    if settings.REDIS_URL:
        return {
            "broker_url": settings.REDIS_URL,
            "broker_transport_options": {
                "visibility_timeout": 3 * HARD_LIMIT_SECONDS,
                "socket_timeout": 5,
                "socket_connect_timeout": 2,
            },
        }
    settings.BROKER_DIRECTORY.mkdir(parents=True, exist_ok=True)
    folder = str(settings.BROKER_DIRECTORY)
    return {
        "broker_url": "filesystem://localhost",
        "broker_transport": "jobs.files:Transport",
        "broker_transport_options": {
            "data_folder_in": folder,
            "data_folder_out": folder,
            "control_folder": folder,
            "polling_interval": 0.1,
        },
    }


app = Celery("ladder")
app.conf.update(
    **broker_options(),
    task_serializer="json",
    accept_content=["json"],
    task_ignore_result=True,
    task_default_queue="default",
    task_create_missing_queues=True,
    task_publish_retry=False,
    task_time_limit=HARD_LIMIT_SECONDS,
    task_soft_time_limit=HARD_LIMIT_SECONDS - 30,
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=200,
    worker_max_memory_per_child=700_000,
    worker_redirect_stdouts=False,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    # The embedded supervisor reaps by itself; several reapers at once are safe.
    beat_schedule={"reap": {"task": "jobs.reap", "schedule": 10.0, "options": {"expires": 10}}},
    beat_schedule_filename=str(settings.DATA / "beat-schedule"),
)
app.set_default()  # threads other than this one publish through this application, too
app.autodiscover_tasks(["jobs"])

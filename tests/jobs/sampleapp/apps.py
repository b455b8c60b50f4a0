from django.apps import AppConfig


class SampleConfig(AppConfig):
    name = "tests.jobs.sampleapp"

    def ready(self):
        from jobs import registry
        from tests.jobs.sampleapp import handlers

        for kind in ("artefact", "suicide", "hang", "stubborn", "glutton"):
            registry.register(f"sample.{kind}", getattr(handlers, kind))

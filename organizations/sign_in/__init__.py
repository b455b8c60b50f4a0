"""How people come in and go out: adapters of django-allauth, second factors, sessions, and what is recorded of it."""

"""Where the environment is read: once, with a clear error for what can't be right."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from assessment.anonymity import K_MIN, LEAST_K_MIN

ROOT = Path(__file__).resolve().parent.parent
env = environ.Env()


def data_directory() -> Path:
    """Everything that isn't in the checkout: `LADDER_DATA_DIR`, else `var/`. Made when missing, for its owner only."""
    directory = Path(env.str("LADDER_DATA_DIR", default=str(ROOT / "var"))).expanduser().resolve()
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory


def days(name: str, default: int) -> int:
    """A number of days from the environment, 0 for ever. Raises ImproperlyConfigured for anything else."""
    try:
        given = env.int(name, default=default)
    except ValueError:
        given = -1
    if given < 0:
        raise ImproperlyConfigured(f"{name} must be a number of days, 0 for ever, not {env.str(name)!r}.")
    return given


def secret_key(directory: Path) -> str:
    """`LADDER_SECRET_KEY`, else the key in the data directory, made on first use and readable by its owner only."""
    given = env.str("LADDER_SECRET_KEY", default="")
    if given:
        return given
    path = directory / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(64))
    return path.read_text().strip()


def anonymity_threshold() -> int:
    """`LADDER_ANONYMITY_THRESHOLD`: so many people stand behind whatever is shown of anonymous answers.

    Raises ImproperlyConfigured when it is lower than the least that protects anybody.
    """
    threshold = env.int("LADDER_ANONYMITY_THRESHOLD", default=K_MIN)
    if threshold < LEAST_K_MIN:
        raise ImproperlyConfigured(f"LADDER_ANONYMITY_THRESHOLD must be at least {LEAST_K_MIN}, not {threshold}.")
    return threshold


def identity_provider() -> dict:
    """The OpenID Connect provider that the environment names, as allauth's setting wants it; empty without one.

    LADDER_OIDC_URL is the issuer, LADDER_OIDC_CLIENT_ID and LADDER_OIDC_CLIENT_SECRET are what it gave to this
    installation, LADDER_OIDC_NAME stands on the button. An address counts as the person's when the provider says that
    it verified it, or when its domain is one of LADDER_OIDC_DOMAINS.
    """
    url = env.str("LADDER_OIDC_URL", default="").rstrip("/")
    if not url:
        return {}
    return {
        "openid_connect": {
            "OAUTH_PKCE_ENABLED": True,
            "APPS": [
                {
                    "provider_id": "oidc",
                    "name": env.str("LADDER_OIDC_NAME", default="OpenID Connect"),
                    "client_id": env.str("LADDER_OIDC_CLIENT_ID"),
                    "secret": env.str("LADDER_OIDC_CLIENT_SECRET", default=""),
                    "settings": {"server_url": url, "verified_email": env.list("LADDER_OIDC_DOMAINS", default=[])},
                }
            ],
        }
    }

"""Settings of every profile. The profile follows from the environment (docs/operations.md lists the variables):

no DATABASE_URL means SQLite in the data directory, no REDIS_URL means the filesystem broker.
"""

from __future__ import annotations

import os
import tomllib

from config import logs
from config.env import ROOT, anonymity_threshold, data_directory, days, env, identity_provider, secret_key
from config.supervisor import served_address

DATA = data_directory()
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
DEBUG = env.bool("LADDER_DEBUG", default=False)
EMBEDDED = not env.str("DATABASE_URL", default="")
SECRET_KEY_GIVEN = bool(env.str("LADDER_SECRET_KEY", default=""))
SECRET_KEY = secret_key(DATA)
BASE_URL = (env.str("LADDER_BASE_URL", default="") or served_address(DATA) or "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = env.list("LADDER_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]
HTTPS = BASE_URL.startswith("https://")
# So many proxies of ours stand before the web process: only what they say about a request is believed.
TRUSTED_PROXIES = env.int("LADDER_TRUSTED_PROXIES", default=0)

INSTALLED_APPS = [
    "config",
    "reports",
    "assessment",
    "manifesto",
    "organizations",
    "jobs",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_htmx",
]

MIDDLEWARE = [
    "config.middleware.RequestIdMiddleware",
    "config.middleware.SecurityHeadersMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.middleware.KnownMethodsMiddleware",
    "config.middleware.NoLargeBodiesMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "organizations.sign_in.middleware.EndedSessionMiddleware",
    "config.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "organizations.sign_in.middleware.SecondFactorDueMiddleware",
    "organizations.sign_in.middleware.ConfirmMiddleware",
    "config.limits.LimitsMiddleware",
    "config.middleware.SessionEndedMiddleware",
    "config.errors.ConflictMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.product",
            ],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- data -------------------------------------------------------------------------------------------------------------

if EMBEDDED:
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA / "ladder.sqlite3",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                # A read snapshot can't be upgraded to a write: take the write lock at the start, and wait for it.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": (
                    "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16000;"
                    "PRAGMA mmap_size=134217728; PRAGMA journal_size_limit=67108864;"
                ),
            },
        }
    }
else:
    DATABASES = {"default": env.db_url("DATABASE_URL")}
    # PgBouncer in transaction mode wants ?CONN_MAX_AGE=0&DISABLE_SERVER_SIDE_CURSORS=true in the address.
    DATABASES["default"] = {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True, **DATABASES["default"]}
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {
        "BACKEND": "config.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}
MEDIA_ROOT = DATA / "files"
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

# --- people -----------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "organizations.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "organizations.sign_in.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True  # a changed password or second factor is told by mail
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no letters to addresses that somebody typed
ACCOUNT_FORMS = {
    "login": "organizations.sign_in.forms.SignInForm",
    "reset_password": "organizations.sign_in.forms.ForgottenPasswordForm",
    "user_token": "organizations.sign_in.forms.LinkToNewPassword",
}
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "30/m/ip,5/5m/key",  # the key is the account: wherever the tries come from
    "reauthenticate": "5/5m/user",  # whoever found somebody's browser open
    "change_password": "5/5m/user",
    "reset_password": "20/m/ip,3/15m/key",
    "reset_password_from_key": "20/m/ip",
    "signup": "20/m/ip",
}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
RATE_LIMITS = env.bool("LADDER_RATE_LIMITS", default=True)  # those of config/limits.py

MFA_ADAPTER = "organizations.sign_in.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True  # accounts are made by invitation: nobody takes somebody else's address first
MFA_TOTP_ISSUER = "DataOps Ladder"
MFA_TOTP_TOLERANCE = 1  # a clock that is half a minute off
MFA_FORMS = {
    "authenticate": "organizations.sign_in.forms.CodeForm",
    "reauthenticate": "organizations.sign_in.forms.CodeAgainForm",
    "authenticate_webauthn": "organizations.sign_in.forms.PasskeyForm",
    "reauthenticate_webauthn": "organizations.sign_in.forms.PasskeyAgainForm",
    "login_webauthn": "organizations.sign_in.forms.PasskeyAloneForm",
    "activate_totp": "organizations.sign_in.forms.NewAuthenticatorForm",
    "add_webauthn": "organizations.sign_in.forms.NewPasskeyForm",
    "edit_webauthn": "organizations.sign_in.forms.PasskeyNameForm",
}
MFA_RATE_LIMITS = {"webauthn_login": "20/m/ip"}
USERSESSIONS_ADAPTER = "organizations.sign_in.adapters.SessionsAdapter"

# One provider of identities, if the environment names it: it signs in people whom we know or have invited.
SOCIALACCOUNT_ADAPTER = "organizations.sign_in.adapters.ProviderAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = identity_provider()
PROVIDER_NAME = SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["name"] if SOCIALACCOUNT_PROVIDERS else ""
PROVIDER_ASKS_SECOND_FACTOR = env.bool("LADDER_OIDC_SECOND_FACTOR", default=False)
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_AGE = 14 * 24 * 3600

# --- language and time ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("pt-br", "Português (Brasil)")]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = "config.formats"
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"

# --- pages ------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = env.str("LADDER_STATIC_ROOT", default=str(DATA / "static"))
# Compressing static files takes long, so it belongs to the image build; the embedded profile serves the originals.
WHITENOISE_USE_FINDERS = not env.bool("LADDER_COLLECTED_STATIC", default=False)
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False  # pages of others need nothing of ours
if not WHITENOISE_USE_FINDERS:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }

# Plotly fills an empty style element, whose hash is that of the empty string, and sets style attributes.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "style-src-elem": ["'self'", "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$"]  # asked from inside, without the proxy
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("LADDER_HSTS_SUBDOMAINS", default=True)
    SECURE_HSTS_PRELOAD = env.bool("LADDER_HSTS_PRELOAD", default=False)
# The browsers' own list is for whole domains and hard to leave: who runs the domain decides, not this product.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- mail, logs, background work --------------------------------------------------------------------------------------

# Without a mail server: on the terminal of one's own machine; in production as files, since letters hold links that let
# somebody in and a log is read by many.
EMAIL_CONFIG = env.email_url_config(
    env.str("LADDER_EMAIL_URL", default="") or ("consolemail://" if EMBEDDED else "filemail://")
)
vars().update(EMAIL_CONFIG)
EMAIL_FILE_PATH = DATA / "mail"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("LADDER_FROM_EMAIL", default="DataOps Ladder <ladder@localhost>")

LOGGING = logs.configuration(
    form=logs.form_of(os.environ),
    level=env.str("LADDER_LOG_LEVEL", default="WARNING"),
    requests=env.bool("LADDER_LOG_REQUESTS", default=not EMBEDDED),
)
# /metrics answers to whoever has the token, or to this machine only; to nobody while neither is set.
METRICS_TOKEN = env.str("LADDER_METRICS_TOKEN", default="")
METRICS_ON_LOOPBACK = env.bool("LADDER_METRICS_LOOPBACK", default=False)

# How many days things are kept, 0 for ever. Only what can be made anew goes by default.
KEEP_REPORT_FILES_DAYS = days("LADDER_KEEP_REPORT_FILES_DAYS", default=400)
KEEP_REVISIONS_DAYS = days("LADDER_KEEP_REVISIONS_DAYS", default=0)
KEEP_AUDIT_DAYS = days("LADDER_KEEP_AUDIT_DAYS", default=0)
KEEP_LOGIN_LINKS_DAYS = days("LADDER_KEEP_LOGIN_LINKS_DAYS", default=0)

ANONYMITY_THRESHOLD = anonymity_threshold()

BROKER_DIRECTORY = DATA / "broker"
JOB_LEASE_SECONDS = env.int("LADDER_JOB_LEASE_SECONDS", default=60)
BROWSER_PATH = env.str("BROWSER_PATH", default="")

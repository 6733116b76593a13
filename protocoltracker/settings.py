"""One settings file, from the environment; without it, a safe local default.

Every variable is listed in `.env.example`. A value that is missing or wrong explains itself.
"""

import contextlib
import datetime
import os
import secrets
import sys
import tempfile
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

from protocoltracker import broker, embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

HOME = embedded.home()


def _local_secret(name: str) -> str:
    """A secret of this installation, made once and kept in the data folder with mode 0600."""
    path = HOME / name
    if not path.exists():
        HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile("w", dir=HOME) as draft:  # mode 0600
            draft.write(secrets.token_urlsafe(50))
            draft.flush()
            with contextlib.suppress(FileExistsError):  # another process was first
                os.link(draft.name, path)
    return path.read_text().strip()


# --- What this process is -------------------------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
EMBEDDED = not env.str("DATABASE_URL", default="")
DEMO = EMBEDDED and (HOME / "demo-password").exists()
DEMO_DATA_CUTOFF = datetime.date(2021, 6, 15)
"""Where the past patients of the demo end: what its outcomes show unless another day is asked for."""
SECRET_KEY = env.str("SECRET_KEY", default="") or (_local_secret("secret-key") if EMBEDDED else "")
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. With DATABASE_URL set, give a long random SECRET_KEY as well: "
        'python3 -c "import secrets; print(secrets.token_urlsafe(50))"'
    )
BASE_URL = env.str("BASE_URL", default=f"http://127.0.0.1:{env.str('PORT', default='8000')}").rstrip("/")
HTTPS = BASE_URL.startswith("https://")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
if _extra_host := env.str("HOST", default=""):
    ALLOWED_HOSTS += ["*"] if _extra_host in {"0.0.0.0", "::"} and EMBEDDED else [_extra_host]  # noqa: S104

# --- Rooms ----------------------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "protocoltracker.audit",
    "protocoltracker.accounts",
    "protocoltracker.health",
    "protocoltracker.reads",
    "protocoltracker",
    "regimens",
    "patients",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",  # FORM_RENDERER finds the widgets through it
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
]
MIDDLEWARE = [
    "csp.middleware.CSPMiddleware",
    "protocoltracker.middleware.Doors",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "protocoltracker.accounts.middleware.OwnPasswordFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "protocoltracker.middleware.AroundRequest",
]
ROOT_URLCONF = "protocoltracker.urls"
WSGI_APPLICATION = "protocoltracker.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "protocoltracker.shell.shell",
            ],
        },
    },
]
NAVIGATION = [
    "patients.navigation.groups",
    "regimens.navigation.groups",
    "protocoltracker.accounts.navigation.groups",
]
RIGHTS = [  # what the page of roles and rights shows, room by room
    "patients.rights.sections",
    "regimens.policies.sections",
    "protocoltracker.accounts.policies.sections",
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database: two roles; the run-time role owns nothing (docs/adr/0002) -----------------------------------------
DB_ROLE = env.str("PROTOCOLTRACKER_DB_ROLE", default="app")


def _database() -> dict:
    if EMBEDDED:
        return dict(embedded.connection("owner" if DB_ROLE == "owner" else "app"))
    owner_url = env.str("DATABASE_OWNER_URL", default="")
    if DB_ROLE == "owner":
        return env.db_url_config(owner_url or env.str("DATABASE_URL"))
    config = env.db_url_config(env.str("DATABASE_URL"))
    if not owner_url:
        # One login for everything: at least lay its rights down for the run time (checks.W001 says so).
        config.setdefault("OPTIONS", {})["options"] = "-c role=tracker_app"
    return config


def _with_pool(config: dict) -> dict:
    config.setdefault("OPTIONS", {}).setdefault("connect_timeout", 10)  # seconds; without it, minutes
    if env.bool("DATABASE_POOL", default=False):
        config.setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": 8, "timeout": 10}
    else:
        config["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60 if DB_ROLE == "app" else 0)
        config["CONN_HEALTH_CHECKS"] = True
    return config


DATABASES = {"default": _with_pool(_database())}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People ---------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["protocoltracker.accounts.backends.SignInBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "worklist"
LOGOUT_REDIRECT_URL = "sign-in"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # a cookie would name patients

# --- Closed doors ---------------------------------------------------------------------------------------------
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
if HTTPS:  # a browser takes a cookie of such a name from this host alone, over https, for all of its pages
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # a monitor inside asks without the proxy
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
NO_FEATURES = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "microphone",
    "payment",
)
HEADERS = {  # of every answer, also of one that is given before the middleware that would set it
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": X_FRAME_OPTIONS,
    "Referrer-Policy": SECURE_REFERRER_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in (*NO_FEATURES, "usb")),
}
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "manifest-src": ["'self'"],
    }
}

# What is sent to us. A file that is too large for its field is said to be; this is far beyond, and not read at all.
LARGEST_REQUEST = 64 * 2**20  # bytes
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 5

# --- Words, time ----------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

# --- Files ----------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = HOME / "static"
COLLECTED = (STATIC_ROOT / "staticfiles.json").exists() or "collectstatic" in sys.argv
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not COLLECTED

# --- Files that people send: in memory and bounded, so that patient data never lies in a temporary folder ------------
FILE_UPLOAD_HANDLERS = ["protocoltracker.uploads.KeptInMemory"]

# --- Mail: without EMAIL_URL every message is a file in the data folder and a row on the outbox page -------------
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = HOME / "outbox"
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="protocoltracker@localhost")

# --- Celery: the doorbell ---------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="") or broker.url()
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=False)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_TIME_LIMIT = 300
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_timeout": 10, "retry_on_timeout": True}
CELERY_BEAT_SCHEDULE_FILENAME = str(HOME / "beat-schedule")
SWEEP_SECONDS = env.int("SWEEP_SECONDS", default=60)
CELERY_BEAT_SCHEDULE = {
    "sweep-reminders": {
        "task": "patients.tasks.sweep_reminders",
        "schedule": SWEEP_SECONDS,
        "options": {"expires": SWEEP_SECONDS},
    },
}

# --- Health: what /healthz and the page System ask, by name; each room may add its own -----------------------------
HEALTH = {
    "database": "protocoltracker.health.parts.database",
    "clock": "protocoltracker.health.parts.clock",
    "broker": "protocoltracker.health.parts.broker",
    "beat": "protocoltracker.health.parts.beat",
    "sweep": "patients.health.sweep",
    "audit seal": "protocoltracker.audit.health.seal",
    "disk": "protocoltracker.health.parts.disk",
}

# --- Logs: no patient data, ids only (protocoltracker/logs.py) --------------------------------------------------
LOG_FORMAT = env.str("LOG_FORMAT", default="readable")
if LOG_FORMAT not in {"readable", "json"}:
    raise ImproperlyConfigured(f"LOG_FORMAT is {LOG_FORMAT!r}. Set it to json or readable, or leave it out.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"ours": {"()": f"protocoltracker.logs.{'Lines' if LOG_FORMAT == 'json' else 'Readable'}"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "ours"}},
    "loggers": {
        # Its warnings repeat addresses as they were typed; protocoltracker.requests has a line for each request.
        "django.request": {"level": "ERROR", "propagate": True},
        "django.security.DisallowedHost": {"level": "CRITICAL", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}

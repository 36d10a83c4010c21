"""
The portal's settings: one file, read from the environment.

The README's table lists every variable. Without any, the portal runs embedded: SQLite, a broker in a folder,
everything below `PAR_INDEX_DATA_DIR`. With `PAR_INDEX_MODE=production` it refuses to start on what is unsafe.
"""

from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

env = environ.Env()
BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env", overwrite=False)

MODES = ("embedded", "production")
MODE = env.str("PAR_INDEX_MODE", "embedded")
if MODE not in MODES:
    raise ImproperlyConfigured(f"PAR_INDEX_MODE is “{MODE}”; set it to one of: {', '.join(MODES)}.")
PRODUCTION = MODE == "production"

DATA_DIR = Path(env.str("PAR_INDEX_DATA_DIR", str(BASE_DIR / "var"))).resolve()
DEMO = env.bool("PAR_INDEX_DEMO", not PRODUCTION)
DEBUG = env.bool("DEBUG", False)

EMBEDDED_SECRET_KEY = "embedded-mode-only-not-a-secret-" + "0" * 32
SECRET_KEY = env.str("SECRET_KEY", EMBEDDED_SECRET_KEY)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

if PRODUCTION:
    if SECRET_KEY == EMBEDDED_SECRET_KEY or len(SECRET_KEY) < 50:
        raise ImproperlyConfigured("Set SECRET_KEY to a private random text of at least 50 characters.")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must not be set in production: unset DEBUG.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("Set ALLOWED_HOSTS to the portal's host names, separated by commas.")
    if DEMO:
        raise ImproperlyConfigured("Demo accounts have public passwords: unset PAR_INDEX_DEMO in production.")
if "127.0.0.1" not in ALLOWED_HOSTS:
    ALLOWED_HOSTS.append("127.0.0.1")  # the health check asks from inside

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "guardian",
    "axes",
    "django_htmx",
    "par_index.core",
    "par_index.accounts",
    "criteria",
    "assessments",
    "councils",
    "surveys",
    "par_index.results",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "par_index.core.middleware.ContentSecurityPolicyMiddleware",
    "par_index.core.middleware.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "par_index.core.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "par_index.accounts.middleware.OwnPasswordMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "par_index.urls"
WSGI_APPLICATION = "par_index.wsgi.application"

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
                "par_index.core.context.portal",
            ],
            "builtins": ["par_index.core.templatetags.portal"],
        },
    }
]

# --- database -------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'portal.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    try:
        DATA_DIR.mkdir(parents=True, exist_ok=True)  # else the first command of a fresh clone finds no place
    except OSError as error:
        raise ImproperlyConfigured(
            f"PAR_INDEX_DATA_DIR: the data folder cannot be written: {DATA_DIR} ({error.strerror})."
        ) from None
    DATABASES["default"]["OPTIONS"] = {
        # A writer takes its lock at BEGIN; with the default, two readers that turn writers fail at once.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", 60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# The owner of the tables, where it is another role than the running one: `prepare_database` migrates as the owner and
# gives the running role no right to change or delete rows of append-only tables.
if env.str("DATABASE_OWNER_URL", ""):
    DATABASES["owner"] = env.db_url("DATABASE_OWNER_URL") | {"TEST": {"MIRROR": "default"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "guardian.backends.ObjectPermissionBackend",
]
ANONYMOUS_USER_NAME = None  # guardian: no row for the public; public pages ask for no permission
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AXES_FAILURE_LIMIT = env.int("LOGIN_FAILURE_LIMIT", 8)
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "par_index.accounts.network.client_address"
# How many proxies of our own stand in front: in docker-compose.yml nginx, and before it the one that ends TLS.
PROXY_HOPS = env.int("PROXY_HOPS", 2 if PRODUCTION else 0)

# --- language and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "vi"
LANGUAGES = [("vi", _("Vietnamese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "par_index" / "core" / "locale"]
USE_I18N = True
USE_THOUSAND_SEPARATOR = False  # else "1.500" typed by an officer would read as 1500
USE_TZ = True
TIME_ZONE = "Asia/Ho_Chi_Minh"

# --- files ----------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("PAR_INDEX_STATIC_DIR", str(DATA_DIR / "static")))
# Private: nothing below it has an address; evidence is served by a view after a check.
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if DEBUG:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# Behind nginx, the folder under which it finds MEDIA_ROOT by an internal location; empty: Django sends the bytes.
ACCEL_LOCATION = env.str("ACCEL_LOCATION", "")
EVIDENCE_MAX_MEGABYTES = env.int("EVIDENCE_MAX_MEGABYTES", 50)
WORKBOOK_MAX_MEGABYTES = env.int("WORKBOOK_MAX_MEGABYTES", 50)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 4000

# --- background work ------------------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", "")
if PRODUCTION and not REDIS_URL:
    raise ImproperlyConfigured(
        "Set REDIS_URL, for instance redis://redis:6379/0: the broker of background work."
    )
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": 3600,  # longer than any task may take
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,  # a request that sends a job does not hang with the broker
    }
else:
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT = "par_index.core.broker:Transport"
    # One folder for both directions: the embedded web process and its worker share the machine.
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(DATA_DIR / "broker"),
        "data_folder_out": str(DATA_DIR / "broker"),
        "control_folder": str(DATA_DIR / "broker-control"),
        "polling_interval": 0.1,
    }
CELERY_TASK_IGNORE_RESULT = True  # truth is the Job row
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 1500
CELERY_TASK_TIME_LIMIT = 1800
CELERY_WORKER_MAX_TASKS_PER_CHILD = 50
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
# A worker holds its job for so long after its last sign of life.
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", 60)
CELERY_BEAT_SCHEDULE = {
    "reap-jobs": {"task": "par_index.core.tasks.reap_jobs", "schedule": max(1.0, JOB_LEASE_SECONDS / 6)}
}

# --- transport ------------------------------------------------------------------------------------------------------

HTTPS = env.bool("HTTPS", PRODUCTION)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 60 * 60 * 10
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = False
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^song/$"]  # the health check comes from inside, without HTTPS
SECURE_HSTS_SECONDS = 31536000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# The body that runs cycles here, when a workbook is imported and the portal holds no body yet.
BODY_NAME = env.str("PAR_INDEX_BODY_NAME", "Ủy ban nhân dân tỉnh Mẫu" if DEMO else "Ủy ban nhân dân tỉnh")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "filters": {"hide_tokens": {"()": "surveys.log.HideTokens"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["hide_tokens"]}
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "WARNING")},
}

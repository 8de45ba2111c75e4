"""How is Django set up? Everything that may differ between installations comes from `options.py`."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from yingnuo.conf import logs, options

_CHOSEN = options.current()
YINGNUO = _CHOSEN  # the floors below read their few choices (address, mail security) from here
YINGNUO = replace(_CHOSEN, base_url=_CHOSEN.address)  # for all floors below; links always have a base
_PACKAGE = Path(__file__).resolve().parents[1]
_HTTPS = _CHOSEN.base_url.startswith("https://")

DEBUG = _CHOSEN.debug
SECRET_KEY = options.secret_key(_CHOSEN)
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *_CHOSEN.allowed_hosts]
if _CHOSEN.base_url:
    ALLOWED_HOSTS.append(urlsplit(_CHOSEN.base_url).hostname or "")
CSRF_TRUSTED_ORIGINS = [_CHOSEN.base_url] if _CHOSEN.base_url else []

INSTALLED_APPS = [
    "yingnuo.kit",
    "yingnuo.ledger",
    "yingnuo.people",
    "yingnuo.brands",
    "yingnuo.tickets",
    "yingnuo.channels",
    "yingnuo.promises",
    "yingnuo.routing",
    "yingnuo.alerts",
    "yingnuo.automation",
    "yingnuo.customer_apps",
    "yingnuo.worklists",
    "yingnuo.chat",
    "yingnuo.founding",
    "yingnuo.telephony",
    "yingnuo.devices",
    "yingnuo.subtasks",
    "yingnuo.checklists",
    "yingnuo.approvals",
    "yingnuo.scorecards",
    "yingnuo.planning",
    "yingnuo.webhooks",
    "yingnuo.exchange",
    "yingnuo.writing",
    "yingnuo.journey",
    "yingnuo.portal",
    "yingnuo.desk",
    "yingnuo.api",
    "yingnuo.demo",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "axes",
    "csp",
    "ninja",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "yingnuo.kit.middleware.reader",  # in place of Django's LocaleMiddleware: the account's language counts too
    "yingnuo.kit.middleware.toasts",
    "yingnuo.kit.middleware.taken",
    "yingnuo.kit.middleware.refusals",
]

ROOT_URLCONF = "yingnuo.conf.urls"
CSRF_FAILURE_VIEW = "yingnuo.kit.views.csrf_failure"
WSGI_APPLICATION = "yingnuo.conf.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [("yingnuo.kit.folding.Loader", ["django.template.loaders.app_directories.Loader"])],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "yingnuo.desk.rail.rail",
            ],
        },
    }
]

# --- database: the a2wsgi threads live on, so each keeps its connection ---------------------------------------------
_ADDRESS = conninfo_to_dict(_CHOSEN.database)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _ADDRESS.pop("dbname", "yingnuo"),
        "USER": _ADDRESS.pop("user", ""),
        "PASSWORD": _ADDRESS.pop("password", ""),
        "HOST": _ADDRESS.pop("host", ""),
        "PORT": _ADDRESS.pop("port", ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "application_name": "yingnuo",
            "connect_timeout": 10,
            "server_side_binding": True,  # lets the server keep the plans of statements that come again and again
            "prepare_threshold": 3,
            **_ADDRESS,
        },
    }
}

# --- people ---------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "people.Staff"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "yingnuo.people.accounts.Accounts",  # finds who is signed in, at a quarter of the cost
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"
STYLEGUIDE_FOR = "yingnuo.people.roles.may_open_styleguide"  # asked with the user of a request
LOGOUT_REDIRECT_URL = "/login/"
# A name is locked for the address that failed, so that a stranger cannot lock an agent out of the whole house.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = _CHOSEN.login_failures
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False

# --- the browser is told to trust nobody but us ---------------------------------------------------------------------
SESSION_ENGINE = "yingnuo.kit.sessions"
SESSION_COOKIE_AGE = _CHOSEN.session_hours * 3600
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "yn_session", "yn_csrf", "yn_language"
LANGUAGE_COOKIE_HTTPONLY, LANGUAGE_COOKIE_SAMESITE, LANGUAGE_COOKIE_AGE = True, "Lax", 365 * 24 * 3600
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [SELF],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
    }
}

# --- files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = _CHOSEN.static_folder
MEDIA_ROOT = _CHOSEN.media_folder  # has no URL: an attachment is given out by a view that asks who may see it
_STATIC = "django.contrib.staticfiles.storage.StaticFilesStorage"
_HASHED = "whitenoise.storage.CompressedManifestStaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC if DEBUG else _HASHED},
}
WHITENOISE_USE_FINDERS = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = _CHOSEN.max_upload_mb * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

# --- languages and time ---------------------------------------------------------------------------------------------
LANGUAGES = [("zh-hans", _("Simplified Chinese")), ("zh-hant", _("Traditional Chinese")), ("en", _("English"))]
LANGUAGE_CODE = _CHOSEN.language
LOCALE_PATHS = [_PACKAGE / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = _CHOSEN.time_zone  # for readers who have none of their own; what is stored is UTC

# --- mail, jobs, logs -----------------------------------------------------------------------------------------------
EMAIL_HOST, EMAIL_PORT = _CHOSEN.mail_host, _CHOSEN.mail_port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _CHOSEN.mail_user, _CHOSEN.mail_password
EMAIL_USE_TLS, EMAIL_USE_SSL = _CHOSEN.mail_security == "starttls", _CHOSEN.mail_security == "tls"
EMAIL_TIMEOUT = _CHOSEN.mail_timeout
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _CHOSEN.mail_from or "yingnuo@localhost"
LOGGING = logs.configure(_CHOSEN.log_level, _CHOSEN.log_format)

"""Django settings. Everything that differs between sites comes from the environment."""

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from tongzhou.config.binaries import ServerError
from tongzhou.kernel.privacy.keys import read_keys

PROJECT = Path(__file__).resolve().parent.parent.parent
PACKAGE = PROJECT / "tongzhou"
DATA = Path(os.environ.get("TONGZHOU_DATA") or PROJECT / "var").resolve()
TESTING = "pytest" in sys.modules

PRODUCTION = os.environ.get("TONGZHOU_ENV") == "production"
DEBUG = os.environ.get("DEBUG") == "1"
SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    SECRET_KEY = "only-for-a-machine-of-your-own"  # noqa: S105 - refused in production below
ALLOWED_HOSTS = os.environ.get("ALLOWED_HOSTS", "127.0.0.1,localhost,testserver").split(",")
# The longest life of a session in hours, and how many minutes it may stay unused: for those who
# decide about others (authorities, readers, operators), and for people of organisations.
SESSION_HOURS = int(os.environ.get("SESSION_HOURS", "12"))
IDLE_MINUTES = (
    int(os.environ.get("SESSION_IDLE_MINUTES", "30")),
    int(os.environ.get("SESSION_IDLE_MINUTES_ORGANISATIONS", "60")),
)
CSRF_TRUSTED_ORIGINS = [x for x in os.environ.get("TRUSTED_ORIGINS", "").split(",") if x]


def faults_of_production() -> list[tuple[str, str]]:
    """Return what makes a production site unsafe, in Chinese and English; empty when it is safe."""
    asked: list[tuple[bool, str, str]] = [
        (
            len(os.environ.get("SECRET_KEY", "")) < 32,
            "SECRET_KEY 没有设置或不足 32 个字符。",
            "SECRET_KEY is missing or shorter than 32 characters.",
        ),
        (DEBUG, "DEBUG=1 会把内部信息显示给用户。", "DEBUG=1 shows internals to users."),
        (
            "ALLOWED_HOSTS" not in os.environ or "*" in ALLOWED_HOSTS,
            "ALLOWED_HOSTS 没有写明本站域名。",
            "ALLOWED_HOSTS does not name this site's hosts.",
        ),
        (
            os.environ.get("RATE_LIMITS", "on") != "on",
            "RATE_LIMITS 关掉了对请求次数的限制。",
            "RATE_LIMITS switches the limits on requests off.",
        ),
        (
            any(not each.startswith("https://") for each in CSRF_TRUSTED_ORIGINS),
            "TRUSTED_ORIGINS 里有不是 https 的来源。",
            "TRUSTED_ORIGINS holds an origin that is not https.",
        ),
        (
            not os.environ.get("OIDC_SERVER", "https://").startswith("https://"),
            "OIDC_SERVER 不是 https 地址，登录结果可能被人篡改。",
            "OIDC_SERVER is not https: whoever sits in between could sign in as anybody.",
        ),
        (
            not all(5 <= each <= 480 for each in IDLE_MINUTES) or not 1 <= SESSION_HOURS <= 24,
            "SESSION_IDLE_MINUTES（5至480）或 SESSION_HOURS（1至24）不在范围内，登录会没完没了。",
            "SESSION_IDLE_MINUTES (5 to 480) or SESSION_HOURS (1 to 24) is out of range.",
        ),
    ]
    found = [(zh, en) for wrong, zh, en in asked if wrong]
    try:
        read_keys(DATA / "field_keys")
    except ImproperlyConfigured as error:
        make = 'TONGZHOU_FIELD_KEYS="k1:$(openssl rand -base64 32)"'
        zh = f"没有可用的个人信息密钥（{error}）。可用 {make} 制作，务必另行备份。"
        en = f"No usable key for personal data ({error}). Make one, and keep a copy apart: {make}"
        found.append((zh, en))
    return found


if PRODUCTION and (_unsafe := faults_of_production()):
    raise ServerError(
        "正式环境的设置不安全，不能启动 · unsafe settings, refusing to start in production:\n"
        + "\n".join(f"  {zh} · {en}" for zh, en in _unsafe)
    )


def _database(url: str) -> dict[str, Any]:
    """Turn ``postgresql://user:password@host:port/name?host=/socket`` into Django's settings."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "tongzhou.kernel.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or parts.hostname or "",
        "PORT": query.pop("port", "") or str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": query,
    }


DATABASES = {
    "default": _database(os.environ.get("DATABASE_URL", "postgresql://tongzhou@127.0.0.1/tongzhou"))
}

MODULES = sorted(p.parent.name for p in (PACKAGE / "modules").glob("*/module.py"))

INSTALLED_APPS = [
    "tongzhou.kernel",
    *(f"tongzhou.modules.{name}" for name in MODULES),
    "tongzhou.config",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "drf_spectacular",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
]

MIDDLEWARE = [
    "tongzhou.kernel.middleware.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "tongzhou.kernel.middleware.LengthMiddleware",
    "tongzhou.kernel.throttle.ThrottleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "tongzhou.kernel.identity.sessions.SessionMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "tongzhou.kernel.middleware.SafetyMiddleware",
    "tongzhou.kernel.middleware.ActorMiddleware",
    "tongzhou.kernel.identity.factor.SecondFactorMiddleware",
    "tongzhou.kernel.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "tongzhou.config.urls"
WSGI_APPLICATION = "tongzhou.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "tongzhou.kernel.frame.frame",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# Identity: user name, phone, e-mail or credit code; first password through a one-time link.
AUTH_USER_MODEL = "kernel.User"
SESSION_ENGINE = "tongzhou.kernel.held_sessions"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "tongzhou.kernel.identity.backend.PersonBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
] + [
    {
        "NAME": "tongzhou.kernel.identity.words.SiteWordsValidator",
        # Words of this site besides, with commas: the names of its region and its offices.
        "OPTIONS": {"words": os.environ.get("PASSWORD_WORDS", "").split(",")},
    }
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_ADAPTER = "tongzhou.kernel.adapter.ClosedAccountAdapter"
ACCOUNT_FORMS = {"login": "tongzhou.kernel.forms.SignInForm"}
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_GET = False
# What gives a way into the account (contacts, second factor, outside identities) asks again who
# it is, unless that was asked in the last five minutes.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = False
# How many proxies of our own stand in front and append to X-Forwarded-For; 0: the peer counts.
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))
# What is counted between requests is shared by all processes. Tests count in their own.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache"
        if TESTING
        else "tongzhou.kernel.shared.SharedCache"
    }
}
# Guessing at one account is stopped by the guard, known devices apart. These stop what it can't
# see: many accounts from one address. Wide enough for a whole office behind one address.
ACCOUNT_RATE_LIMITS: dict[str, str] = {
    "login": "300/m/ip",
    "login_failed": "100/5m/ip",
    # Codes of one account, from wherever: whoever gets that far knows the password. A known device
    # has a counter of its own.
    "second_factor": "5/5m/key",
    # Changes of one's own contacts to something new: what is not proved by a letter tells whether
    # somebody else signs in with it.
    "own_contacts": "5/d/key",
}
AXES_HANDLER = "tongzhou.kernel.identity.guard.Guard"
AXES_USERNAME_CALLABLE = "tongzhou.kernel.identity.guard.name_of"
AXES_CLIENT_IP_CALLABLE = "tongzhou.kernel.origin.client_address"
AXES_LOCKOUT_CALLABLE = "tongzhou.kernel.identity.guard.locked_out"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_SENSITIVE_PARAMETERS = ["login", "person_name", "username", "password", "ip_address"]
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_ENABLED = not TESTING
# A second factor for the people of authorities and the operators of the site.
SECOND_FACTOR_REQUIRED = os.environ.get("SECOND_FACTOR_REQUIRED", "1" if PRODUCTION else "0") == "1"
SECOND_FACTOR_GRACE_DAYS = int(os.environ.get("SECOND_FACTOR_GRACE_DAYS", "7"))
# Demonstration personas share one printed password; with this they need no second factor.
SECOND_FACTOR_SPARES_DEMO = os.environ.get("SECOND_FACTOR_SPARES_DEMO", "0") == "1"
MFA_ADAPTER = "tongzhou.kernel.adapter.SealedFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = os.environ.get("SITE_NAME", "Tongzhou")
MFA_TOTP_TOLERANCE = 1
MFA_FORMS = {
    "authenticate": "tongzhou.kernel.identity.codes.AuthenticateForm",
    "reauthenticate": "tongzhou.kernel.identity.codes.ReauthenticateForm",
}
MFA_TRUST_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
USERSESSIONS_TRACK_ACTIVITY = False
# Sign-in through other systems; what is not set here is not offered. docs/howto/sign-in-doors.md
SOCIALACCOUNT_ADAPTER = "tongzhou.kernel.adapter.ClosedSocialAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {"openid_connect": {"OAUTH_PKCE_ENABLED": True}}
if os.environ.get("OIDC_SERVER"):
    SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] = [
        {
            "provider_id": "oidc",
            "name": os.environ.get("OIDC_NAME", "OpenID Connect"),
            "client_id": os.environ.get("OIDC_CLIENT_ID", ""),
            "secret": os.environ.get("OIDC_CLIENT_SECRET", ""),
            "settings": {"server_url": os.environ["OIDC_SERVER"]},
        }
    ]
OIDC_OFFERED = "APPS" in SOCIALACCOUNT_PROVIDERS["openid_connect"]
SIGN_IN_DOORS: dict[str, dict[str, str]] = {}
if os.environ.get("WECOM_CORP_ID"):
    SIGN_IN_DOORS["wecom"] = {
        "label": os.environ.get("WECOM_NAME", "企业微信"),
        "corp_id": os.environ["WECOM_CORP_ID"],
        "agent_id": os.environ.get("WECOM_AGENT_ID", ""),
        "secret": os.environ.get("WECOM_SECRET", ""),
        "authorize": os.environ.get(
            "WECOM_AUTHORIZE", "https://login.work.weixin.qq.com/wwlogin/sso/login"
        ),
        "api": os.environ.get("WECOM_API", "https://qyapi.weixin.qq.com"),
    }
if os.environ.get("TICKET_LOGIN"):
    SIGN_IN_DOORS["ticket"] = {
        "label": os.environ.get("TICKET_NAME", "统一身份认证"),
        "login": os.environ["TICKET_LOGIN"],
        "validate": os.environ.get("TICKET_VALIDATE", ""),
        "app_id": os.environ.get("TICKET_APP_ID", ""),
        "app_key": os.environ.get("TICKET_APP_KEY", ""),
    }
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "tongzhou@localhost")

# Language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [PROJECT / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# Files
STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
FILES_ROOT = DATA / "files"
# Fonts of the site's own for documents (仿宋_GB2312, 方正小标宋 …); none come with the product.
DOCUMENT_FONTS = Path(os.environ.get("DOCUMENT_FONTS") or DATA / "fonts")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 20
# What one person may have stored in a day, produced tables included.
FILES_A_DAY_MIB = int(os.environ.get("FILES_A_DAY_MIB", "4096"))
# How long the file that an export wrote can be fetched.
JOB_FILES_KEPT_DAYS = int(os.environ.get("JOB_FILES_KEPT_DAYS", "7"))
FILE_UPLOAD_HANDLERS = [
    "tongzhou.kernel.uploads.LimitedUploadHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# Web hardening
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_IDLE_MINUTES, SESSION_IDLE_MINUTES_ORGANISATIONS = IDLE_MINUTES
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "tongzhou.kernel.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
if PRODUCTION:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = os.environ.get("SSL_REDIRECT", "1") == "1"
    SECURE_HSTS_SECONDS = 31_536_000
    # The prefix makes browsers refuse these cookies without TLS, from other hosts and paths.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Requests a minute, by what is asked; for one session or token, and an office gets a multiple.
RATE_LIMITS = {
    "sign-in": 30,
    "write": 240,
    "upload": 60,
    "export": 60,
    "typeset": 10,
    "search": 240,
    "api": 1_200,
    "page": 1_200,
}
# How personal data is encrypted in the database: AES-256-GCM or SM4-GCM (with SM3).
FIELD_CIPHER = os.environ.get("FIELD_CIPHER", "AES-256-GCM")
PGHISTORY_ADMIN_ALL_EVENTS = False
# What the audit trail keeps of addresses: network, digest, full or none.
KEPT_ADDRESSES = os.environ.get("KEPT_ADDRESSES", "network")
RATE_LIMITS_ON = os.environ.get("RATE_LIMITS", "on" if PRODUCTION else "off") == "on"

# API
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "tongzhou.kernel.parsers.SafeJSONParser",
    ],
    "DEFAULT_AUTHENTICATION_CLASSES": ["tongzhou.kernel.tokens.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "EXCEPTION_HANDLER": "tongzhou.kernel.api.handle_exception",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # ?format= belongs to the operations
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tongzhou",
    "DESCRIPTION": "From an official directive to work that gets done.",
    "VERSION": "0.1.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "tongzhou.kernel.openapi.complete",
    ],
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_NAME_OVERRIDES": {
        "DocumentKindEnum": "tongzhou.modules.directives.contracts.DocumentKind",
        "CitationKindEnum": "tongzhou.modules.directives.contracts.CitationKind",
        "DocumentStatusEnum": "tongzhou.modules.directives.public.STATUSES",
        "ExceptionKindEnum": "tongzhou.modules.duties.rules.exceptions.ExceptionKind",
        "KindEnum": "tongzhou.modules.response.contracts.Kind",
        "StatusEnum": "tongzhou.modules.registry.contracts.Status",
    },
}

# Jobs
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "tongzhou.kernel.redaction.RedactingFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"tongzhou": {"level": "INFO"}, "procrastinate": {"level": "WARNING"}},
}

"""Every setting, one block per concern. What differs by place comes from the environment."""

import importlib.util
import os
import secrets
from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.templatetags.static import static

from trading.infra import connection_loss
from trading.kernel.money import OPENING_CASH_MAX
from trading.settings import env

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# --- Place ----------------------------------------------------------------------------------------
VAR = env.folder("VAR", BASE_DIR / "var")
# What is expected of the event log, kept outside the database; best on a disk of its own.
RECORDS_EXPECTATION = env.folder("RECORDS_EXPECTATION", VAR / "records.expected")
PORT = env.whole("PORT", 8000, lowest=1, highest=65_535)
BASE_URL = env.text("BASE_URL", f"http://127.0.0.1:{PORT}")
DEMO = env.flag("DEMO", default="DATABASE_URL_GIVEN" not in os.environ)


def _secret_key() -> str:
    """Return SECRET_KEY, or the one this data folder made for itself at its first start."""
    if given := env.text("SECRET_KEY"):
        return given
    path = VAR / "secret_key"
    if not path.exists():
        VAR.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()


SECRET_KEY = _secret_key()
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost", "[::1]", *env.words("ALLOWED_HOSTS")]
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# --- Applications ---------------------------------------------------------------------------------
INSTALLED_APPS = [
    "trading.apps.TradingConfig",
    "trading.eventlog",
    "trading.identity",
    "marketdata",
    "risk",
    "oms",
    "compliance",
    "channels",
    "rest_framework",
    "unfold.apps.BasicAppConfig",  # the site is our own
    "csp",
    "trading.apps.StaffSiteConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "trading.infra.observability.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "trading.infra.compression.CompressForBrowsers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "trading.infra.security.PageCommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "trading.identity.page_owner.PageOwnerMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "trading.infra.security.AdminPolicyMiddleware",
]
ROOT_URLCONF = "trading.urls"
ASGI_APPLICATION = "trading.asgi.application"
APPEND_SLASH = False  # the wire contract never redirects
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
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
            ],
        },
    },
]

# --- Database -------------------------------------------------------------------------------------
# ``default`` is the application's role: it may not change what is written once. ``owner`` migrates.
_pool = {
    "min_size": 1,
    "max_size": env.whole("DATABASE_POOL_SIZE", 16, lowest=1, highest=1_000),
    "timeout": 3,
    # Given up after so long, an attempt to connect is made anew by whoever wants a connection next;
    # going on by itself it would pause longer and longer, and not notice for minutes.
    "reconnect_timeout": 1,
}
# Whether the database is the server that manage.py starts (trading.infra.embedded).
IS_DATABASE_EMBEDDED = "DATABASE_URL_GIVEN" not in os.environ
_url = env.text("DATABASE_URL", "postgresql://openbell_app@127.0.0.1:5432/openbell")
_owner_url = env.text("DATABASE_OWNER_URL", _url)
DATABASES: dict[str, dict[str, object]] = {
    "default": {
        **env.postgres(_url),
        "CONN_MAX_AGE": 0,  # the pool keeps the connections
        # What is worth it is prepared by trading.infra.exchange.
        "OPTIONS": {
            **connection_loss.CLIENT,
            "pool": _pool,
            "prepare_threshold": None,
            # Whoever stops in the middle of a transaction holds locks that others wait for, and
            # nobody waits for one without end.
            "options": "-c idle_in_transaction_session_timeout=30s -c lock_timeout=10s",
        },
    },
    "owner": {**env.postgres(_owner_url), "TEST": {"MIRROR": "default"}},
}

# --- Identity -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "identity.User"
AUTHENTICATION_BACKENDS = ["trading.identity.permissions.RoleBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "dashboard"
LOGOUT_REDIRECT_URL = "login"
SESSION_ENGINE = "trading.identity.sessions"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.flag("HTTPS", default=False)
# How many proxies of ours stand in front: only then is X-Forwarded-For read, from the right.
TRUSTED_PROXIES = env.count("TRUSTED_PROXIES", 0)

# --- Accounts that visitors open themselves -------------------------------------------------------
# With paper money on one's own machine anybody may; where a database is given, nobody until the
# firm says so.
REGISTRATION = env.flag("REGISTRATION", default=DEMO)
REGISTRATION_ACCOUNT_TYPES = env.some_of(
    "REGISTRATION_ACCOUNT_TYPES", ("cash", "margin"), default=("cash", "margin")
)
REGISTRATION_CASH = env.dollars("REGISTRATION_CASH", "100000.00", highest=OPENING_CASH_MAX)

# --- API ------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "trading.identity.authentication.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "trading.infra.wire.JsonOnly",
    "EXCEPTION_HANDLER": "trading.infra.wire.exception_handler",
}

# --- Sockets --------------------------------------------------------------------------------------
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

# --- Market data ----------------------------------------------------------------------------------
# What is empty here may be set on the admin site; what is given here wins, field by field.
# FEED names what is played: simulated, replay:PATH or providers, the best first: alpaca,polygon.
# Empty, it is the providers that are enabled on the admin site or, while none is, simulated.
FEED = env.text("FEED")
SPEED = env.number("SPEED", 1.0)
REPLAY_START = env.text("REPLAY_START", "09:30")
# Off: of a provider's quotes that wait to be read, only the newest of a symbol is taken, unless an
# order rests in it or a client streams it. For tapes that one core cannot take in full.
EACH_QUOTE = env.flag("EACH_QUOTE", default=True)

# A price further than this share from the last good one moves nothing until a second one agrees.
PRICE_BAND_WIDTH = env.share("PRICE_BAND_WIDTH", 0.10)
# A key is all that a provider needs; the other defaults are in marketdata/domain/providers.py.
PROVIDERS: dict[str, dict[str, str]] = {
    "alpaca": {
        "key_id": env.text("ALPACA_KEY_ID"),
        "secret_key": env.text("ALPACA_SECRET_KEY"),
        "feed": env.text("ALPACA_FEED"),
        "symbols_max": env.text("ALPACA_SYMBOLS_MAX"),
        "stream_url": env.text("ALPACA_STREAM_URL"),
        "data_url": env.text("ALPACA_DATA_URL"),
        "trading_url": env.text("ALPACA_TRADING_URL"),
    },
    "polygon": {
        "api_key": env.text("POLYGON_API_KEY"),
        "stream_url": env.text("POLYGON_STREAM_URL"),
        "rest_url": env.text("POLYGON_REST_URL"),
        "channels": env.text("POLYGON_CHANNELS"),
        "shares_per_quote_unit": env.text("POLYGON_SHARES_PER_QUOTE_UNIT"),
        "requests_per_minute": env.text("POLYGON_REQUESTS_PER_MINUTE"),
    },
    "tiingo": {
        "token": env.text("TIINGO_TOKEN"),
        "stream_url": env.text("TIINGO_STREAM_URL"),
        "rest_url": env.text("TIINGO_REST_URL"),
        "threshold_level": env.text("TIINGO_THRESHOLD_LEVEL"),
        "requests_per_minute": env.text("TIINGO_REQUESTS_PER_MINUTE"),
    },
    "nasdaq_data_link": {
        "key": env.text("NASDAQ_DATA_LINK_KEY"),
        "url": env.text("NASDAQ_DATA_LINK_URL"),
        "dataset": env.text("NASDAQ_DATA_LINK_DATASET"),
        "columns": env.text("NASDAQ_DATA_LINK_COLUMNS"),
    },
}
# Seals the keys that are entered on the admin site. Several, by commas: the first one seals, all
# open. Without any, the data folder's own, made when it is first needed.
PROVIDER_SECRETS_KEY = env.text("PROVIDER_SECRETS_KEY")

# --- Market-data stream to API clients ------------------------------------------------------------
MARKET_STREAM_CONNECTIONS_MAX = int(env.number("MARKET_STREAM_CONNECTIONS_MAX", 1))  # per account
MARKET_STREAM_SYMBOLS_MAX = int(env.number("MARKET_STREAM_SYMBOLS_MAX", 30_000))  # per connection

# --- Tick archive ---------------------------------------------------------------------------------
# Every accepted tick, in Parquet below VAR/ticks; what is older or more than this is let go.
TICK_ARCHIVE = env.flag("TICK_ARCHIVE", default=True)
TICK_ARCHIVE_DAYS = int(env.number("TICK_ARCHIVE_DAYS", 30))
TICK_ARCHIVE_BYTES_MAX = int(env.number("TICK_ARCHIVE_BYTES_MAX", 20e9))

# --- Background work ------------------------------------------------------------------------------
# Tasks only wake work whose intent is a row, so a broker that forgets is good enough here.
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.05}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TIMEZONE = "America/New_York"

# --- Static files ---------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.folder("STATIC_ROOT", VAR / "static")
FONTS = STATIC_ROOT.with_name("fonts")  # cut when ``run`` begins: trading.infra.fonts
STATICFILES_DIRS: list[object] = [BASE_DIR / "static", ("fonts", FONTS)]
SILENCED_SYSTEM_CHECKS = ["staticfiles.W004"]  # until then there is no such folder
_charts = importlib.util.find_spec("litecharts")
if _charts is not None and _charts.origin is not None:
    STATICFILES_DIRS.append(("vendor/lwc", Path(_charts.origin).parent / "js"))
# Named by their content when ``run`` begins, kept by browsers for good: trading.infra.static_files.
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "trading.infra.static_files.NamedByContent"},
}
# Browsers take brotli over HTTPS only; gzip is nearly as small and made in a tenth of the time.
SERVESTATIC_USE_ZSTD = SERVESTATIC_USE_BROTLI = False

# --- Security headers -----------------------------------------------------------------------------
# The hash is the one style element that lightweight-charts adds for its logo.
_CHART_STYLE = "'sha256-3pRED1tOXas1FXFoPb9TGCjmYe9XQsmO9OV23khV2nY='"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF, _CHART_STYLE],
        "font-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
    },
}
# The admin theme evaluates expressions in its templates; it gets its own policy.
ADMIN_CONTENT_SECURITY_POLICY = {
    "default-src": [SELF],
    "script-src": [SELF, UNSAFE_INLINE, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "font-src": [SELF],
    "img-src": [SELF, "data:"],
    "frame-ancestors": [NONE],
    "form-action": [SELF],
}
X_FRAME_OPTIONS = "DENY"

# --- Language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "en-us"
TIME_ZONE = "America/New_York"
USE_TZ = True
USE_I18N = False
FORMAT_MODULE_PATH = ["trading.settings.formats"]

# --- Admin ----------------------------------------------------------------------------------------
UNFOLD = {
    "SITE_TITLE": "Openbell compliance",
    "SITE_HEADER": "Openbell",
    "SITE_SUBHEADER": "Compliance and operations",
    "SITE_URL": "/",
    "SITE_ICON": lambda _request: static("favicon.svg"),
    "THEME": "dark",
    "SHOW_HISTORY": False,
    "LOGIN": {
        "form": "trading.identity.forms.AdminSignInForm",
        "image": None,
        "redirect_after": None,
    },
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("favicon.svg")},
    ],
    "STYLES": [lambda _request: static("css/admin.css")],
    "SCRIPTS": [
        lambda _request: static("js/admin/first_error.js"),
        lambda _request: static("js/admin/card_labels.js"),
        lambda _request: static("js/admin/chooser_names.js"),
    ],
    "COLORS": {
        "primary": {
            "50": "239 244 255",
            "100": "222 232 255",
            "200": "190 209 255",
            "300": "150 180 255",
            "400": "115 152 255",
            "500": "91 140 255",
            "600": "63 110 235",
            "700": "47 90 205",
            "800": "38 72 165",
            "900": "32 58 130",
            "950": "20 36 82",
        },
    },
    "SIDEBAR": {
        "show_search": True,
        "navigation": "trading.web.sidebar.navigation",
    },
}

# --- Logs -----------------------------------------------------------------------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", among=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING_CONFIG = None  # trading.infra.observability configures structlog and the standard library

"""Settings of a real OpenID Connect provider, run by the tests as a process of its own."""

import os
import sys

SECRET_KEY = "only-for-the-provider-of-the-tests"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.identity.provider"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ.get("PROVIDER_DATABASE")}
}
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "allauth",
    "allauth.account",
    "allauth.idp.oidc",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]
ACCOUNT_EMAIL_VERIFICATION = "none"
IDP_OIDC_PRIVATE_KEY = os.environ.get("PROVIDER_KEY", "")
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"


def _routes() -> list[object]:
    from django.urls import include, path

    return [
        path("accounts/", include("allauth.account.urls")),
        path("", include("allauth.idp.urls")),
    ]


def __getattr__(name: str) -> object:
    """Give the routes when Django asks for them: the settings must be read before."""
    if name == "urlpatterns":
        return _routes()
    raise AttributeError(name)


def run() -> None:
    """Set the provider up and serve it on a free port, which is printed."""
    import django

    django.setup()
    from allauth.account.models import EmailAddress
    from allauth.idp.oidc.models import Client
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    call_command("migrate", verbosity=0)
    for name, verified in (("chen", True), ("unproved", False)):
        user = User.objects.create_user(name, f"{name}@example.cn", "provider-phrase-1")
        EmailAddress.objects.create(user=user, email=user.email, verified=verified, primary=True)
    client = Client(
        id="tongzhou",
        name="Tongzhou",
        scopes="openid\nprofile\nemail",
        redirect_uris="http://testserver/accounts/oidc/oidc/login/callback/",
        skip_consent=True,
    )
    client.set_secret("client-secret")
    client.save()
    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler)
    server.set_app(get_wsgi_application())
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.identity.provider"
    run()

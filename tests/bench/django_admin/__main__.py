"""`python -m tests.bench.django_admin`: Django's admin on the rows of DATABASE_URL, as one would deploy it."""

import os
import sys
import tempfile
from pathlib import Path

import django
import uvicorn
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.management import call_command
from sqlalchemy.engine import make_url

from dashboard.site.server import listen
from tests.bench.django_admin import PASSWORD, USERNAME
from tests.bench.django_admin.router import RECORD

HERE = "tests.bench.django_admin"


def configure(folder: Path) -> None:
    own, record = str(folder / "django.sqlite3"), make_url(os.environ["DATABASE_URL"]).database
    settings.configure(
        DEBUG=False,
        SECRET_KEY="benchmark only",
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        ROOT_URLCONF=f"{HERE}.urls",
        INSTALLED_APPS=[
            *("django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes"),
            *("django.contrib.sessions", "django.contrib.messages", "django.contrib.staticfiles", HERE),
        ],
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "whitenoise.middleware.WhiteNoiseMiddleware",
            "django.middleware.gzip.GZipMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": own, "CONN_MAX_AGE": None},
            RECORD: {"ENGINE": "django.db.backends.sqlite3", "NAME": record, "CONN_MAX_AGE": None},
        },
        DATABASE_ROUTERS=[f"{HERE}.router.Router"],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        STATIC_URL="static/",
        STATIC_ROOT=str(folder / "static"),
        STORAGES={
            "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
        },
        USE_TZ=True,
        TIME_ZONE="Europe/London",
        LANGUAGE_CODE="en-gb",
        LOGGING_CONFIG=None,
    )


def prepare() -> None:
    from django.contrib.auth import get_user_model

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    get_user_model().objects.create_superuser(USERNAME, password=PASSWORD)


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        configure(Path(folder))
        django.setup()
        prepare()
        sockets = listen("localhost", 0)
        sys.stdout.write(f"Django’s admin is at http://localhost:{sockets[0].getsockname()[1]}.\n")
        sys.stdout.flush()
        server = uvicorn.Server(uvicorn.Config(get_asgi_application(), log_level="warning", access_log=False))
        server.run(sockets=sockets)
    return 0


if __name__ == "__main__":
    sys.exit(main())

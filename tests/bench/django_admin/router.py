"""Our tables are read in the record; Django's own lie beside it."""

from typing import Any

RECORD = "record"


class Router:
    def db_for_read(self, model: Any, **_: Any) -> str | None:
        return RECORD if model._meta.app_label == "django_admin" else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, *_: Any, **__: Any) -> bool:
        return db != RECORD

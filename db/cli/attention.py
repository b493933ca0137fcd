"""`attention`: what needs whoever runs the server, because nobody within may see or answer it."""

import argparse

from sqlalchemy import select

from db.engine import Database
from db.models import Case
from db.queries.approvals import unanswerable
from db.unled import unled_cases


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "attention",
        help="say what needs whoever runs the server",
        description="Open cases that no lead may see, as every lead stands behind their conflict wall, by reference: "
        "add a lead who has no conflict there (add-volunteer). And how many asks wait that no second lead is left to "
        "agree to: new-link, reset-factor and end-account do the same from here.",
    )
    parser.set_defaults(func=_run)


def _run(database: Database, _args: argparse.Namespace) -> None:
    with database.read() as session:
        unled = session.scalars(select(Case.reference).where(Case.id.in_(unled_cases())).order_by(Case.reference)).all()
        stuck = unanswerable(session)
    if unled:
        print(f"{len(unled)} open case{' has' if len(unled) == 1 else 's have'} no lead who may see them:")
        print("\n".join(unled))
    if stuck:
        print(f"{stuck} ask{' waits' if stuck == 1 else 's wait'} for a second lead, and nobody is left to agree.")
    if not (unled or stuck):
        print("Nothing needs you.")

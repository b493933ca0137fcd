"""`demo`: fills an empty database with fictional cases."""

import argparse
import sys

from db.engine import Database


def add(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser(
        "demo",
        help="fill an empty database with fictional cases",
        description="Everything in it is invented. The same number and seed give the same cases on one day.",
    )
    parser.add_argument("--cases", type=_count, default=300, metavar="N", help="how many (default: 300)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="which dice (default: 1)")
    parser.set_defaults(func=_run)


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must be 0 or more")
    return number


def _run(database: Database, args: argparse.Namespace) -> None:
    from db.demo import PASSWORD, SIGN_INS, build_demo

    build_demo(database, cases=args.cases, seed=args.seed, progress=sys.stderr.isatty())
    names = ", ".join(username for username, *_ in SIGN_INS)
    print(f"{args.cases:,} fictional cases. Sign in as {names}, each with the password {PASSWORD}")

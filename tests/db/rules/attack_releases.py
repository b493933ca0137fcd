"""Attacks the releases of many random caseloads, or of a database, and says what gave way.

    python -m tests.db.rules.attack_releases --caseloads N
    python -m tests.db.rules.attack_releases --database URL

Two attackers (tests/db/rules/release_attacker.py): one knows what always holds, one is told whose doctors stand in one
column only. The suite runs the same attack on fewer.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields

from tqdm import tqdm

from dashboard.settings import settings
from db.engine import Database, make_engine
from db.queries.releases import protected_release
from db.release_rows import standing_releases
from db.rules.release_protect import Release
from db.vault import Vault
from tests.db.rules.release_attacker import Attacker
from tests.db.rules.release_caseloads import random_caseload, releases_of


@dataclass
class Tally:
    releases: int = 0
    tables: int = 0
    numbers: int = 0
    shown: int = 0
    withheld: int = 0
    programs: int = 0
    exact: int = 0
    narrowed: int = 0

    def add(self, other: "Tally") -> None:
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))


def attacked(releases: Sequence[Release]) -> Tally:
    tables = [table for release in releases for table in release.frozen]
    words = [str(word) for table in tables for word in table.framed().ravel()]
    found = [Attacker(releases, told=told).attack() for told in (False, True)]
    return Tally(
        releases=len(releases),
        tables=len(tables),
        numbers=len(words),
        shown=sum(word.isdecimal() for word in words),
        withheld=found[0].withheld,
        programs=sum(each.programs for each in found),
        exact=sum(each.exact for each in found),
        narrowed=sum(each.narrowed for each in found),
    )


def attacked_caseload(seed: int) -> Tally:
    return attacked(releases_of(random_caseload(seed, besides=True)))


def releases_in(url: str) -> list[Release]:
    """All that stand there, with the exact numbers they were made from, the oldest first."""
    told = settings()
    database = Database(make_engine(url), Vault(keys=told.identity_keys, hash_key=told.hash_key), told.limits)
    with database.read() as session:
        return [protected_release(session, row) for row in standing_releases(session)]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--caseloads", type=int, default=2_000)
    asked.add_argument("--first", type=int, default=0)
    asked.add_argument("--database")
    told = asked.parse_args()
    total = Tally()
    if told.database:
        total.add(attacked(releases_in(told.database)))
    else:
        seeds = range(told.first, told.first + told.caseloads)
        with ProcessPoolExecutor() as pool:
            for one in tqdm(pool.map(attacked_caseload, seeds, chunksize=8), total=told.caseloads, unit="caseload"):
                total.add(one)
    for part in fields(total):
        sys.stdout.write(f"{part.name:9} {getattr(total, part.name):>12,}\n")
    return int(bool(total.exact or total.narrowed))


if __name__ == "__main__":
    sys.exit(main())

"""Attacks the releases of many random caseloads, and says what gave way.

    python -m tests.db.rules.attack_releases --caseloads N

Two attackers (tests/db/rules/release_attacker.py): one knows what always holds, one is told whose doctors stand in one
column only. The suite runs the same attack on fewer.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields

from tqdm import tqdm

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


def attacked(seed: int) -> Tally:
    releases = releases_of(random_caseload(seed))
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


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--caseloads", type=int, default=2_000)
    asked.add_argument("--first", type=int, default=0)
    told = asked.parse_args()
    total = Tally()
    seeds = range(told.first, told.first + told.caseloads)
    with ProcessPoolExecutor() as pool:
        for one in tqdm(pool.map(attacked, seeds, chunksize=8), total=told.caseloads, unit="caseload"):
            total.add(one)
    for part in fields(total):
        sys.stdout.write(f"{part.name:9} {getattr(total, part.name):>12,}\n")
    return int(bool(total.exact or total.narrowed))


if __name__ == "__main__":
    sys.exit(main())

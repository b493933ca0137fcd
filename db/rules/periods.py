"""Months (2026-11) and quarters (2026Q4), and the ones that each is compared with."""

from dataclasses import dataclass
from datetime import date, timedelta

from db.rules.quarters import is_quarter, quarter_of, quarter_start

LONG_AGO, FAR_OFF = 1990, 2100


@dataclass(frozen=True)
class Period:
    """A month or a quarter, both days included."""

    code: str
    first: date
    last: date

    @property
    def is_month(self) -> bool:
        return "-" in self.code

    @property
    def words(self) -> str:
        """“October to December 2026”, “November 2026”."""
        return f"{self.last:%B %Y}" if self.is_month else f"{self.first:%B} to {self.last:%B %Y}"

    @property
    def short(self) -> str:
        """“Oct–Dec 2026”, “Nov 2026”."""
        return f"{self.last:%b %Y}" if self.is_month else f"{self.first:%b}–{self.last:%b %Y}"

    @property
    def before(self) -> "Period":
        """The month or the quarter before."""
        return self._like(self.first - timedelta(days=1))

    @property
    def year_before(self) -> "Period":
        """The same a year before."""
        return self._like(date(self.first.year - 1, self.first.month, 1))

    def _like(self, day: date) -> "Period":
        return month_around(day) if self.is_month else quarter_around(day)


def month_around(day: date) -> Period:
    first = day.replace(day=1)
    return Period(f"{day:%Y-%m}", first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def quarter_around(day: date) -> Period:
    code = quarter_of(day)
    first = quarter_start(code)
    return Period(code, first, (first + timedelta(days=95)).replace(day=1) - timedelta(days=1))


def period_of(code: str) -> Period | None:
    """The period of this code; None for any other text."""
    if is_quarter(code):
        year, month = int(code[:4]), int(code[5]) * 3
    elif len(code) == 7 and code[4] == "-" and f"{code[:4]}{code[5:]}".isdecimal() and code.isascii():
        year, month = int(code[:4]), int(code[5:])
    else:
        return None
    if not LONG_AGO <= year < FAR_OFF or not 1 <= month <= 12:
        return None
    around = month_around if "-" in code else quarter_around
    return around(date(year, month, 1))

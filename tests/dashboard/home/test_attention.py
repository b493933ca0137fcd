"""Whatever a line of a day can be, everybody who reads it has words for it."""

from datetime import date

import pytest

from dashboard.home import attention, today
from db.choices import Condition, Stage
from db.cli.digests import text
from db.queries.home import Attention
from db.rules.attention import Need, for_each_need
from db.rules.limits import Limits

DAY = date(2026, 11, 28)


def line(need: Need) -> Attention:
    name = "contact gmc" if need is Need.CONSENT else "Words of the case"
    return Attention(2, need, "LNB-222222", name, DAY, Stage.REVIEW)


@pytest.mark.parametrize("need", Need)
def test_home_and_the_daily_e_mail_have_words_for_it(need: Need) -> None:
    said = today._said(line(need))
    mailed = text([line(need)], "", DAY)
    assert need.label in mailed
    for code in ("_", f": {need.value},"):
        assert code not in said
        # Some codes are their own words.
        assert code not in mailed or code == f": {need.label},"


@pytest.mark.parametrize("need", Need)
def test_the_daily_e_mail_never_repeats_what_anybody_wrote(need: Need) -> None:
    assert "Words of the case" not in text([line(need)], "", DAY)


def test_the_numbers_in_words_follow_the_limits_in_force() -> None:
    means = attention.meanings(Limits(at_risk_days=10, stalled_days=1, stalled_days_urgent=1, update_every_days=5))
    assert "within 10 days" in means[Condition.AT_RISK]
    assert "for 1 day (1 with" in means[Condition.STALLED]
    assert "over 5 days" in means[Condition.UPDATE_OVERDUE]
    assert set(means) == set(attention.LEAD_ORDER)


def test_a_reader_that_leaves_one_out_does_not_start() -> None:
    with pytest.raises(LookupError, match="asked"):
        for_each_need({need: "said" for need in Need if need is not Need.ASKED})

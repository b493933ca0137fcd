"""Tests begin at three in the afternoon in London, on the day they are run, whatever the hour really is.

None of them sees a day end, then, and none passes or fails by the hour: sixty times 24 hours before a late winter's
evening is, by summer time, the day after. `TEST_DAY=2028-02-29` makes it another day, for tests that open no browser:
a browser has a clock of its own, and drops cookies by it.

Whatever imports this first lives by that clock; so does a server that a test starts, not by `python -m dashboard`, but

    python -m tests.hour dashboard
"""

import os
import runpy
import sys
import time
from datetime import date, datetime
from datetime import time as hour

import time_machine

from db.clock import LONDON

# Early enough that a sign-in of twelve hours has not ended by a browser's own clock, at any real hour.
BEGINS = hour(15)
# What the first process finds, its workers and servers follow.
SHIFT = "TEST_CLOCK_SHIFT"


if SHIFT not in os.environ:
    told = os.environ.get("TEST_DAY")
    day = date.fromisoformat(told) if told else datetime.now(LONDON).date()
    os.environ[SHIFT] = str(datetime.combine(day, BEGINS, LONDON).timestamp() - time.time())
time_machine.travel(time.time() + float(os.environ[SHIFT]), tick=True).start()
# It ticks from the first look on: without one, the clock of each process would be late by as long as it had not looked.
time.time()

if __name__ == "__main__":
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)

"""The clock of the tests is the clock of the processes they start."""

import subprocess
import sys
import time

SAY_WHEN_ASKED = "import tests.hour, time; print(flush=True); input(); print(time.time())"


def test_a_process_that_looks_at_its_clock_late_has_the_time_of_the_tests() -> None:
    with subprocess.Popen(
        (sys.executable, "-c", SAY_WHEN_ASKED), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "\n"
        before = time.time()
        told, _ = process.communicate("now\n")
        after = time.time()
    assert before <= float(told) <= after

"""`python -m tests.bench.serve_floor`: the floor page, served exactly as `python -m dashboard` serves the app."""

import os
import sys
from pathlib import Path

from dashboard.settings import ROOT, settings
from dashboard.site.server import listen, serve

FLOOR = Path(__file__).with_name("floor.py")


def main() -> int:
    sockets = listen("localhost", 0)
    os.chdir(ROOT)
    sys.stdout.write(f"The floor page is at http://localhost:{sockets[0].getsockname()[1]}.\n")
    sys.stdout.flush()
    return serve(settings(), sockets, FLOOR)


if __name__ == "__main__":
    sys.exit(main())

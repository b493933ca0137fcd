"""`python -m tests.bench.serve_floor [constants]`: constants, served as `python -m dashboard` serves the app."""

import os
import sys
from pathlib import Path

from dashboard.settings import ROOT, settings
from dashboard.site.server import listen, serve

HERE = Path(__file__).parent
FLOOR = "floor"


def main() -> int:
    name = sys.argv[1] if len(sys.argv) > 1 else FLOOR
    sockets = listen("localhost", 0)
    os.chdir(ROOT)
    sys.stdout.write(f"The page of constants is at http://localhost:{sockets[0].getsockname()[1]}.\n")
    sys.stdout.flush()
    return serve(settings(), sockets, HERE / f"{name}.py")


if __name__ == "__main__":
    sys.exit(main())

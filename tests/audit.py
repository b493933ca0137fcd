"""Looks the pinned versions up among known vulnerabilities: part of `make test`.

A known vulnerability fails. A package that cannot be looked up does not, because a closed network is no fault of the
code, but it is said: nobody should take silence for safety.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.txt"
COMMAND = [
    sys.executable,
    "-m",
    "pip_audit",
    "--disable-pip",
    "--requirement",
    str(LOCK),
    "--format",
    "json",
    "--progress-spinner",
    "off",
    "--timeout",
    "5",
]


def main() -> int:
    ran = subprocess.run(COMMAND, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(ran.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        packages = []
    sys.stdout.write(report(packages, ran.stderr) + "\n")
    return 1 if vulnerable(packages) else 0


def vulnerable(packages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [package for package in packages if package.get("vulns")]


def report(packages: list[dict[str, Any]], errors: str = "") -> str:
    """What was looked up, what was not, and each vulnerability with the version that mends it."""
    looked_up = [package for package in packages if "vulns" in package]
    lines = [
        f"{package['name']} {package['version']}: {vuln['id']}, mended in {', '.join(vuln['fix_versions']) or 'none'}"
        for package in vulnerable(packages)
        for vuln in package["vulns"]
    ]
    if missed := len(packages) - len(looked_up):
        lines.append(f"{missed} packages could not be looked up: the register of vulnerabilities did not answer.")
    if not packages:
        lines.append("No package could be looked up: " + (errors.strip().splitlines() or ["no answer"])[-1])
    return "\n".join([f"Dependency audit: {len(looked_up)} packages looked up.", *lines])


if __name__ == "__main__":
    sys.exit(main())

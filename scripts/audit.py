"""Look packages of lock files up among known advisories: `python scripts/audit.py LOCK...` (needs pip-audit).

Where no index of advisories can be reached, it says so and succeeds: a machine without a network can build Kaizen, too.
"""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

_COMMAND: Final = (sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "--format=json")


def main(locks: list[str]) -> int:
    """Print what is known against the packages of all locks; the status is 1 if there is anything."""
    asked = [argument for lock in locks for argument in ("--requirement", lock)]
    done = subprocess.run([*_COMMAND, "--progress-spinner=off", *asked], capture_output=True, text=True, check=False)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError):
        said = " ".join(done.stderr.split()[-30:])
        print(f"Advisories were not looked up: no index of them can be reached ({said})")
        return 0
    return report(packages)


def report(packages: list[Mapping[str, Any]]) -> int:
    """Print what was found, and what could not be looked up."""
    known = [package for package in packages if "skip_reason" not in package]
    if not known:
        print("Advisories were not looked up: no index of them can be reached")
        return 0
    found = list(_found(known))
    print(*found, sep="\n", end="\n" if found else "")
    unknown = f"; {len(packages) - len(known)} are not in the index" if len(packages) > len(known) else ""
    print(f"{len(known)} packages were looked up among known advisories, {len(found)} were found{unknown}")
    return 1 if found else 0


def _found(packages: list[Mapping[str, Any]]) -> Iterator[str]:
    for package in packages:
        for each in package["vulns"]:
            mended = ", ".join(each["fix_versions"]) or "no version yet"
            yield f"{package['name']} {package['version']}: {each['id']}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

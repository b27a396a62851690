"""Write src/kaizen/standard/operations.json from an inventory of the published description.

Usage: python scripts/generate_operations.py path/to/endpoints.json
"""

import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/kaizen/standard/operations.json"
API = re.compile(r"/crm/(?:(bulk)/)?(?:\{version\}|v[0-9.]+)/(.*)")

KEYS = ["method", "path", "operation", "since", "scopes"]
SERVICES = ("zohocrm", "zohofiles", "zohosearch", "aaaserver")
SLIPS = {"ZohoCRM.zia.enrichment": "ZohoCRM.zia_enrichment.READ"}


def row(endpoint: dict[str, object]) -> list[object]:
    """Shorten one endpoint to method, path, operation id, first version and scopes."""
    path = str(endpoint["path"])
    found = API.fullmatch(path)
    below = "/".join(part for part in found.groups() if part) if found else path
    # The published description shows one version; the same addresses exist under earlier ones.
    described = str(endpoint["source"]).startswith("oas:")
    versions = endpoint["versions"]
    assert isinstance(versions, list)
    since = "v2" if described or versions[0] == "*" else versions[0]
    scopes = endpoint["scopes"]
    assert isinstance(scopes, list)
    return [
        endpoint["method"],
        below,
        endpoint["operation_id"],
        since,
        sorted({scope_of(str(each)) for each in scopes}),
    ]


def scope_of(described: str) -> str:
    """Write a scope as the service grants it; the description has its slips."""
    first = described.split(",", maxsplit=1)[0]
    named = first if first.split(".")[0].lower() in SERVICES else f"ZohoCRM.{first}"
    group, _, operation = SLIPS.get(named, named).rpartition(".")
    return f"{group}.{'READ' if operation.upper() == 'VIEW' else operation.upper()}"


def main(source: str) -> None:
    endpoints = json.loads(Path(source).read_text())["endpoints"]
    rows = [json.dumps(row(endpoint)) for endpoint in endpoints]
    text = ",\n".join(rows)
    TARGET.write_text(
        f'{{"_generated_by": "scripts/generate_operations.py",\n"keys": {json.dumps(KEYS)},\n'
        f'"operations": [\n{text}\n]}}\n'
    )


if __name__ == "__main__":
    main(sys.argv[1])

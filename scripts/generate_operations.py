"""Write src/kaizen/standard/operations.json from an inventory of the published description.

Usage: python scripts/generate_operations.py path/to/endpoints.json
"""

import json
import re
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/kaizen/standard/operations.json"
API = re.compile(r"/crm/(?:(bulk)/)?(?:\{version\}|v[0-9.]+)/(.*)")


def row(endpoint: dict[str, object]) -> list[object]:
    """Shorten one endpoint to method, path, operation id and first version."""
    path = str(endpoint["path"])
    found = API.fullmatch(path)
    below = "/".join(part for part in found.groups() if part) if found else path
    # The published description shows one version; the same addresses exist under earlier ones.
    described = str(endpoint["source"]).startswith("oas:")
    versions = endpoint["versions"]
    assert isinstance(versions, list)
    since = "v2" if described or versions[0] == "*" else versions[0]
    return [endpoint["method"], below, endpoint["operation_id"], since]


def main(source: str) -> None:
    endpoints = json.loads(Path(source).read_text())["endpoints"]
    rows = [json.dumps(row(endpoint)) for endpoint in endpoints]
    text = ",\n".join(rows)
    TARGET.write_text(
        f'{{"_generated_by": "scripts/generate_operations.py",\n"keys": ["method", "path", "operation", "since"],\n'
        f'"operations": [\n{text}\n]}}\n'
    )


if __name__ == "__main__":
    main(sys.argv[1])

"""Write src/kaizen/standard/user_preferences.json from the published description of users.

Usage: python scripts/generate_preferences.py path/to/users.json
"""

import json
import sys
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/kaizen/standard/user_preferences.json"
PREFERENCES = (
    "language",
    "locale",
    "country_locale",
    "date_format",
    "time_format",
    "name_format__s",
    "sort_order_preference__s",
    "distance_preference__s",
)


def main(source: str) -> None:
    """Keep what a user can choose from."""
    described = json.loads(Path(source).read_text(encoding="utf-8"))["components"]["schemas"]["UserDetails"]
    lines = [
        f"{json.dumps(name)}: {json.dumps(sorted(described['properties'][name]['enum']), ensure_ascii=False)}"
        for name in PREFERENCES
    ]
    text = ",\n".join(['"_generated_by": "scripts/generate_preferences.py"', *lines])
    TARGET.write_text(f"{{\n{text}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])

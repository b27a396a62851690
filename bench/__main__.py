"""Run every benchmark: `python -m bench`, or `python -m bench criteria` for one."""

import sys
from importlib import import_module

ALL = ("criteria", "queue", "reads", "records")


def main() -> None:
    """Run those named, or all."""
    for name in sys.argv[1:] or ALL:
        if name not in ALL:
            sys.exit(f"no benchmark {name!r}; there are {', '.join(ALL)}")
        import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()

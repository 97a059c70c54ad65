"""`python -m deploy.local.sample [--check]`: write deploy/config/sample anew, or say what is out of date (exit 1)."""

import sys

from deploy.local.sample.files import differing, write


def main(arguments: list[str]) -> int:
    """Run it."""
    if arguments == ["--check"]:
        stale = differing()
        for name in stale:
            print(
                f"deploy/config/sample/{name} is not what python -m deploy.local.sample writes",
                file=sys.stderr,
            )
        return 1 if stale else 0
    if arguments:
        print("usage: python -m deploy.local.sample [--check]", file=sys.stderr)
        return 2
    write()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

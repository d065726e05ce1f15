"""`python -m seawall` is the `seawall` command; the supervisor starts its processes this way."""

from __future__ import annotations

from seawall.cli import main

if __name__ == "__main__":
    main()

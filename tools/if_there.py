"""Run a task's script, or say in one line that the repository has none yet.

python tools/if_there.py tools/run_drills.py "drills"
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run the script named first; the second argument says what is missing when it is not there."""
    script, subject = Path(sys.argv[1]), sys.argv[2]
    if not script.is_file():
        print(f"nothing was run: there are no {subject} yet")
        return 0
    return subprocess.run([sys.executable, str(script)], check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())

"""Check the config on standard input: print its warnings and exit with 0, or its first mistake on standard error and exit with 1."""

import contextlib
import gc
import io
import json
import os
import sys

from foldwork import quick_exit
from foldwork.errors import FoldworkError
from foldwork.study.checks.check_config import check_config


def main() -> int:
    gc.disable()  # imports create many objects and no garbage
    config = json.load(sys.stdin)
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # the user's modules may print when they are imported
            found = check_config(config)
    except FoldworkError as error:
        print(error, file=sys.stderr)
        return 1
    for line in found:
        print(f"warning: {line}")
    quick_exit.mark_success()
    return 0


if __name__ == "__main__":
    sys.exit(main())

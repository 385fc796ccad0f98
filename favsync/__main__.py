"""`python -m favsync` is `favsync`."""

import sys

from favsync.entry import main

if __name__ == "__main__":
    sys.exit(main())

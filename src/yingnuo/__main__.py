"""What does `python -m yingnuo` do? The same as the command `yingnuo`."""

import sys

from yingnuo.cli import main

if __name__ == "__main__":
    sys.exit(main())

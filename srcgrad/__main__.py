"""``python -m srcgrad`` is the same as the command ``srcgrad``."""

import sys

from srcgrad.inspection.cli import main

sys.exit(main())

"""Runs the guardian."""

import sys

from deadstop.guardian.process import main

sys.exit(main())

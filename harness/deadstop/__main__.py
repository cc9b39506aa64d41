"""Runs the command line: ``python -m deadstop``."""

from deadstop.cli import main

main()

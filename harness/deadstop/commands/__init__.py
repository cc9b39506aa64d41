"""The commands, one a file: their options, their help, and whom they hand these to.

They import what does the work only when they run, so that `--help` is quick.
"""

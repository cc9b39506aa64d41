"""The sweep: a motion is ended at every step of the event loop, on virtual time.

`plan.py` says which points there are, `sweep.py` has them played, `results.py` is what
was found, `schedule.py` the file that brings one failure back, `account.py` tells it.
"""

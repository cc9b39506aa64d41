"""The guardian: a process that stops a real board when the harness no longer can.

`standstill.py` is what has to be said to a board until it confirms that it stands,
`post.py` the port that is guarded, `process.py` the process, and `watch.py` the
harness's side of it. The process imports neither the SDK nor what a run is made of.
"""

from deadstop.guardian.watch import GONE, GuardedBoard, Guardian, ask_to_stop

__all__ = ["GONE", "GuardedBoard", "Guardian", "ask_to_stop"]

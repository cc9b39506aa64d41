"""Example components for protocols of others: how it is done right, and not.

They are tested by the rigs `grbl`, `roboclaw` and `tic`. `motor.py` is what they have
in common, `talk.py` their questions and answers. The `Broken...` ones are each wrong in
one thing, which is told in the first line.
"""

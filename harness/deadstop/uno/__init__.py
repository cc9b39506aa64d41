"""The virtual Uno: the real firmware behind a port like a board's, for the bench.

It is a process of its own, paced to the real clock, and it judges nothing: it goes on
whatever becomes of who has its port open. A control channel does to it what a hand
would do to a real board, and tells what the simulator's pins and shafts do.
"""

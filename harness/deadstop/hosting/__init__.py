"""How a component is served: each in a process of its own, forked from a warm parent.

The judge never shares a process with the judged. `Zygote` (judge's side) starts a
warmed-up parent; from it are forked *hosts* (the component and its server) and
*clients* (the callers). Each speaks with the judge over a side channel.
"""

from deadstop.hosting.channel import Message, Peer, PeerGoneError
from deadstop.hosting.processes import ChildProcess, Zygote

__all__ = ["ChildProcess", "Message", "Peer", "PeerGoneError", "Zygote"]

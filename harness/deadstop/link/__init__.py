"""The link between component and board: the tap in its middle, and its decoders."""

from deadstop.link.deadstop_decoder import DeadstopDecoder
from deadstop.link.decoder import Fact, LinkDecoder, LinkKind
from deadstop.link.tap import Tap

__all__ = ["DeadstopDecoder", "Fact", "LinkDecoder", "LinkKind", "Tap"]

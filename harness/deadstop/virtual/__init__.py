"""Virtual time: the whole stack in one process, on the simulated board's own clock.

`clock.py` is the event loop, `network.py` joins gRPC client and server in memory,
`link.py` is the component's serial port with the board behind it, `outside.py` stands
between the component and what virtual time does not hold for, and `bench.py` brings a
rig to life in all of this.
"""

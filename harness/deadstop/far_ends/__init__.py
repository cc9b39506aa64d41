"""Small simulated boards that speak protocols of others: programs that a rig starts.

Each is written from the protocol's public description and knows as much of it as its
example component needs. Its shafts turn at an even speed, and stop at once.

    python -m deadstop.far_ends.grbl PATH
"""

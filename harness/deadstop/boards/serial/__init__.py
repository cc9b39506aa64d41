"""Real boards, on a serial port here or elsewhere: found, locked, proven, then used."""

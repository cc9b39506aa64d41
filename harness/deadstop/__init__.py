"""Deadstop proves that a motor stops when the caller goes away."""

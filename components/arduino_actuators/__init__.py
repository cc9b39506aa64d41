"""Viam components that drive an Arduino motor controller, and stop it."""

"""Begins with a component that is new here: looks at it, writes its first files."""

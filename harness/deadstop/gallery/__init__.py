"""The gallery: broken components that must be caught, and correct ones that must not.

Each broken one is right but for one mistake of the catalogue; `catalogue.py` says which
case shows it, and by which invariant. `deadstop prove` runs them all. Nothing of the
harness imports a component: the component's own process does, by its class path.
"""

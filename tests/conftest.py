"""What all tests share."""

from hypothesis import settings

# A busy machine is no reason to fail: what must be fast says so itself.
settings.register_profile("arbutus", deadline=None)
settings.load_profile("arbutus")

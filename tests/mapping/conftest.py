"""Property tests here are judged by their answers, not by the speed of a busy machine."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("mapping", deadline=None)
settings.load_profile("mapping")

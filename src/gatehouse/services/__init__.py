"""Use cases: one coroutine each, one transaction each."""

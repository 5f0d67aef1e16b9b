"""Code that is loaded when it is first needed, and takes too long for a transaction to wait for it."""

from collections.abc import Callable


class NotLoaded(Exception):
    """A transaction needs what is not loaded: ``load`` it in another thread, and begin again."""

    def __init__(self, load: Callable[[], None]) -> None:
        super().__init__()
        self.load = load

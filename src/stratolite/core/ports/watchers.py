"""Who is told of alarms that go off and of hints at mistakes: not services, but whoever looks after the application."""

from collections.abc import Callable

from stratolite.core.call import Call

AlarmWatcher = Callable[[Call, str, str, str, str], None]
"""Is told of an alarm that changed its state: the call (its time, account and region), the alarm's name, the old state,
the new one, the reason."""

HintWatcher = Callable[[str], None]
"""Is told what may help a person to understand a call that failed."""

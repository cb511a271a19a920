"""Schedules: the feeds ``alarm`` (cron), ``once`` and ``interval`` of ``/whisk.system/alarms``.

Parameters, answers and messages are those of OpenWhisk's package
(apache/openwhisk-package-alarms). What that leaves to the operator is defined as follows:

- A firing that was missed because the playground did not run is not repeated. One that was missed
  because the machine slept happens once when it wakes.
- ``cron`` has five or six fields; the first of six is seconds. Months count from 1; Sunday is 0 and
  7. Times are UTC unless ``timezone`` names a zone.
- Without ``strict`` a five-field alarm fires at second 0; with ``strict`` false at a second that
  depends on the name of its trigger.
- The key is checked and not stored: an alarm fires as the owner of the namespace at that time.
- PAUSE and UNPAUSE are supported; OpenWhisk's feed protocol has them, its alarms refuse them.
- CREATE replaces an alarm whose trigger was deleted, and is refused for any other.
- A playground does not stop when idle while an alarm is pending.

This package knows triggers and how to fire them, and nothing of HTTP.
"""

from jupyter_faas.playground.alarms.feed import FEEDS, feed_name, make_alarms
from jupyter_faas.playground.alarms.service import AlarmService

__all__ = ["FEEDS", "AlarmService", "feed_name", "make_alarms"]

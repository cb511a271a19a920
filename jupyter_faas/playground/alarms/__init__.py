"""Schedules: the feeds ``alarm`` (cron), ``once`` and ``interval`` of ``/whisk.system/alarms``.

Parameters, answers and messages are those of OpenWhisk's package
(apache/openwhisk-package-alarms). The playground decides what that package leaves open:

- A firing that was missed because the playground did not run is not repeated. Firings that were
  missed because the machine slept happen once, when it wakes.
- ``cron`` has five or six fields; the first of six is seconds. Months count from 1; Sunday is 0 and
  7. Times are UTC unless ``timezone`` names a zone.
- Without ``strict`` a five-field alarm fires at second 0. With ``strict`` false it fires at a
  second that depends on the name of its trigger.
- The key is checked but not stored: an alarm fires as the owner of the namespace at that time.
- PAUSE and UNPAUSE are supported. OpenWhisk's feed protocol has them, but its alarms refuse them.
- CREATE replaces an alarm whose trigger was deleted, and is refused if any other alarm exists.
- A playground does not stop when idle while an alarm is pending.

This package knows triggers and how to fire them, and nothing of HTTP.
"""

from jupyter_faas.playground.alarms.feed import FEEDS, feed_name, make_alarms
from jupyter_faas.playground.alarms.service import AlarmService

__all__ = ["FEEDS", "AlarmService", "feed_name", "make_alarms"]

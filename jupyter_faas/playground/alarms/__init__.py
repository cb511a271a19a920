"""The feeds ``alarm``, ``once`` and ``interval`` of ``/whisk.system/alarms``.

They take the parameters, give the answers and use the words of OpenWhisk's package
(apache/openwhisk-package-alarms); what it leaves to whoever runs it is settled here so:

- A firing that is missed because the playground does not run is not made up for. One that the
  machine slept through, or that was held up, happens once when it wakes.
- ``cron`` has five or six fields, the first of six being seconds; months count from 1, Sunday is
  0 and 7. Times are UTC unless ``timezone`` names a zone.
- Without ``strict`` a five-field alarm fires at second 0; with ``strict`` false at a second that
  depends on the name of its trigger.
- The key is asked for and checked, and never kept: an alarm fires in the name of whoever has the
  namespace then.
- PAUSE and UNPAUSE, which OpenWhisk's feed protocol has and its alarms refuse, are understood.
- CREATE takes the place of an alarm whose trigger was deleted; over any other it is refused.
- A playground does not stop by itself while an alarm is waiting.

It knows triggers and how to fire them, and nothing of HTTP.
"""

from jupyter_faas.playground.alarms.feed import FEEDS, feed_name, make_alarms
from jupyter_faas.playground.alarms.service import AlarmService

__all__ = ["FEEDS", "AlarmService", "feed_name", "make_alarms"]

"""Alarms: the feeds ``alarm`` (cron), ``once`` and ``interval`` of ``/whisk.system/alarms``.

Parameters, results and messages are those of OpenWhisk's package
(apache/openwhisk-package-alarms). In addition, the playground behaves as follows:

- Firings that were missed while the playground was not running are skipped. Firings that were
  missed while the machine was asleep happen once, when the machine wakes up.
- ``cron`` has five or six fields. The first of six fields is the second. Months begin with 1, and
  Sunday is 0 or 7. Times are in UTC unless ``timezone`` is set.
- Without ``strict``, an alarm with five fields fires at second 0. If ``strict`` is false, it fires
  at a second that depends on the name of the trigger.
- The API key is checked but not stored. An alarm fires as the owner of the namespace at that time.
- PAUSE and UNPAUSE are supported. They are part of OpenWhisk's feed protocol, but OpenWhisk's
  alarms refuse them.
- CREATE replaces an alarm whose trigger was deleted, and is refused if the trigger has any other
  alarm.
- An idle playground does not stop while an alarm is pending.

This package depends on triggers and their firing, but not on HTTP.
"""

from jupyter_faas.playground.alarms.feed import FEEDS, feed_name, make_alarms
from jupyter_faas.playground.alarms.service import AlarmService

__all__ = ["FEEDS", "AlarmService", "feed_name", "make_alarms"]

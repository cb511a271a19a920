/** The wire of triggers and rules; `tests/data/api/triggers.json` is a sample. */

import type { JsonObject } from './values';

/** When a trigger fires by itself: either every so many seconds, or by a cron pattern. */
export interface ISchedule {
  every_s: number | null;
  cron: string | null;
  /** UTC when null. */
  timezone: string | null;
}

/** Which function a trigger runs, and whether it does. */
export interface IRule {
  name: string;
  trigger: string;
  /** As functions are named: `name`, or `package/name`. */
  action: string;
  active: boolean;
}

export interface ITrigger {
  name: string;
  schedule: ISchedule | null;
  /** The schedule in words, `every 5 minutes`; empty where only requests fire it. */
  when: string;
  feed: string | null;
  rules: IRule[];
  last_fired: number | null;
  last_activation: string | null;
  updated: number;
}

export interface ITriggerList {
  triggers: ITrigger[];
  as_of: number;
}

/** What is to be made: a trigger, and the rule `TRIGGER-FUNCTION` that lets it run a function. */
export interface INewTrigger {
  name: string;
  /** `5m`. */
  every: string;
  run: string;
  /** What the function is given each time. */
  params: JsonObject;
}

export interface IFired {
  trigger: string;
  /** Null where it has no active rule: nothing ran. */
  activation: string | null;
  runs: { rule: string; action: string; activation: string | null; error: string }[];
  paused: string[];
}

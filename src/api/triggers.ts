/** Wire types of triggers and rules; `tests/data/api/triggers.json` is a sample. */

import type { JsonObject } from './values';

/** The schedule of a trigger, either an interval in seconds or a cron expression. */
export interface ISchedule {
  every_s: number | null;
  cron: string | null;
  /** The time zone of the cron expression; UTC if null. */
  timezone: string | null;
}

/** A rule: the function that a trigger runs. */
export interface IRule {
  name: string;
  trigger: string;
  /** The name of the function: `name` or `package/name`. */
  action: string;
  active: boolean;
}

export interface ITrigger {
  name: string;
  schedule: ISchedule | null;
  /** The schedule as text, `every 5 minutes`; empty for a trigger that fires only on request. */
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

/** A trigger to create, together with the rule `TRIGGER-FUNCTION` that runs a function. */
export interface INewTrigger {
  name: string;
  /** The interval: `5m`. */
  every: string;
  run: string;
  /** The parameters that are passed in each call. */
  params: JsonObject;
}

export interface IFired {
  trigger: string;
  /** The id of the activation; null if the trigger has no active rule, so that nothing ran. */
  activation: string | null;
  runs: { rule: string; action: string; activation: string | null; error: string }[];
  paused: string[];
}

/** Wire types of the deployment history, and of diffs between two deploys. */

import type { IDeployedBundle } from './card';

/** A deploy to the target that this server made. */
export interface IDeploy {
  version: string;
  bundle: string;
  package: string;
  size: number;
  deployed: number;
  /** The user who deployed it; empty if unknown. */
  user: string;
  notebook: string | null;
  cell_id: string | null;
  /** The Git commit; ends with `-dirty` if files had uncommitted changes. */
  commit: string | null;
  rollback_to: string | null;
  /** Whether the target currently runs this deploy. */
  current: boolean;
  /** Whether the server still has the deployed package. */
  available: boolean;
  /** The names that the user gave to this version, such as `champion`. */
  aliases: string[];
}

export interface IHistory {
  name: string;
  namespace: string;
  target: string;
  target_label: string;
  /** Whether the target responded. */
  known: boolean;
  deployed: (IDeployedBundle & { version: string; updated: number; ours: boolean }) | null;
  back_to: string | null;
  /** The deploys, the latest first. */
  deploys: IDeploy[];
}

export interface IDiffEnd {
  /** The label of this side: `deployed 0.0.2`, `this notebook`, `version 0.0.1`. */
  label: string;
  version: string | null;
  bundle: string | null;
}

export interface IDiffPart {
  kind: string;
  title: string;
  added: number;
  removed: number;
  /** The lines of a unified diff, starting at its first `@@`. */
  lines: string[];
}

export interface IDiff {
  name: string;
  target_label: string;
  old: IDiffEnd;
  new: IDiffEnd;
  same: boolean;
  parts: IDiffPart[];
}

/** The two sides to compare. Each is a version; the new side may also be the package of a cell. */
export interface IDiffEnds {
  from?: string;
  to?: string;
  package?: string;
}

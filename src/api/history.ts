/** Wire types of the deployment history, and of diffs between two deploys. */

/** A deploy that this server made. */
export interface IDeploy {
  version: string;
  bundle: string;
  package: string;
  size: number;
  deployed: number;
  /** Empty if unknown. */
  user: string;
  notebook: string | null;
  cell_id: string | null;
  /** Ends with `-dirty` if files had uncommitted changes. */
  commit: string | null;
  rollback_to: string | null;
  /** Whether it is what the target runs now. */
  current: boolean;
  /** Whether the server still has its package. */
  available: boolean;
}

export interface IHistory {
  name: string;
  namespace: string;
  target: string;
  target_label: string;
  /** Whether the target answered. */
  known: boolean;
  deployed: { version: string; bundle: string | null; updated: number; ours: boolean } | null;
  back_to: string | null;
  /** The latest first. */
  deploys: IDeploy[];
}

export interface IDiffEnd {
  /** `deployed 0.0.2`, `this notebook`, `version 0.0.1`. */
  label: string;
  version: string | null;
  bundle: string | null;
}

export interface IDiffPart {
  kind: string;
  title: string;
  added: number;
  removed: number;
  /** Lines of a unified diff, from its first `@@`. */
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

/** The two sides to compare: versions, or a cell's package as the new side. */
export interface IDiffEnds {
  from?: string;
  to?: string;
  package?: string;
}

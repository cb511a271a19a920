/** What was deployed when, and what differs between two of them. */

/** One deploy from the server's machine. */
export interface IDeploy {
  version: string;
  bundle: string;
  package: string;
  size: number;
  deployed: number;
  /** Empty when it is not known. */
  user: string;
  notebook: string | null;
  cell_id: string | null;
  /** With `-dirty` behind it when files differed from it. */
  commit: string | null;
  rollback_to: string | null;
  /** It is what the target holds. */
  current: boolean;
  /** Its package is still on the server. */
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
  /** Of a unified diff, from its first `@@` on. */
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

/** What to compare: versions, or the package of a cell as the new end. */
export interface IDiffEnds {
  from?: string;
  to?: string;
  package?: string;
}

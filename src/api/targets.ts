/** Wire types of new targets; `tests/data/api/profiles.json` and `target_check.json` are samples. */

/** A kind of host. */
export interface IProfile {
  name: string;
  /** The name of the product, as people write it. */
  title: string;
  /** The host's own command line tool. */
  tool: string;
  /** The command with which a user logs in. */
  login: string;
  /** Whether the tool has stored a key on the machine of the Jupyter server. */
  keeps_key: boolean;
  /** The accounts to choose from; empty unless the tool has stored the keys of several. */
  accounts: IToolAccount[];
}

/** An account of a host's command line tool. */
export interface IToolAccount {
  id: string;
  namespace: string;
  apihost: string;
}

export interface IProfileList {
  profiles: IProfile[];
}

/** Where a new target gets its key from. */
export type KeySource = 'tool' | 'variable' | 'typed';

/** A target to add. Fields that the source of the key does not need are empty. */
export type NewTarget = {
  name: string;
  profile: string;
  source: KeySource;
  apihost: string;
  /** The name of an environment variable. */
  variable: string;
  key: string;
  /** The id of an account of the tool. */
  account: string;
  namespace: string;
  /** The path of a PEM file on the machine of the Jupyter server. */
  ca: string;
  model_store: string;
  model_store_url: string;
};

/** What a new target answered. */
export interface ITargetCheck {
  name: string;
  ok: boolean;
  state: string;
  namespace: string;
  python: string[];
  memory_mb: { min: number; max: number } | null;
  kinds_listed: boolean;
  message: string;
  hint: string;
  warnings: string[];
  /** The outcome as one line, followed by warnings or by what to do. */
  lines: string[];
}

import React from 'react';

import { StateTag } from '../components/badge';
import { Facts } from '../components/facts';
import { FunctionName } from '../components/functionname';
import { badge } from '../state/functionstate';
import type { IFaasManager, INotebookFunctions } from '../tokens';

interface IFunctionHeaderProps {
  /** What the document shows, such as `Graph`. */
  kicker: string;
  model: { name: string; notebook: INotebookFunctions | null };
  manager: IFaasManager;
  facts: readonly string[];
  /** The tooltip of the facts. */
  title?: string;
}

/** The header of a function's document: what it shows, the function's name and state, and facts. */
export function FunctionHeader(props: IFunctionHeaderProps): React.ReactElement {
  const { kicker, model, manager, facts, title } = props;
  const { name, notebook } = model;
  const deployed = manager.functionNamed(name);
  const live = notebook?.cellNamed(name);
  const stands = notebook && live ? notebook.status(live) : null;
  const held = deployed === null ? 'not-deployed' : deployed.elsewhere ? 'elsewhere' : 'deployed';
  const shown = badge(stands?.state ?? (manager.isUpToDate ? held : 'unknown'), {
    job: notebook?.job(name) ?? null,
    version: deployed?.version ?? null,
    seen: manager.functionsAsOf,
    sides: stands?.sides
  });
  return (
    <header role="none" className="jp-FaasHeader">
      <div className="jp-FaasHeader-kicker">{kicker}</div>
      <h1>
        <FunctionName name={name} />
        <StateTag badge={shown} />
      </h1>
      {facts.length > 0 && <Facts className="jp-FaasHeader-line" title={title} facts={facts} />}
    </header>
  );
}

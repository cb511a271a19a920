import { UseSignal } from '@jupyterlab/ui-components';
import type { Message as LuminoMessage } from '@lumino/messaging';
import React from 'react';

import type { ISession } from '../../api/session';
import { ErrorView } from '../../components/errorview';
import { Tabs, type ITab } from '../../components/tabs';
import { DocumentBody } from '../documentbody';
import { SessionHeader } from './header';
import { LiveRegion } from './liveregion';
import type { TabName } from './model';
import type { ISessionProps, ITabProps } from './props';
import { AnnotationsTab } from './tabs/annotationstab';
import { CostsTab } from './tabs/coststab';
import { FlowTab } from './tabs/flowtab';
import { callLineCount } from './tabs/loglines';
import { LogsTab } from './tabs/logstab';
import { RawTab } from './tabs/rawtab';
import { ResultTab } from './tabs/resulttab';
import { SessionToolbar } from './toolbar';
import { TraceTab } from './trace/tracetab';

/** The document of one activation, which shows its result, path and cost. */
export class SessionBody extends DocumentBody<ISessionProps> {
  constructor(props: ISessionProps) {
    super(props, 'jp-FaasSession');
  }

  protected override draw(): React.ReactElement {
    return (
      <UseSignal signal={this.props.notebooks.currentChanged}>
        {() => <SessionPage {...this.props} />}
      </UseSignal>
    );
  }

  protected override onAfterAttach(message: LuminoMessage): void {
    super.onAfterAttach(message);
    this.model.visible = this.isVisible;
  }

  protected override onAfterShow(message: LuminoMessage): void {
    super.onAfterShow(message);
    this.model.visible = true;
  }

  protected override onBeforeHide(message: LuminoMessage): void {
    this.model.visible = false;
    super.onBeforeHide(message);
  }

  protected override onBeforeDetach(message: LuminoMessage): void {
    this.model.visible = false;
    super.onBeforeDetach(message);
  }
}

function SessionPage(props: ISessionProps): React.ReactElement {
  const { model, manager, actions } = props;
  const { session, tree, loading } = model;
  return (
    <>
      {session && <SessionToolbar {...props} session={session} />}
      <div className="jp-FaasSession-page" aria-busy={loading.state === 'loading'}>
        {loading.state === 'failed' && (
          <ErrorView
            model={model}
            manager={manager}
            problem={loading}
            startPlayground={actions.startPlayground}
          >
            Its records are kept. Start the playground to see them.
          </ErrorView>
        )}
        {session && tree ? (
          <>
            <SessionHeader {...props} session={session} />
            {session.truncated && (
              <p className="jp-FaasSession-truncated jp-Faas-secondary">
                This session is too large to show completely.
              </p>
            )}
            <SessionTabs {...props} session={session} tree={tree} />
          </>
        ) : (
          loading.state === 'loading' && (
            <p className="jp-FaasSession-loading jp-Faas-secondary">
              Loading activation {model.id}…
            </p>
          )
        )}
      </div>
      <LiveRegion session={session} />
    </>
  );
}

function SessionTabs(props: ITabProps): React.ReactElement {
  const { model } = props;
  const tabs = availableTabs(props);
  const chosen = tabs.find(tab => tab.name === model.tab) ?? tabs[0];
  return (
    <Tabs
      tabs={tabs}
      chosen={chosen?.name ?? 'result'}
      onChoose={tab => (model.tab = tab)}
      label="Views of the activation"
    >
      {chosen?.draw()}
    </Tabs>
  );
}

function availableTabs(props: ITabProps): (ITab<TabName> & { draw: () => React.ReactElement })[] {
  const { session } = props;
  const plain = session.kind === 'function';
  const annotations = Object.keys(session.activation.annotations).length;
  return [
    { name: 'result', label: 'Result', draw: () => <ResultTab {...props} /> },
    {
      name: 'logs',
      label: 'Logs',
      count: callLineCount(session),
      draw: () => <LogsTab session={session} copy={props.actions.copy} />
    },
    {
      name: 'trace',
      label: 'Trace',
      count: plain ? undefined : session.calls,
      draw: () => <TraceTab {...props} />
    },
    ...(hasFlow(session)
      ? [{ name: 'flow' as const, label: 'Flow', draw: () => <FlowTab {...props} /> }]
      : []),
    { name: 'cost', label: 'Cost', draw: () => <CostsTab {...props} /> },
    {
      name: 'annotations',
      label: 'Annotations',
      count: annotations,
      draw: () => <AnnotationsTab session={session} />
    },
    {
      name: 'raw',
      label: 'Raw',
      draw: () => <RawTab session={session} copy={props.actions.copy} />
    }
  ];
}

/** Return whether the session has a graph to show. A plain OpenWhisk sequence has none. */
function hasFlow({ kind, graph }: ISession): boolean {
  return kind === 'composition' || (kind === 'sequence' && graph !== null);
}

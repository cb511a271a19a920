import { ReactWidget, UseSignal } from '@jupyterlab/ui-components';
import React from 'react';

import { Button } from '../../components/button';
import { Message } from '../../components/message';
import { PythonCode } from '../../components/python';
import { useTreeKeyboard } from '../../components/treekeyboard';
import type { FunctionsModel, IFunctionGroup } from './model';
import { FunctionRow, type IRowActions } from './row';

export interface IFunctionsActions extends IRowActions {
  insertExample: () => void;
  loadKernelHalf: () => void;
  copy: (text: string) => void;
}

interface IFunctionsBodyProps {
  /** The cells of a first function. The first of them loads the extension. */
  example: readonly string[];
  model: FunctionsModel;
  actions: IFunctionsActions;
}

export class FunctionsBody extends ReactWidget {
  constructor(private readonly _props: IFunctionsBodyProps) {
    super();
    this.addClass('jp-FaasFunctions');
  }

  protected override render(): React.ReactElement {
    return (
      <UseSignal signal={this._props.model.changed}>
        {() => <Functions {...this._props} />}
      </UseSignal>
    );
  }
}

function Functions({ model, actions, example }: IFunctionsBodyProps): React.ReactElement {
  const { groups, condition } = model;
  if (condition.kind === 'no-server-half' || condition.kind === 'loading') {
    return <></>;
  }
  const answers = ['ready', 'stopped', 'starting'].includes(condition.kind);
  return (
    <>
      {model.link === 'absent' && (
        <KernelMessage
          command={model.installCommand}
          actions={actions}
          primary={condition.kind === 'ready' || condition.kind === 'stopped'}
        />
      )}
      {groups.length > 0 && <FunctionTree groups={groups} actions={actions} />}
      {groups.length === 0 && answers && (
        <EmptyMessage
          cells={model.isLoaded ? example.slice(1) : example}
          hasNotebook={model.hasNotebook}
          primary={model.link !== 'absent'}
          insert={actions.insertExample}
        />
      )}
    </>
  );
}

interface IFunctionTreeProps {
  groups: IFunctionGroup[];
  actions: IRowActions;
}

function FunctionTree({ groups, actions }: IFunctionTreeProps): React.ReactElement {
  const rows = groups.flatMap(group => group.rows);
  const rowOf = (id: string) => rows.find(row => row.id === id);
  const keys = useTreeKeyboard({
    rows,
    open: id => {
      const row = rowOf(id);
      if (row?.inNotebook) {
        actions.openCell(row.name);
      }
    },
    menu: (id, element) => {
      const row = rowOf(id);
      if (row) {
        actions.menu(row, element);
      }
    }
  });
  return (
    <div role="tree" aria-label="Functions" onKeyDown={keys.onKeyDown}>
      {groups.map(group => (
        <div key={group.title} role="group" aria-label={group.title}>
          <div className="jp-FaasFunctions-group" aria-hidden="true" title={group.title}>
            {group.title}
          </div>
          {group.rows.map(row => (
            <FunctionRow
              key={row.id}
              row={row}
              active={row.id === keys.active}
              actions={actions}
              onFocus={() => keys.setActive(row.id)}
            />
          ))}
        </div>
      ))}
    </div>
  );
}

interface IEmptyMessageProps {
  /** The cells of a first function. */
  cells: readonly string[];
  hasNotebook: boolean;
  /** Whether the message's button is filled; false if another message has the filled button. */
  primary: boolean;
  insert: () => void;
}

function EmptyMessage(props: IEmptyMessageProps): React.ReactElement {
  const { cells, hasNotebook, primary, insert } = props;
  const these = cells.length > 1 ? 'these cells' : 'this cell';
  return (
    <Message
      tone="plain"
      title="Turn a cell into a function"
      actions={
        <Button primary={primary} onClick={insert}>
          {hasNotebook ? `Insert ${these}` : `New notebook with ${these}`}
        </Button>
      }
    >
      <p>
        Put <code>%%function</code> on a cell’s first line. The models and data that the cell uses
        are packaged with it. When you run {these}, the function appears here, and you can deploy
        it.
      </p>
      {cells.map(cell => (
        <pre key={cell} className="jp-FaasCode">
          <PythonCode text={cell} />
        </pre>
      ))}
    </Message>
  );
}

interface IKernelMessageProps {
  /** The command that installs the package in the kernel's environment; empty if it is there. */
  command: string;
  /** Whether the message has the filled button; false if the message about the target has it. */
  primary: boolean;
  actions: IFunctionsActions;
}

function KernelMessage({ command, primary, actions }: IKernelMessageProps): React.ReactElement {
  const load = (
    <Button primary={primary && command === ''} onClick={actions.loadKernelHalf}>
      Run %load_ext jupyter_faas
    </Button>
  );
  if (command === '') {
    return (
      <Message tone="plain" title="The kernel has not loaded jupyter_faas" actions={load}>
        <p>
          Cells with <code>%%function</code> or <code>%%composition</code> need this extension.
        </p>
      </Message>
    );
  }
  return (
    <Message
      tone="warn"
      title="jupyter_faas is not installed for this kernel"
      actions={
        <>
          <Button primary={primary} onClick={() => actions.copy(command)}>
            Copy command
          </Button>
          {load}
        </>
      }
    >
      <p>
        The kernel does not run in JupyterLab’s environment. Run this in a terminal, then restart
        the kernel:
      </p>
      <pre className="jp-FaasCode">{command}</pre>
    </Message>
  );
}

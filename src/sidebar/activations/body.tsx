import { caretDownIcon, ReactWidget, searchIcon, UseSignal } from '@jupyterlab/ui-components';
import type { Message as LuminoMessage } from '@lumino/messaging';
import React, { useEffect, useRef } from 'react';

import { Button } from '../../components/button';
import { Message } from '../../components/message';
import { useTreeKeyboard, type ITreeRow } from '../../components/treekeyboard';
import { dayAndTime, plural } from '../../format/format';
import { endTime } from '../../format/runs';
import { whenAvailable } from '../../state/conditions';
import { ActivationItem, type IActivationActions } from './activationrow';
import { detailsId } from './details';
import type { ActivationsModel, StatusFilter } from './model';
import type { IActivationRow } from './rows';

/** The interval of the timer that updates the ages, in milliseconds. */
const SECOND_MS = 1000;

const STATUSES: [StatusFilter, string][] = [
  ['any', 'Any status'],
  ['succeeded', 'Succeeded'],
  ['failed', 'Failed'],
  ['cold', 'Cold start']
];

interface IActivationsBodyProps {
  model: ActivationsModel;
  actions: IActivationActions;
}

export class ActivationsBody extends ReactWidget {
  constructor(private readonly _props: IActivationsBodyProps) {
    super();
    this.addClass('jp-FaasActivations');
  }

  /** Focus a row and scroll to it as soon as it is drawn. */
  async focusRow(id: string): Promise<void> {
    this.update();
    await this.renderPromise;
    const row = this.node.querySelector<HTMLElement>(`[data-id="${CSS.escape(id)}"]`);
    row?.focus();
    row?.scrollIntoView({ block: 'nearest' });
  }

  protected override render(): React.ReactElement {
    return (
      <UseSignal signal={this._props.model.changed}>
        {() => <Activations {...this._props} now={Date.now()} />}
      </UseSignal>
    );
  }

  protected override onAfterShow(message: LuminoMessage): void {
    super.onAfterShow(message);
    this._startClock();
  }

  protected override onAfterAttach(message: LuminoMessage): void {
    super.onAfterAttach(message);
    this._startClock();
  }

  protected override onBeforeHide(message: LuminoMessage): void {
    this._stopClock();
    super.onBeforeHide(message);
  }

  protected override onBeforeDetach(message: LuminoMessage): void {
    this._stopClock();
    super.onBeforeDetach(message);
  }

  private _startClock(): void {
    if (this.isVisible && this._clock === null) {
      this.update();
      this._clock = setInterval(() => {
        const first = this._props.model.all?.[0];
        const newest = first ? endTime(first) : 0;
        const now = Date.now();
        // Update every second while the newest run is younger than a minute, otherwise every 30 s.
        if (now - newest < 60 * SECOND_MS || Math.floor(now / SECOND_MS) % 30 === 0) {
          this.update();
        }
      }, SECOND_MS);
    }
  }

  private _stopClock(): void {
    if (this._clock !== null) {
      clearInterval(this._clock);
      this._clock = null;
    }
  }

  private _clock: ReturnType<typeof setInterval> | null = null;
}

interface IActivationsProps extends IActivationsBodyProps {
  now: number;
}

function Activations({ model, actions, now }: IActivationsProps): React.ReactElement {
  const { all, condition } = model;
  if (condition.kind === 'no-server-half') {
    return <></>;
  }
  if (all === null) {
    const when = whenAvailable(condition);
    return when === null ? (
      <></>
    ) : (
      <div className="jp-FaasMessage jp-Faas-secondary">
        <p>Activations appear here {when}.</p>
      </div>
    );
  }
  if (all.length === 0) {
    return <NoneYet />;
  }
  return (
    <>
      <Filter model={model} />
      <ActivationTree model={model} actions={actions} now={now} />
      <Extent model={model} />
      <Feeds model={model} />
    </>
  );
}

function NoneYet(): React.ReactElement {
  return (
    <div className="jp-FaasMessage">
      <p>
        No activations yet. Calls to your functions appear here as they finish, with duration and
        cost.
      </p>
    </div>
  );
}

/** How many activations are listed and since when, with a button that lists earlier ones. */
function Extent({ model }: { model: ActivationsModel }): React.ReactElement | null {
  const { found, listedTo, searching, problem } = model;
  if (listedTo === null && !model.filtered && !searching) {
    return null;
  }
  const since = listedTo === null ? 'in all records' : `since ${dayAndTime(listedTo)}`;
  return (
    <div className="jp-FaasActivations-hidden jp-Faas-secondary jp-Faas-small">
      <span role="status">
        {searching
          ? 'Searching…'
          : problem !== ''
            ? `The search failed: ${problem}`
            : `${plural(found, 'run')} ${since}`}
      </span>
      {!searching && (listedTo !== null || problem !== '') && (
        <Button onClick={() => model.loadMore()}>{problem ? 'Try again' : 'Load more'}</Button>
      )}
    </div>
  );
}

/** The number of hidden feed runs, with a button that shows them. */
function Feeds({ model }: { model: ActivationsModel }): React.ReactElement | null {
  const { hidden } = model;
  return hidden === 0 ? null : (
    <div className="jp-FaasActivations-hidden jp-Faas-secondary jp-Faas-small">
      <span>{`${plural(hidden, 'run')} of the schedule feed ${hidden === 1 ? 'is' : 'are'} hidden`}</span>
      <Button onClick={() => (model.feeds = true)}>Show</Button>
    </div>
  );
}

function Filter({ model }: { model: ActivationsModel }): React.ReactElement {
  return (
    <div className="jp-FaasFilter">
      <span className="jp-FaasField jp-mod-grow">
        <searchIcon.react tag="span" className="jp-FaasField-icon" />
        <input
          type="search"
          placeholder="Filter"
          aria-label="Filter the activations by function"
          value={model.name}
          spellCheck={false}
          onChange={event => (model.name = event.target.value)}
        />
      </span>
      <span className="jp-FaasField">
        <select
          aria-label="Filter the activations by status"
          value={model.status}
          onChange={event => (model.status = event.target.value as StatusFilter)}
        >
          {STATUSES.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
        <caretDownIcon.react tag="span" className="jp-FaasField-icon" />
      </span>
    </div>
  );
}

function ActivationTree({ model, actions, now }: IActivationsProps): React.ReactElement {
  const groups = model.groups(now);
  const rows = groups.flatMap(group => group.rows);
  const places = rows.flatMap<ITreeRow>(row =>
    model.details(row) ? [row, { id: detailsId(row.id), name: '', level: row.level + 1 }] : [row]
  );
  const tree = useRef<HTMLDivElement>(null);
  const withRow = (id: string, use: (row: IActivationRow) => void) => {
    const row = rows.find(one => one.id === id || detailsId(one.id) === id);
    if (row !== undefined) {
      use(row);
    }
  };
  const keys = useTreeKeyboard({
    rows: places,
    isOpen: id => model.isOpen(id),
    open: id =>
      withRow(id, row => (row.kind === 'conductors' ? model.toggle(row) : actions.open(id))),
    menu: (id, element) => withRow(id, row => actions.menu(row, element)),
    expand: id => withRow(id, row => row.id === id && model.open(row)),
    collapse: id => model.close(id)
  });
  // New rows are inserted at the top, so keep the focused row in view.
  useEffect(() => {
    if (tree.current?.contains(document.activeElement)) {
      document.activeElement?.scrollIntoView({ block: 'nearest' });
    }
  }, [rows.length]);
  if (rows.length === 0 && model.hidden > 0) {
    return <NoneYet />;
  }
  if (rows.length === 0 && model.searching) {
    return <></>;
  }
  if (rows.length === 0) {
    return (
      <Message
        tone="plain"
        title="No activations match the filter"
        actions={
          <Button
            onClick={() => {
              model.showAll();
            }}
          >
            Show all
          </Button>
        }
      />
    );
  }
  return (
    <div
      className="jp-FaasActivations-tree"
      role="tree"
      aria-label="Activations"
      ref={tree}
      onKeyDown={keys.onKeyDown}
    >
      <div className="jp-FaasActivations-head" aria-hidden="true">
        <span>Function</span>
        <span className="jp-Faas-number">Duration</span>
        <span className="jp-Faas-number" title="Dollars per million calls">
          $ / million
        </span>
        <span className="jp-Faas-number jp-Faas-wide">Age</span>
      </div>
      {groups.map(group => (
        <React.Fragment key={group.title}>
          <div className="jp-FaasActivations-group jp-Faas-narrow" aria-hidden="true">
            {group.title}
          </div>
          {group.rows.map(row => (
            <ActivationItem
              key={row.id}
              row={row}
              model={model}
              actions={actions}
              active={keys.active}
              focus={keys.setActive}
              now={now}
            />
          ))}
        </React.Fragment>
      ))}
    </div>
  );
}

import React from 'react';

import { ActivationDetails, detailsId } from './details';
import type { ActivationsModel } from './model';
import { ActivationRow } from './activationrow';
import type { IActivationRow } from './rows';

/** What the rows ask for; the panel carries it out. */
export interface IActivationActions {
  copy: (text: string) => void;
  /** Opens the document of a run. */
  open: (id: string) => void;
  menu: (row: IActivationRow, under: HTMLElement) => void;
}

interface IRunProps {
  model: ActivationsModel;
  actions: IActivationActions;
  now: number;
  row: IActivationRow;
  /** The row that Tab reaches. */
  active: string | null;
  focus: (id: string) => void;
}

/** A row, and below it what it opens to. */
export function Run({ row, model, actions, active, focus, now }: IRunProps): React.ReactElement {
  const { id, level, kind } = row;
  const details = model.details(row);
  return (
    <>
      <ActivationRow
        row={row}
        open={model.isOpen(id)}
        active={active === id}
        now={now}
        onToggle={() => {
          focus(id);
          model.toggle(row);
        }}
        onOpen={() => kind !== 'conductors' && actions.open(id)}
        onMenu={under => {
          focus(id);
          actions.menu(row, under);
        }}
        onFocus={() => focus(id)}
        onSeen={() => model.seen(row)}
      />
      {details && (
        <ActivationDetails
          activation={row.entry}
          level={level}
          active={active === detailsId(id)}
          onFocus={() => focus(detailsId(id))}
          details={details}
          url={model.activationUrl(id)}
          open={() => actions.open(id)}
          copy={actions.copy}
        />
      )}
    </>
  );
}

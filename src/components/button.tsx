import React from 'react';

import type { IconName } from '../icons';
import { Icon } from './icon';

interface IButtonProps {
  children: React.ReactNode;
  onClick: () => void;
  /** The one filled button of a surface. */
  primary?: boolean;
  large?: boolean;
  icon?: IconName;
  disabled?: boolean;
  /** The whole sentence where the words alone do not name their object: `Deploy iris`. */
  label?: string;
  title?: string;
  tabIndex?: number;
}

export function Button(props: IButtonProps): React.ReactElement {
  const { children, onClick, primary, large, icon, disabled, label, title, tabIndex } = props;
  const classes = ['jp-FaasButton', primary ? 'jp-mod-primary' : '', large ? 'jp-mod-large' : ''];
  return (
    <button
      type="button"
      className={classes.filter(Boolean).join(' ')}
      onClick={onClick}
      disabled={disabled}
      aria-label={label}
      title={title}
      tabIndex={tabIndex}
    >
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

interface IIconButtonProps {
  children: React.ReactNode;
  label: string;
  title?: string;
  onClick: (event: React.MouseEvent<HTMLButtonElement>) => void;
  menu?: boolean;
  disabled?: boolean;
  tabIndex?: number;
}

/** A 24 px square; its label is its tooltip unless another is given. */
export function IconButton(props: IIconButtonProps): React.ReactElement {
  const { children, label, title, onClick, menu, disabled, tabIndex } = props;
  return (
    <button
      type="button"
      className="jp-FaasIconButton"
      aria-label={label}
      aria-haspopup={menu ? 'menu' : undefined}
      title={title ?? label}
      onClick={onClick}
      disabled={disabled}
      tabIndex={tabIndex}
    >
      {children}
    </button>
  );
}

/** A notebook takes Enter on anything in it for the wish to edit the cell: on a button it presses. */
export function keepFromNotebook(event: KeyboardEvent): void {
  const pressed =
    event.target instanceof Element && event.target.matches('button, a, [role=button]');
  if (pressed && event.key === 'Enter' && !event.ctrlKey && !event.shiftKey && !event.altKey) {
    event.stopPropagation();
  }
}

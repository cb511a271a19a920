import React from 'react';

import type { IconName } from '../icons';
import { Icon } from './icon';

interface IButtonProps {
  children: React.ReactNode;
  onClick: () => void;
  /** Whether the button is filled; at most one button per view should be. */
  primary?: boolean;
  large?: boolean;
  icon?: IconName;
  disabled?: boolean;
  /** The accessible name, for a button whose text does not name its object: `Deploy iris`. */
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

/** A button of 24 × 24 px. The label is also the tooltip unless `title` is given. */
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

/**
 * Stop Enter on a button from reaching the notebook, which would start editing the cell instead of
 * pressing the button.
 */
export function stopEnterOnButtons(event: KeyboardEvent): void {
  const pressed =
    event.target instanceof Element && event.target.matches('button, a, [role=button]');
  if (pressed && event.key === 'Enter' && !event.ctrlKey && !event.shiftKey && !event.altKey) {
    event.stopPropagation();
  }
}

import { ReactWidget, type LabIcon } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import React from 'react';

import { IconButton } from '../components/button';

/** The grey text after a section's title, which is a count or a state. */
export class SectionNote extends Widget {
  constructor() {
    super();
    this.addClass('jp-FaasSection-note');
  }

  set text(text: string) {
    this.node.textContent = text;
  }
}

/** A button at the end of a section's title. */
export class SectionButton extends ReactWidget {
  constructor(private readonly _options: SectionButton.IOptions) {
    super();
    // A click on the button must not also collapse the section.
    this.node.addEventListener('click', event => event.stopPropagation());
  }

  set enabled(enabled: boolean) {
    this._enabled = enabled;
    this.update();
  }

  protected override render(): React.ReactElement {
    const { icon, label, onClick } = this._options;
    return (
      <IconButton label={label} onClick={onClick} disabled={!this._enabled}>
        <icon.react tag={null} />
      </IconButton>
    );
  }

  private _enabled = true;
}

export namespace SectionButton {
  export interface IOptions {
    icon: LabIcon;
    label: string;
    onClick: () => void;
  }
}

import { Widget } from '@lumino/widgets';

/** The few grey words after a section's title: a count, or its state. */
export class SectionNote extends Widget {
  constructor() {
    super();
    this.addClass('jp-FaasSection-note');
  }

  set text(text: string) {
    this.node.textContent = text;
  }
}

import { LabIcon } from '@jupyterlab/ui-components';

import { svgText } from '../icons';

/** The icons of jupyter_faas as LabIcons, for tabs, menus and the palette. */
export const lambdaIcon = new LabIcon({ name: 'jupyter_faas:lambda', svgstr: svgText('lambda') });
export const deployIcon = new LabIcon({ name: 'jupyter_faas:deploy', svgstr: svgText('deploy') });
export const cellIcon = new LabIcon({ name: 'jupyter_faas:cell', svgstr: svgText('cell') });
export const costsIcon = new LabIcon({ name: 'jupyter_faas:costs', svgstr: svgText('costs') });
export const pauseIcon = new LabIcon({ name: 'jupyter_faas:pause', svgstr: svgText('pause') });
export const flowIcon = new LabIcon({ name: 'jupyter_faas:flow', svgstr: svgText('flow') });

import { cellToolbarPlugin } from './plugins/celltoolbar';
import { commandsPlugin } from './plugins/commands';
import { costsPlugin } from './plugins/costs';
import { functionPagePlugin } from './plugins/functionpage';
import { graphPlugin } from './plugins/graph';
import { managerPlugin } from './plugins/manager';
import { notebookPlugin } from './plugins/notebook';
import { rendererPlugin } from './plugins/renderer';
import { sessionPlugin } from './plugins/session';
import { sidebarPlugin } from './plugins/sidebar';

export * from './tokens';

export default [
  managerPlugin,
  notebookPlugin,
  sidebarPlugin,
  cellToolbarPlugin,
  rendererPlugin,
  commandsPlugin,
  sessionPlugin,
  graphPlugin,
  costsPlugin,
  functionPagePlugin
];

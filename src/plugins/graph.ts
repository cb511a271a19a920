import type { MainAreaWidget } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IAstNode } from '../api/composition';
import { CommandIDs } from '../commands';
import { GraphBody } from '../documents/graph/body';
import { GraphModel } from '../documents/graph/model';
import { chooseFunction } from './commands/choosefunction';
import { GRAPH_ARGS } from './commands/commandargs';
import { documentPlugin } from './documentplugin';
import { flowIcon } from './labicons';
import { createDocument } from './shelldocuments';

type Args = ReadonlyPartialJSONObject;

export const graphPlugin = documentPlugin({
  id: 'jupyter_faas:flow',
  description: 'The graphs of compositions in the main area.',
  activate: ({ app, manager, notebooks, inPalette, startPlayground, trackDocuments }) => {
    const { commands, shell } = app;
    const documents = trackDocuments<GraphBody>({
      namespace: 'flow',
      command: CommandIDs.openFlow,
      key: ({ model }) => model.name,
      args: ({ model }) => ({ name: model.name })
    });

    const names = () => [
      ...manager.functions.filter(one => one.composition).map(one => one.name),
      ...notebooks.all
        .flatMap(one => one.cells.filter(live => live.composition))
        .map(one => one.name)
    ];

    commands.addCommand(CommandIDs.openFlow, {
      describedBy: GRAPH_ARGS,
      label: args => (typeof args.name === 'string' ? 'Open graph' : 'Open Composition Graph'),
      mnemonic: args => (typeof args.name === 'string' ? 5 : -1),
      caption: 'Show the functions that a composition calls, and their order',
      icon: flowIcon,
      isEnabled: args => typeof args.name === 'string' || names().length > 0,
      isVisible: args => typeof args.name !== 'string' || names().includes(args.name),
      execute: async args => {
        const name = await chooseFunction(
          args,
          names(),
          'Open the graph of which composition?',
          notebooks
        );
        if (name !== null) {
          await open(name, graphArgument(args));
        }
      }
    });
    inPalette(CommandIDs.openFlow);

    async function open(name: string, graph: IAstNode | null): Promise<void> {
      const there = await documents.open(name, () => graphWidget(name, graph));
      if (graph !== null) {
        there?.content.model.updateGraph(graph);
      }
    }

    function graphWidget(name: string, graph: IAstNode | null): MainAreaWidget<GraphBody> {
      manager.refreshOnce();
      const model = new GraphModel({ name, manager, notebooks, graph });
      const content = new GraphBody({ model, manager, actions: { opener, startPlayground } });
      const id = `jupyter_faas:flow:${name}`;
      return createDocument(content, { id, label: `${name} · graph`, icon: flowIcon });
    }

    function opener(name: string): { words: string; open: () => void } | null {
      if (names().includes(name)) {
        return {
          words: 'Open graph',
          open: () => void commands.execute(CommandIDs.openFlow, { name })
        };
      }
      const notebook = notebooks.all.find(one => one.cellNamed(name) !== null);
      if (notebook === undefined) {
        return null;
      }
      return {
        words: 'Show cell',
        open: () => {
          shell.activateById(notebook.panel.id);
          void notebooks.show(notebook, name);
        }
      };
    }
  }
});

/**
 * Return the graph that a card passed, because the server may not have it. Null if there is none.
 */
function graphArgument({ graph }: Args): IAstNode | null {
  return typeof graph === 'object' && graph !== null && 'type' in graph
    ? (graph as unknown as IAstNode)
    : null;
}

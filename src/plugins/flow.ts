import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import type { IAstNode } from '../api/session';
import { CommandIDs } from '../commands';
import { GraphBody } from '../graphs/body';
import { GraphModel } from '../graphs/model';
import { IFaasManager, IFunctionNotebooks } from '../tokens';
import { chooseFunction } from './choosing';
import { ONE_GRAPH } from './described';
import { addDocument, asDocument, bringForward } from './documents';
import { flowIcon } from './icons';

type Args = ReadonlyPartialJSONObject;

export const flowPlugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyter_faas:flow',
  description: 'The graphs of compositions in the main area.',
  autoStart: true,
  requires: [IFaasManager, IFunctionNotebooks],
  optional: [ILayoutRestorer, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    manager: IFaasManager,
    notebooks: IFunctionNotebooks,
    restorer: ILayoutRestorer | null,
    palette: ICommandPalette | null
  ) => {
    const { commands, shell } = app;
    const tracker = new WidgetTracker<MainAreaWidget<GraphBody>>({
      namespace: 'jupyter_faas-flow'
    });

    const names = () => [
      ...manager.functions.filter(one => one.composition).map(one => one.name),
      ...notebooks.all
        .flatMap(one => one.live.filter(live => live.composition))
        .map(one => one.name)
    ];

    commands.addCommand(CommandIDs.openFlow, {
      describedBy: ONE_GRAPH,
      label: args => (typeof args.name === 'string' ? 'Open graph' : 'Open Graph of Composition'),
      mnemonic: args => (typeof args.name === 'string' ? 5 : -1),
      caption: 'Which functions a composition calls, and in which order',
      icon: flowIcon,
      isEnabled: args => typeof args.name === 'string' || names().length > 0,
      isVisible: args => typeof args.name !== 'string' || names().includes(args.name),
      execute: async args => {
        const name = await chooseFunction(args, names(), 'Open the graph of', notebooks);
        if (name !== null) {
          await open(name, graphIn(args));
        }
      }
    });
    palette?.addItem({ command: CommandIDs.openFlow, category: 'Functions' });
    void restorer?.restore(tracker, {
      command: CommandIDs.openFlow,
      args: widget => ({ name: widget.content.model.name }),
      name: widget => widget.content.model.name
    });

    async function open(name: string, graph: IAstNode | null): Promise<void> {
      const there = tracker.find(widget => widget.content.model.name === name);
      if (there) {
        if (graph !== null) {
          there.content.model.give(graph);
        }
        bringForward(shell, there.id);
        return;
      }
      const widget = graphWidget(name, graph);
      addDocument(shell, widget);
      await tracker.add(widget);
      bringForward(shell, widget.id);
    }

    function graphWidget(name: string, graph: IAstNode | null): MainAreaWidget<GraphBody> {
      manager.ensure();
      const model = new GraphModel({ name, manager, notebooks, graph });
      const content = new GraphBody({ model, manager, actions: { opener } });
      const id = `jupyter_faas:flow:${name}`;
      return asDocument(content, { id, label: `${name} graph`, icon: flowIcon });
    }

    function opener(name: string): { words: string; open: () => void } | null {
      if (names().includes(name)) {
        return {
          words: 'Open graph',
          open: () => void commands.execute(CommandIDs.openFlow, { name })
        };
      }
      const notebook = notebooks.all.find(one => one.liveNamed(name) !== null);
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
};

/** What a card hands over, so that its graph is shown where no server knows it. */
function graphIn({ graph }: Args): IAstNode | null {
  return typeof graph === 'object' && graph !== null && 'type' in graph
    ? (graph as unknown as IAstNode)
    : null;
}

import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ICommandPalette, type MainAreaWidget, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { Widget } from '@lumino/widgets';

import { CommandIDs } from '../commands';
import { IFaasManager, IFunctionNotebooks } from '../tokens';
import { addDocument, bringForward } from './shelldocuments';

type Args = ReadonlyPartialJSONObject;

/** What a plugin of documents has to do with. */
export interface IDocumentParts {
  app: JupyterFrontEnd;
  manager: IFaasManager;
  notebooks: IFunctionNotebooks;
  /** Shows commands in the palette, where there is one. */
  inPalette: (...commands: string[]) => void;
  startPlayground: () => void;
  /** The documents of one kind, which come back with the layout. */
  keep: <T extends Widget>(options: IKeepOptions<T>) => IDocuments<T>;
}

interface IKeepOptions<T extends Widget> {
  /** Of the kind: `flow`. */
  namespace: string;
  command: string;
  /** Which document of the kind it is. */
  key: (content: T) => string;
  /** What the command makes it anew from. */
  args?: (content: T) => Args;
}

interface IDocuments<T extends Widget> {
  /** Shows the document of that key, made where there is none; answers what was there before. */
  open: (key: string, make: () => MainAreaWidget<T>) => Promise<MainAreaWidget<T> | null>;
  /** The layout is to know what changed in it. */
  save: (widget: MainAreaWidget<T>) => void;
}

interface IOptions {
  id: string;
  description: string;
  activate: (parts: IDocumentParts) => void;
}

/** A plugin whose commands open documents in the main area. */
export function documentPlugin(options: IOptions): JupyterFrontEndPlugin<void> {
  return {
    id: options.id,
    description: options.description,
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
      options.activate({
        app,
        manager,
        notebooks,
        inPalette: (...commands) => {
          for (const command of commands) {
            palette?.addItem({ command, category: 'Functions' });
          }
        },
        startPlayground: () => void app.commands.execute(CommandIDs.startPlayground),
        keep: kind => keep(app, restorer, kind)
      });
    }
  };
}

function keep<T extends Widget>(
  { shell }: JupyterFrontEnd,
  restorer: ILayoutRestorer | null,
  { namespace, command, key, args }: IKeepOptions<T>
): IDocuments<T> {
  const tracker = new WidgetTracker<MainAreaWidget<T>>({ namespace: `jupyter_faas-${namespace}` });
  void restorer?.restore(tracker, {
    command,
    args: args && (widget => args(widget.content)),
    name: widget => key(widget.content)
  });
  return {
    open: async (wanted, make) => {
      const there = tracker.find(widget => key(widget.content) === wanted) ?? null;
      const widget = there ?? make();
      if (there === null) {
        addDocument(shell, widget);
        await tracker.add(widget);
      }
      bringForward(shell, widget.id);
      return there;
    },
    save: widget => void tracker.save(widget)
  };
}

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
import { addDocument, activateDocument } from './shelldocuments';

type Args = ReadonlyPartialJSONObject;

/** The arguments of the `activate` function of a document plugin. */
export interface IDocumentContext {
  app: JupyterFrontEnd;
  manager: IFaasManager;
  notebooks: IFunctionNotebooks;
  /** Add commands to the command palette. */
  inPalette: (...commands: string[]) => void;
  startPlayground: () => void;
  /** Track the documents of one kind, so that the layout restorer reopens them. */
  trackDocuments: <T extends Widget>(options: ITrackOptions<T>) => IDocuments<T>;
}

interface ITrackOptions<T extends Widget> {
  /** The namespace of the tracker, such as `flow`. */
  namespace: string;
  command: string;
  /** Return the key that identifies a document among the documents of its kind. */
  key: (content: T) => string;
  /** Return the arguments with which the command reopens a document. */
  args?: (content: T) => Args;
}

interface IDocuments<T extends Widget> {
  /**
   * Activate the document with a key, and create it if needed. Resolves with the existing document,
   * or null if it was created.
   */
  open: (key: string, make: () => MainAreaWidget<T>) => Promise<MainAreaWidget<T> | null>;
  /** Save the changed arguments of a document for the layout restorer. */
  save: (widget: MainAreaWidget<T>) => void;
}

interface IOptions {
  id: string;
  description: string;
  activate: (parts: IDocumentContext) => void;
}

/** Create a plugin whose commands open documents in the main area. */
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
        trackDocuments: kind => trackDocuments(app, restorer, kind)
      });
    }
  };
}

function trackDocuments<T extends Widget>(
  { shell }: JupyterFrontEnd,
  restorer: ILayoutRestorer | null,
  { namespace, command, key, args }: ITrackOptions<T>
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
      activateDocument(shell, widget.id);
      return there;
    },
    save: widget => void tracker.save(widget)
  };
}

import { Signal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import { act } from 'react';

import type { ISession } from '../api/session';
import { SessionBody } from '../documents/activation/body';
import { SessionModel } from '../documents/activation/model';
import type { ISessionActions } from '../documents/activation/props';
import { FaasManager } from '../state/manager';
import type { IFunctionNotebooks } from '../tokens';
import { settle } from './kernel';
import { sample } from './sampledata';
import { FakeServer, refusal, type Answer, type IRequest } from './server';
import { assetCreated, SESSION_ID } from './sessions';

/**
 * The document of a session, attached to the page. Set the session before the document is drawn.
 */
export class SessionPage {
  session: ISession = assetCreated();
  /** The input that the server returns. */
  input: unknown = null;
  /** Whether the server responds with status 404. */
  refused = false;
  readonly actions: { [name in keyof ISessionActions]: jest.Mock } = {
    open: jest.fn(),
    copy: jest.fn(),
    startPlayground: jest.fn(),
    replay: jest.fn(),
    editAndRun: jest.fn(),
    hasCell: jest.fn().mockReturnValue(false),
    replayHere: jest.fn(),
    intoNotebook: jest.fn(),
    cancel: jest.fn(),
    openCell: jest.fn().mockReturnValue(null),
    openLine: jest.fn(),
    page: jest.fn().mockReturnValue(null),
    history: jest.fn().mockReturnValue(null),
    curl: jest.fn().mockReturnValue(null),
    setMemory: jest.fn().mockReturnValue(null)
  };

  get node(): HTMLElement {
    return this._body!.node;
  }

  /** The labels of the buttons in the toolbar. */
  get tools(): string[] {
    const tools = this.node.querySelectorAll('.jp-FaasTool');
    return [...tools].map(one => one.textContent);
  }

  async draw(): Promise<HTMLElement> {
    const server = new FakeServer(request => this._answer(request));
    const manager = new FaasManager({ api: server.api, pollInterval: 1000 });
    await manager.refresh();
    const notebooks = { all: [], current: null, currentChanged: new Signal({}) };
    const body = new SessionBody({
      model: new SessionModel({ id: SESSION_ID, manager }),
      manager,
      notebooks: notebooks as unknown as IFunctionNotebooks,
      actions: this.actions
    });
    this._body = body;
    this._manager = manager;
    await act(async () => {
      Widget.attach(body, document.body);
      await settle();
    });
    return body.node;
  }

  /** Choose a tab, and return its panel. */
  async choose(tab: string): Promise<HTMLElement> {
    await this.click(this.node.querySelector(`[data-tab="${tab}"]`));
    return this.node.querySelector<HTMLElement>('[role=tabpanel]')!;
  }

  async click(target: Element | null | undefined): Promise<void> {
    await act(async () => {
      target!.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
      await settle();
    });
  }

  /** Press a key on the focused element. */
  async press(key: string): Promise<void> {
    await act(async () => {
      document.activeElement!.dispatchEvent(
        new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true })
      );
      await settle();
    });
  }

  async close(): Promise<void> {
    await act(async () => {
      this._body?.dispose();
    });
    this._manager?.dispose();
  }

  private _answer({ path }: IRequest): Answer {
    if (path.endsWith('/input')) {
      return [200, { input: this.input }];
    }
    if (path.startsWith('sessions/')) {
      return this.refused
        ? [404, refusal('activation_not_found', 'No such activation.')]
        : [200, this.session];
    }
    return [200, sample(path)];
  }

  private _body: SessionBody | null = null;
  private _manager: FaasManager | null = null;
}

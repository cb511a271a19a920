import { Widget } from '@lumino/widgets';
import { act } from 'react';

import type { ICostsReport } from '../api/costs';
import { CostsPageBody } from '../documents/costs/body';
import type { ICostsActions } from '../documents/costs/props';
import { CostsModel } from '../state/costsmodel';
import { FaasManager } from '../state/manager';
import { settle } from './kernel';
import { sample } from './sampledata';
import { FakeServer, type Answer, type IRequest } from './server';

/** The document of costs, attached to the page. Set the report before the document is drawn. */
export class CostsPage {
  report = sample<ICostsReport>('cost');
  readonly server = new FakeServer(request => this.answer(request));
  readonly manager = new FaasManager({ api: this.server.api, pollInterval: 1000 });
  readonly actions: { [name in keyof ICostsActions]: jest.Mock } = {
    copy: jest.fn(),
    startPlayground: jest.fn(),
    setMemory: jest.fn().mockReturnValue(null),
    setBudget: jest.fn(),
    keepWarm: jest.fn(),
    stopKeepingWarm: jest.fn()
  };

  get node(): HTMLElement {
    return this._body!.node;
  }

  get model(): CostsModel {
    return this._model!;
  }

  answer({ path }: IRequest): Answer {
    return [200, path === 'cost' ? this.report : sample(path)];
  }

  /**
   * Return the query of the last request for costs, without the parameter that JupyterLab adds to
   * bypass caches.
   */
  asked(): { [key: string]: string } {
    const last = this.server.requests.filter(({ path }) => path === 'cost').pop()!;
    return Object.fromEntries([...last.query].filter(([, value]) => value !== ''));
  }

  async draw(afterNewsMs?: number): Promise<HTMLElement> {
    const { manager, actions } = this;
    await manager.refresh();
    this._model = new CostsModel({ manager, afterNewsMs });
    const body = new CostsPageBody({ model: this._model, manager, actions });
    this._body = body;
    await this.act(() => Widget.attach(body, document.body));
    return body.node;
  }

  async act(work: () => unknown): Promise<void> {
    await act(async () => {
      await work();
      await settle();
    });
  }

  choice(label: string): HTMLSelectElement {
    return this.node.querySelector<HTMLSelectElement>(`select[aria-label="${label}"]`)!;
  }

  async choose(label: string, value: string): Promise<void> {
    await this.act(() => {
      this.choice(label).value = value;
      this.choice(label).dispatchEvent(new Event('change', { bubbles: true }));
    });
  }

  async click(name: string): Promise<void> {
    const buttons = [...this.node.querySelectorAll('button')];
    const named = buttons.filter(
      one => (one.getAttribute('aria-label') ?? one.textContent) === name
    );
    expect(named.map(one => one.textContent)).toHaveLength(1);
    await this.act(() => named[0]!.click());
  }

  rows(): string[][] {
    return [...this.node.querySelectorAll('.jp-FaasCosts-table tbody tr')].map(row =>
      [...row.querySelectorAll('td')].map(cell => cell.textContent)
    );
  }

  async close(): Promise<void> {
    await this.act(() => this._body?.dispose());
    this.manager.dispose();
  }

  private _model: CostsModel | null = null;
  private _body: CostsPageBody | null = null;
}

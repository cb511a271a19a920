import type { IActivationSummary } from '../api/types';
import { plural } from '../format/format';

/** Between two summaries of new activations: more often would drown everything else. */
const QUIET_MS = 10_000;

/** Speaks to screen readers through two live regions that are always in the page. */
export class Announcer {
  constructor(host: HTMLElement) {
    this._polite = region(host, 'polite');
    this._assertive = region(host, 'assertive');
  }

  /** When there is a pause. */
  say(words: string): void {
    speak(this._polite, words);
  }

  /** At once. */
  interrupt(words: string): void {
    speak(this._assertive, words);
  }

  private readonly _polite: HTMLElement;
  private readonly _assertive: HTMLElement;
}

/**
 * Gathers new activations into one sentence per ten seconds: `3 activations, 1 failed`. A session
 * counts once: what it called is news of its own only to who opens it.
 */
export class ActivationSummaries {
  constructor(private readonly _say: (words: string) => void) {}

  add(activations: readonly IActivationSummary[]): void {
    const uncaused = activations.filter(one => one.cause === null);
    this._count += uncaused.length;
    this._failed += uncaused.filter(one => !one.ok).length;
    if (uncaused.length > 0 && this._timer === null) {
      this._flush();
      this._timer = setTimeout(() => {
        this._timer = null;
        this._flush();
      }, QUIET_MS);
    }
  }

  private _flush(): void {
    if (this._count > 0) {
      const failed = this._failed > 0 ? `, ${this._failed} failed` : '';
      this._say(`${plural(this._count, 'activation')}${failed}`);
    }
    this._count = 0;
    this._failed = 0;
  }

  private _count = 0;
  private _failed = 0;
  private _timer: ReturnType<typeof setTimeout> | null = null;
}

function region(host: HTMLElement, politeness: 'polite' | 'assertive'): HTMLElement {
  const node = document.createElement('div');
  node.className = 'jp-Faas-hidden';
  node.setAttribute('aria-live', politeness);
  host.appendChild(node);
  return node;
}

function speak(node: HTMLElement, words: string): void {
  // The same words twice would not be a change, and would not be spoken.
  node.textContent = node.textContent === words ? `${words} ` : words;
}

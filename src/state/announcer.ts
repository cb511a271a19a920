import type { IActivationSummary } from '../api/types';
import { plural } from '../format/format';

/**
 * The minimum interval between summaries of new activations, so that other announcements are heard.
 */
const SUMMARY_INTERVAL_MS = 10_000;

/**
 * Announces texts to screen readers. Its two live regions stay in the page, because screen readers
 * ignore regions that are added together with their text.
 */
export class Announcer {
  constructor(host: HTMLElement) {
    this._polite = addLiveRegion(host, 'polite');
    this._assertive = addLiveRegion(host, 'assertive');
  }

  /** Announce a text when the screen reader pauses. */
  announce(words: string): void {
    speak(this._polite, words);
  }

  /** Announce a text immediately. */
  interrupt(words: string): void {
    speak(this._assertive, words);
  }

  private readonly _polite: HTMLElement;
  private readonly _assertive: HTMLElement;
}

/**
 * Summarizes new activations in at most one sentence per ten seconds, such as `3 activations, 1
 * failed`. Only top-level activations count, because the activations that a session caused are
 * shown when the session is opened.
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
      }, SUMMARY_INTERVAL_MS);
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

function addLiveRegion(host: HTMLElement, politeness: 'polite' | 'assertive'): HTMLElement {
  const node = document.createElement('div');
  node.className = 'jp-Faas-hidden';
  node.setAttribute('aria-live', politeness);
  host.appendChild(node);
  return node;
}

function speak(node: HTMLElement, words: string): void {
  // Setting an identical text is not a change and would not be announced, so append a space.
  node.textContent = node.textContent === words ? `${words} ` : words;
}

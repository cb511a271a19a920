import type { IFormState } from './invokeform';

/** The prefix of keys in the browser's session storage, which ends with the tab. */
const KEY = 'jupyter_faas:form:';

/** The largest form that is stored, in characters. Images and tables may be much larger. */
const MOST_CHARACTERS = 200_000;

/** Matches the names of parameters whose values may be secret, and are not stored. */
const SECRET = /pass|secret|token|credential|api_?key|auth/i;

/** The contents of forms by function name, which a reload of the page keeps. */
export class FormStore {
  get(name: string): IFormState | undefined {
    return this._forms.get(name) ?? read(name);
  }

  set(name: string, state: IFormState): void {
    this._forms.set(name, state);
    const texts = Object.entries(state.texts).filter(([key]) => !SECRET.test(key));
    const json = SECRET.test(state.json) ? '{}' : state.json;
    const text = JSON.stringify({ ...state, texts: Object.fromEntries(texts), json });
    try {
      if (text.length <= MOST_CHARACTERS) {
        sessionStorage.setItem(KEY + name, text);
      } else {
        sessionStorage.removeItem(KEY + name);
      }
    } catch {
      // Browsers may refuse storage. The form is then kept until the page is reloaded.
    }
  }

  private readonly _forms = new Map<string, IFormState>();
}

function read(name: string): IFormState | undefined {
  try {
    const text = sessionStorage.getItem(KEY + name);
    return text === null ? undefined : (JSON.parse(text) as IFormState);
  } catch {
    return undefined;
  }
}

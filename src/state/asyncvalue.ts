import { errorWords } from '../api/errors';

/** What was asked for; `value` is the last that came. */
export interface ILoaded<T> {
  state: 'loading' | 'ready' | 'failed';
  value: T | null;
  message: string;
  hint: string;
}

export const NOTHING = { state: 'loading', value: null, message: '', hint: '' } as const;

/** The same, asked for anew. */
export function loading<T>({ value }: ILoaded<T>): ILoaded<T> {
  return { ...NOTHING, value };
}

/** What came of asking; what was known before stays when it was refused. */
export async function loaded<T>(before: ILoaded<T>, asked: Promise<T>): Promise<ILoaded<T>> {
  try {
    return { ...NOTHING, state: 'ready', value: await asked };
  } catch (error) {
    return { state: 'failed', value: before.value, ...errorWords(error) };
  }
}

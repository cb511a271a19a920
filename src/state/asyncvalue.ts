import { describeError } from '../api/errors';

/** A value that is requested from the server. `value` is the last value that was received. */
export interface IAsyncValue<T> {
  state: 'loading' | 'ready' | 'failed';
  value: T | null;
  message: string;
  hint: string;
}

export const NOT_LOADED = { state: 'loading', value: null, message: '', hint: '' } as const;

/** Return the same value in the state `loading`. */
export function toLoading<T>({ value }: IAsyncValue<T>): IAsyncValue<T> {
  return { ...NOT_LOADED, value };
}

/** Await a request, and return its value. A failed request returns the last value and the error. */
export async function settle<T>(
  before: IAsyncValue<T>,
  asked: Promise<T>
): Promise<IAsyncValue<T>> {
  try {
    return { ...NOT_LOADED, state: 'ready', value: await asked };
  } catch (error) {
    return { state: 'failed', value: before.value, ...describeError(error) };
  }
}

import { useEffect, useState } from 'react';

import type { ICard, IForecast, IMeasuredTimes, IPreflight } from '../api/card';
import type { IFaasManager, INotebookFunctions } from '../tokens';

/**
 * Return the preflight check against the target of the card's notebook. It is requested if the card's own check is
 * for another target or was made while the host was unreachable. Return null while the card's own
 * check is the best that is available.
 */
export function usePreflight(
  card: ICard,
  manager: IFaasManager,
  notebook: INotebookFunctions | null,
  server: boolean
): IPreflight | null {
  const [found, setFound] = useState<{ asked: string; answer: IPreflight } | null>(null);
  const choice = notebook === null ? manager.api.target : notebook.target;
  const used = manager.targetOf(choice)?.name;
  const unheard = card.preflight.some(one => one.check === 'Host');
  const wanted = server && used !== undefined && (used !== card.target.name || unheard);
  const times = measuredTimes(card.forecast);
  const asked = `${card.package} ${used} ${times.cold_ms}`;

  useEffect(() => {
    if (!wanted) {
      return;
    }
    let stopped = false;
    manager.api
      .at(choice)
      .preflight(card.package, times)
      .then(
        answer => {
          if (!stopped) {
            setFound({ asked, answer });
          }
        },
        () => {
          // The server may not have the package. The card then keeps its own check.
        }
      );
    return () => {
      stopped = true;
    };
  }, [wanted, asked]);

  return wanted && found?.asked === asked ? found.answer : null;
}

/** Return the times without what the target of the card adds to them. */
function measuredTimes(forecast: IForecast): IMeasuredTimes {
  const { state, import_ms, model_ms, first_call_ms } = forecast;
  return state === 'measured' && import_ms !== null
    ? { cold_ms: import_ms + (model_ms ?? 0) + (first_call_ms ?? 0), first_call_ms }
    : { cold_ms: null, first_call_ms: null };
}

import { useEffect, useState } from 'react';

import type { ICard, IForecast } from '../api/card';
import type { IFaasManager, INotebookFunctions } from '../tokens';

/** The interval between polls for a forecast on the server, and the maximum number of polls. */
const POLL_INTERVAL_MS = 2000;
const MAX_POLLS = 30;

interface IForecastOptions {
  card: ICard;
  manager: IFaasManager;
  notebook: INotebookFunctions | null;
  /** Whether the server is reachable. */
  server: boolean;
  keep: (forecast: IForecast) => void;
}

/**
 * Fetch a missing forecast from the kernel that packaged the function, or else from the server.
 * Return whether the forecast may still arrive.
 */
export function useForecast(options: IForecastOptions): boolean {
  const { card, manager, notebook, server, keep } = options;
  const wanted = card.forecast.state === 'measuring';
  const link = notebook?.link.state;
  const kernel = link === 'connected' || link === 'connecting';
  const [gone, setGone] = useState(false);

  useEffect(() => {
    if (!wanted || gone) {
      return;
    }
    if (kernel && notebook !== null) {
      const source = notebook.link;
      const measured = (_: unknown, event: { package: string; forecast: IForecast }) => {
        if (event.package === card.package && event.forecast.state !== 'measuring') {
          keep(event.forecast);
        }
      };
      source.forecastMeasured.connect(measured);
      if (link === 'connected') {
        source.askForecast(card.package);
      }
      return () => {
        source.forecastMeasured.disconnect(measured);
      };
    }
    return server ? pollServer(card, manager, keep, () => setGone(true)) : undefined;
  }, [wanted, gone, kernel, link, server, card.package]);

  return wanted && !gone && (kernel || server);
}

function pollServer(
  card: ICard,
  manager: IFaasManager,
  keep: (forecast: IForecast) => void,
  giveUp: () => void
): () => void {
  let tries = 0;
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const ask = async () => {
    tries += 1;
    try {
      // The card's forecast is for the card's target, and the notebook may use another one by now.
      const known = manager.targetOf(card.target.name) !== null;
      const api = known ? manager.api.at(card.target.name) : manager.api;
      const forecast = await api.forecast(card.package);
      if (stopped) {
        return;
      }
      if (forecast.state !== 'measuring') {
        keep(forecast);
      } else if (tries < MAX_POLLS) {
        timer = setTimeout(() => void ask(), POLL_INTERVAL_MS);
      } else {
        giveUp();
      }
    } catch {
      // The server may not have the package. The card then says that the function was not measured.
      giveUp();
    }
  };
  void ask();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

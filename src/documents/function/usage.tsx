import React from 'react';

import type { ISnippet, IUsage } from '../../api/page';
import { IconButton } from '../../components/button';
import { Icon } from '../../components/icon';
import { Message } from '../../components/message';
import { PythonCode } from '../../components/python';
import { Tabs } from '../../components/tabs';
import { COPIED_WITHOUT_KEY } from '../../format/curl';
import type { IPageProps } from './props';

/** The ids of snippets that do not need the shell setup. */
const NO_SETUP_NEEDED = new Set(['notebook', 'web']);

/** The section with snippets that call the function from other languages and tools. */
export function UsageSection({ model, actions }: IPageProps): React.ReactElement | null {
  const { state, value, message, hint } = model.usage;
  const failed = state === 'failed' && model.page.state !== 'failed';
  if (!value && state !== 'loading' && !failed) {
    return null;
  }
  return (
    <section aria-label="How to call it" aria-busy={state === 'loading'}>
      <h2 className="jp-FaasPage-heading">How to call it</h2>
      {/** The error of the page itself is shown at its top. */}
      {failed && (
        <Message tone="error" title={message}>
          {hint && <p>{hint}</p>}
        </Message>
      )}
      {value && (
        <Snippets
          usage={value}
          chosen={model.snippet}
          onChoose={id => (model.snippet = id)}
          copy={actions.copy}
        />
      )}
      {state === 'loading' && !value && <p className="jp-Faas-secondary">Loading…</p>}
    </section>
  );
}

interface ISnippetsProps {
  usage: IUsage;
  chosen: string;
  onChoose: (id: string) => void;
  copy: (text: string, words: string) => void;
}

function Snippets({ usage, chosen, onChoose, copy }: ISnippetsProps): React.ReactElement | null {
  const { snippets, setup, params_from } = usage;
  const shown = snippets.find(one => one.id === chosen) ?? snippets[0];
  if (!shown) {
    return null;
  }
  const tabs = snippets.map(({ id, label }) => ({ name: id, label }));
  return (
    <div className="jp-FaasPage-snippets">
      <Tabs tabs={tabs} chosen={shown.id} onChoose={onChoose} label="Language">
        {setup && !NO_SETUP_NEEDED.has(shown.id) && (
          <>
            <p className="jp-Faas-secondary jp-Faas-small">Run this once in each new shell:</p>
            <Code text={setup} label="Copy the setup" onCopy={() => copy(setup, 'Copied')} />
          </>
        )}
        <Code
          text={shown.code}
          language={shown.language}
          label={`Copy the ${shown.label} snippet`}
          onCopy={() => copy(shown.code, COPIED_WITHOUT_KEY)}
        />
        <p className="jp-Faas-secondary jp-Faas-small">{notes(shown, params_from)}</p>
      </Tabs>
    </div>
  );
}

function notes({ note }: ISnippet, from: IUsage['params_from']): string {
  const madeUp = from === 'schema' ? 'Replace the example values with your own.' : '';
  return [note, madeUp].filter(Boolean).join(' ');
}

interface ICodeProps {
  text: string;
  language?: string;
  label: string;
  onCopy: () => void;
}

function Code({ text, language, label, onCopy }: ICodeProps): React.ReactElement {
  return (
    <div className="jp-FaasPage-code">
      <pre>{language === 'python' ? <PythonCode text={text} /> : text}</pre>
      <IconButton label={label} title="Copy" onClick={onCopy}>
        <Icon name="copy" />
      </IconButton>
    </div>
  );
}

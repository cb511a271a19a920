import React, { useId, useRef, useState } from 'react';

import type { ISchema, JsonObject } from '../../api/values';
import { Button } from '../button';
import {
  formFields,
  parseJsonObject,
  parseTexts,
  fieldTexts,
  type IField,
  type Texts
} from './formfields';

/** The content of a form. It is owned by the parent, so that it survives a redraw. */
export interface IFormState {
  texts: Texts;
  json: string;
  asJson: boolean;
}

export const EMPTY_FORM: IFormState = { texts: {}, json: '{}', asJson: false };

/** Return a form filled with these parameters. */
export function prefilledForm(schema: ISchema | null, params: JsonObject): IFormState {
  const fields = formFields(schema);
  const texts = fields && fieldTexts(fields, params);
  return { texts: texts ?? {}, json: JSON.stringify(params, null, 2), asJson: texts === null };
}

interface IInvokeFormProps {
  name: string;
  schema: ISchema | null;
  initial?: IFormState;
  onEdited?: (state: IFormState) => void;
  busy: boolean;
  /** Whether the button is not filled, because another button of the card is. */
  plain?: boolean;
  onInvoke: (params: JsonObject) => void;
}

/**
 * A form for the parameters of a function, with one field per parameter or a single field for a
 * JSON object.
 */
export function InvokeForm(props: IInvokeFormProps): React.ReactElement {
  const { name, schema, initial, onEdited, busy, plain, onInvoke } = props;
  const [state, setState] = useState<IFormState>(initial ?? EMPTY_FORM);
  const [problems, setProblems] = useState<Texts>({});
  const jsonOfTexts = useRef<string | null>(null);
  const fields = formFields(schema);
  const asJson = fields === null || state.asJson;

  const edit = (change: Partial<IFormState>) => {
    const next = { ...state, ...change };
    setState(next);
    onEdited?.(next);
  };

  const submit = (event: React.SyntheticEvent) => {
    event.preventDefault();
    event.stopPropagation();
    if (busy) {
      return;
    }
    if (asJson) {
      const read = parseJsonObject(state.json);
      setProblems('problem' in read ? { '': read.problem } : {});
      if ('params' in read) {
        onInvoke(read.params);
      }
      return;
    }
    const read = parseTexts(fields, state.texts);
    setProblems('problems' in read ? read.problems : {});
    if ('params' in read) {
      onInvoke(read.params);
    }
  };

  // The browser does not submit the form by itself, because a notebook intercepts Enter.
  const onKeyDown = (event: React.KeyboardEvent) => {
    const field = (event.target as Element).tagName;
    const meant = field === 'INPUT' || (field === 'TEXTAREA' && (event.ctrlKey || event.metaKey));
    if (event.key === 'Enter' && meant) {
      submit(event);
    } else if (event.key !== 'Escape' && !event.ctrlKey && !event.metaKey && !event.altKey) {
      // Typed letters must not trigger shortcuts of the notebook. Shortcuts with Ctrl still work.
      event.stopPropagation();
    }
  };

  const swap = () => {
    setProblems({});
    if (!asJson) {
      const read = parseTexts(fields, state.texts);
      const json = 'params' in read ? JSON.stringify(read.params, null, 2) : state.json;
      jsonOfTexts.current = json;
      edit({ asJson: true, json });
      return;
    }
    // Texts that were not edited as JSON are kept as they are, because they may be invalid.
    if (state.json === jsonOfTexts.current) {
      edit({ asJson: false });
      return;
    }
    const read = parseJsonObject(state.json);
    if ('problem' in read) {
      setProblems({ '': read.problem });
      return;
    }
    const texts = fieldTexts(fields ?? [], read.params);
    if (texts === null) {
      const names = Object.keys(read.params).filter(key => !fields?.some(one => one.name === key));
      setProblems({ '': `The form has no field for ${names.join(', ')}.` });
    } else {
      edit({ asJson: false, texts });
    }
  };

  return (
    <form
      className="jp-FaasForm"
      aria-label={`Parameters of ${name}`}
      noValidate
      onSubmit={submit}
      onKeyDown={onKeyDown}
    >
      {asJson ? (
        <JsonField text={state.json} problem={problems['']} onChange={json => edit({ json })} />
      ) : (
        fields.map(field => (
          <Field
            key={field.name}
            field={field}
            text={state.texts[field.name] ?? ''}
            problem={problems[field.name]}
            onChange={text => edit({ texts: { ...state.texts, [field.name]: text } })}
          />
        ))
      )}
      <div className="jp-FaasForm-actions">
        <button
          type="submit"
          className={`jp-FaasButton${plain ? '' : ' jp-mod-primary'}`}
          // `disabled` would move the focus away.
          aria-disabled={busy}
          aria-label={`Invoke ${name}`}
        >
          {busy ? 'Invoking…' : 'Invoke'}
        </button>
        {fields !== null && fields.length > 0 && (
          <Button onClick={swap}>{asJson ? 'Edit as fields' : 'Edit as JSON'}</Button>
        )}
      </div>
    </form>
  );
}

interface IFieldProps {
  field: IField;
  text: string;
  problem: string | undefined;
  onChange: (text: string) => void;
}

function Field({ field, text, problem, onChange }: IFieldProps): React.ReactElement {
  const id = useId();
  const shared = {
    id,
    value: text,
    'aria-invalid': problem !== undefined,
    'aria-describedby': `${id}-note`,
    'aria-required': field.required,
    onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLSelectElement>) =>
      onChange(event.target.value)
  };
  const options =
    field.kind === 'boolean'
      ? [
          ['true', 'True'],
          ['false', 'False']
        ]
      : field.choices.map((choice, index) => [
          String(index),
          typeof choice === 'string' ? choice : JSON.stringify(choice)
        ]);
  return (
    <>
      <label
        htmlFor={id}
        className="jp-FaasForm-label"
        title={field.description ? `${field.name}: ${field.description}` : field.name}
      >
        {field.name}
      </label>
      {field.kind === 'boolean' || field.kind === 'choice' ? (
        <select {...shared} className="jp-FaasForm-field" data-lm-suppress-shortcuts="true">
          <option value="">{field.placeholder}</option>
          {options.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          className="jp-FaasForm-field"
          type="text"
          placeholder={field.placeholder}
          inputMode={field.kind === 'number' || field.kind === 'integer' ? 'decimal' : undefined}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      <span id={`${id}-note`} className={problem ? 'jp-FaasForm-problem' : 'jp-FaasForm-note'}>
        {problem ?? (field.required ? field.typeName : `${field.typeName}, optional`)}
      </span>
    </>
  );
}

interface IJsonFieldProps {
  text: string;
  problem: string | undefined;
  onChange: (text: string) => void;
}

function JsonField({ text, problem, onChange }: IJsonFieldProps): React.ReactElement {
  const id = useId();
  return (
    <div className="jp-FaasForm-json">
      <textarea
        className="jp-FaasForm-field"
        aria-label="Parameters as JSON"
        aria-invalid={problem !== undefined}
        aria-describedby={`${id}-note`}
        rows={Math.min(12, Math.max(3, text.split('\n').length))}
        value={text}
        spellCheck={false}
        onChange={event => onChange(event.target.value)}
      />
      <span id={`${id}-note`} className={problem ? 'jp-FaasForm-problem' : 'jp-FaasForm-note'}>
        {problem ?? 'The parameters as a JSON object'}
      </span>
    </div>
  );
}

import { Dialog } from '@jupyterlab/apputils';
import { ReactWidget } from '@jupyterlab/ui-components';
import React, { useId, useState } from 'react';

import type { IProfile, KeySource, NewTarget } from '../api/targets';
import { Disclosure } from '../components/disclosure';
import { asSentence, hostOf } from '../format/format';

/** An error about a field, or about none of them if `field` is missing. */
export interface IFormProblem {
  field?: string;
  message: string;
  hint: string;
  /** Whether only the test of the target failed, so that it can be added in spite of that. */
  untested?: boolean;
}

export interface ITargetQuestion {
  profiles: readonly IProfile[];
  /** The initial content of the fields. */
  values: NewTarget;
  problem?: IFormProblem;
}

export interface ITargetAnswer {
  values: NewTarget;
  /** Whether to add the target although it does not answer. */
  force: boolean;
}

/** Return the content of an empty form. */
export function emptyTarget(profiles: readonly IProfile[]): NewTarget {
  const profile = profiles.find(one => one.keeps_key) ?? profiles[0];
  const source = profile?.keeps_key ? 'tool' : 'typed';
  return {
    name: '',
    profile: profile?.name ?? '',
    source,
    apihost: '',
    variable: '',
    key: '',
    account: '',
    namespace: '',
    ca: '',
    model_store: '',
    model_store_url: ''
  };
}

/** Ask for a new target. Resolves with undefined if the user cancels. */
export async function askForTarget(question: ITargetQuestion): Promise<ITargetAnswer | undefined> {
  const body = new AddTargetBody(question);
  // This button does not accept the dialog, so that it does not look like the main one.
  const anyway = Dialog.createButton({ label: 'Add anyway', accept: false });
  const dialog = new Dialog<NewTarget>({
    title: 'Add a target',
    body,
    buttons: [
      Dialog.cancelButton(),
      ...(question.problem?.untested ? [anyway] : []),
      Dialog.okButton({ label: 'Add target' })
    ],
    focusNodeSelector: question.problem?.field ? '[aria-invalid="true"]' : 'input'
  });
  dialog.addClass('jp-FaasAddTarget');
  const { button } = await dialog.launch();
  const force = button.label === anyway.label;
  return button.accept || force ? { values: body.getValue(), force } : undefined;
}

class AddTargetBody extends ReactWidget implements Dialog.IBodyWidget<NewTarget> {
  constructor(private readonly _question: ITargetQuestion) {
    super();
    this.addClass('jp-Faas');
    this._values = _question.values;
  }

  getValue(): NewTarget {
    return this._values;
  }

  protected override render(): React.ReactElement {
    return <AddTargetForm {...this._question} onEdited={values => (this._values = values)} />;
  }

  private _values: NewTarget;
}

interface IFormProps extends ITargetQuestion {
  onEdited: (values: NewTarget) => void;
}

/** The settings that most targets do not need. */
const ADVANCED = ['namespace', 'ca', 'model_store', 'model_store_url'] as const;

/** The fields of a new target, with the error beside the field that it is about. */
export function AddTargetForm(props: IFormProps): React.ReactElement {
  const { profiles, problem, onEdited } = props;
  const [values, setValues] = useState(props.values);
  const edit = (changed: Partial<NewTarget>) => {
    const next = { ...values, ...changed };
    setValues(next);
    onEdited(next);
  };
  const profile = profiles.find(one => one.name === values.profile);
  const text = (field: keyof NewTarget, label: string, placeholder: string, note = '') => (
    <Field label={label} note={note} problem={problem?.field === field ? problem : undefined}>
      {shared => (
        <input
          {...shared}
          // A password field does not show the key, and no browser offers to store it.
          type={field === 'key' ? 'password' : 'text'}
          autoComplete={field === 'key' ? 'new-password' : 'off'}
          spellCheck={false}
          placeholder={placeholder}
          value={values[field]}
          onChange={event => edit({ [field]: event.target.value })}
        />
      )}
    </Field>
  );
  const elsewhere = problem !== undefined && !Object.hasOwn(values, problem.field ?? '');
  const accounts = values.source === 'tool' ? (profile?.accounts ?? []) : [];
  return (
    <div className="jp-FaasAddTarget-form">
      {elsewhere && <Problem problem={problem} />}
      {text('name', 'Name', 'lab')}
      <Field label="Type of host" problem={problem?.field === 'profile' ? problem : undefined}>
        {shared => (
          <select
            {...shared}
            value={values.profile}
            onChange={event => edit({ profile: event.target.value, account: '' })}
          >
            {profiles.map(one => (
              <option key={one.name} value={one.name}>
                {one.title}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field
        label="Key"
        note={sourceNote(values.source, profile)}
        problem={problem?.field === 'source' ? problem : undefined}
      >
        {shared => (
          <select
            {...shared}
            value={values.source}
            onChange={event => edit({ source: event.target.value as KeySource })}
          >
            <option value="tool">Use the login of {profile?.tool ?? 'the host’s tool'}</option>
            <option value="variable">Use an environment variable</option>
            <option value="typed">Enter the key here</option>
          </select>
        )}
      </Field>
      {accounts.length > 0 && (
        <Field label="Account" problem={problem?.field === 'account' ? problem : undefined}>
          {shared => (
            <select
              {...shared}
              value={values.account}
              onChange={event => edit({ account: event.target.value })}
            >
              <option value="">Choose an account</option>
              {accounts.map(one => (
                <option key={one.id} value={one.id}>
                  {`${one.namespace} on ${hostOf(one.apihost)}`}
                </option>
              ))}
            </select>
          )}
        </Field>
      )}
      {values.source !== 'tool' && text('apihost', 'API host', 'https://openwhisk.example.com')}
      {values.source === 'variable' &&
        text(
          'variable',
          'Variable',
          'CLOUD_AUTH',
          'In the environment of the Jupyter server, set this variable to the key.'
        )}
      {values.source === 'typed' && text('key', 'API key', 'uuid:key')}
      <Disclosure summary="Advanced" open={ADVANCED.some(one => values[one] !== '')}>
        <div className="jp-FaasAddTarget-form">
          {text('namespace', 'Namespace', 'The namespace of the key')}
          {text(
            'ca',
            'CA certificate',
            '/etc/ssl/lab.pem',
            'A PEM file on the Jupyter server. Required if a private CA signed the host’s certificate.'
          )}
          {text(
            'model_store',
            'Model store',
            's3://bucket/models',
            'Where models that are too large for a package are stored.'
          )}
          {text(
            'model_store_url',
            'Model store URL',
            'https://models.example.com',
            'The URL from which actions read models. If it is empty, actions use signed URLs.'
          )}
        </div>
      </Disclosure>
    </div>
  );
}

function sourceNote(source: KeySource, profile: IProfile | undefined): string {
  switch (source) {
    case 'tool':
      if (profile === undefined) {
        return '';
      }
      return profile.keeps_key
        ? `The key stays in the file that ${profile.tool} wrote. A new login takes effect immediately.`
        : `${profile.tool} has no key on the Jupyter server. Log in there first: ${profile.login}`;
    case 'variable':
      return 'Only the name of the variable is stored.';
    case 'typed':
      return 'The key is stored on the Jupyter server, in a file that only you can read.';
  }
}

interface IFieldProps {
  label: string;
  note?: string;
  problem: IFormProblem | undefined;
  children: (shared: IShared) => React.ReactElement;
}

interface IShared {
  id: string;
  className: string;
  'aria-invalid': boolean;
  'aria-describedby': string;
}

function Field({ label, note, problem, children }: IFieldProps): React.ReactElement {
  const id = useId();
  return (
    <div className="jp-FaasAddTarget-field">
      <label htmlFor={id}>{label}</label>
      {children({
        id,
        className: 'jp-FaasForm-field',
        'aria-invalid': problem !== undefined,
        'aria-describedby': `${id}-note`
      })}
      <div id={`${id}-note`}>
        {problem !== undefined && <Problem problem={problem} />}
        {note && <p className="jp-FaasForm-note">{note}</p>}
      </div>
    </div>
  );
}

function Problem({ problem }: { problem: IFormProblem }): React.ReactElement {
  return (
    <div className="jp-FaasForm-problem" role="alert">
      <p>{asSentence(problem.message)}</p>
      {problem.hint && <p>{problem.hint}</p>}
    </div>
  );
}

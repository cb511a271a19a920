// The worker of a Node.js action: `node node_worker.js FORM MAIN` in the folder with the code.
//
// It speaks ActionLoop (contract §5.2, §5.4): each line of JSON on REQUESTS is a request; its reply
// is a line on REPLY. Standard output and error are the logs. `{"ok":true}` is written to REPLY once
// the code is loaded. FORM is `text` for code in one file, `archive` for an unpacked archive. Uses no
// packages; Node.js 18 or newer. launcher.py starts it, sets its limits and opens these two pipes.
// node_runtime.js calls the action.
'use strict';

const fs = require('node:fs');
const Module = require('node:module');
const net = require('node:net');
const path = require('node:path');
const { format } = require('node:util');

const { createRuntime } = require('./node_runtime.js');

const REQUESTS = 14;
const REPLY = 15;

const TEXT_FILE = '__main__.js';

// Prefix of a reply that stands for a status other than 200. Not JSON, so no result equals it.
const FAILED = '!failed ';
// Prefix of a reply after the action has replaced functions of JSON, which OpenWhisk's runtime uses.
const OWN_JSON = '!own-json ';
const MAX_ERROR_LENGTH = 65536;

// The W3C trace context, whose environment variables have the names of its headers.
const TRACE = ['traceparent', 'tracestate'];

const NO_ENTRY = 'Zipped actions must contain either package.json or index.js at the root.';
const NOT_AN_OBJECT = 'The action did not return a dictionary.';
const NOT_WRITABLE = 'Internal error.';

// Kept here because an action may replace these global objects.
const { parse, stringify } = JSON;
const { writeSync } = fs;

function answer(text) {
  const prefix = JSON.stringify === stringify && JSON.parse === parse ? '' : OWN_JSON;
  let data = Buffer.from(`${prefix}${text}\n`);
  while (data.length > 0) {
    data = data.subarray(writeSync(REPLY, data));
  }
}

function shown(error) {
  try {
    return String(error).slice(0, MAX_ERROR_LENGTH);
  } catch {
    return 'an error that cannot be shown';
  }
}

/** Write a message and values to standard error, for the logs, as `console.error` does. */
function report(...values) {
  let text;
  try {
    text = format(...values);
  } catch {
    text = shown(values[values.length - 1]);
  }
  process.stderr.write(`${text}\n`);
}

// Loading

function load(runtime, form, main) {
  let handler;
  if (form === 'text') {
    const code = fs.readFileSync(path.resolve(TEXT_FILE), 'utf8');
    handler = runtime.init({ code, main });
  } else {
    handler = loadArchive(main);
    runtime.use(handler);
  }
  if (typeof handler !== 'function') {
    throw `Action entrypoint '${main}' is not a function.`;
  }
}

/** `main` is a function of the package, or `module.function`. */
function loadArchive(main) {
  const dot = main.lastIndexOf('.');
  const name = main.slice(dot + 1);
  if (dot < 0 && !fs.existsSync('package.json') && !fs.existsSync('index.js')) {
    throw NO_ENTRY;
  }
  const target = dot < 0 ? process.cwd() : path.resolve(main.slice(0, dot));
  return property(Module.createRequire(path.resolve('index.js'))(target), name);
}

function property(value, name) {
  return value === null || value === undefined ? undefined : value[name];
}

// Running

async function run(runtime, line) {
  const { value = {}, ...context } = parse(line);
  // The trace context of the last run must not be that of this one.
  for (const key of TRACE) {
    delete process.env[key];
  }
  for (const [key, text] of Object.entries(context)) {
    process.env[TRACE.includes(key) ? key : `__OW_${key.toUpperCase()}`] = text;
  }
  try {
    return success(await runtime.run(value));
  } catch (error) {
    report(error);
    return failure(`An error has occurred: ${shown(error)}`);
  }
}

/** Await what an action returned. A rejection becomes a result with an error. */
async function finish(pending) {
  try {
    const result = await pending;
    return result === undefined ? {} : result;
  } catch (error) {
    return { error: error ? serialized(error, new Set()) : {} };
  }
}

function success(result) {
  if (typeof result !== 'object') {
    report(`Result must be of type object but has type "${typeof result}":`, result);
    return failure(NOT_AN_OBJECT);
  }
  try {
    return stringify(result) ?? '';
  } catch {
    return failure(NOT_WRITABLE);
  }
}

function failure(message) {
  return FAILED + stringify({ error: message });
}

/** Convert a thrown value to JSON, with the message, name and stack of an error. */
function serialized(value, above) {
  if (typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function') {
    return typeof value === 'function' ? `[Function: ${value.name || 'anonymous'}]` : String(value);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (Buffer.isBuffer(value)) {
    return '[object Buffer]';
  }
  if (typeof value.toJSON === 'function') {
    return value.toJSON();
  }
  const inside = new Set(above).add(value);
  const found = Array.isArray(value) ? [] : {};
  for (const [key, each] of Object.entries(value)) {
    if (typeof each !== 'function') {
      found[key] = inside.has(each) ? '[Circular]' : serialized(each, inside);
    }
  }
  for (const key of ['name', 'message', 'stack', 'code']) {
    if (typeof value[key] === 'string') {
      found[key] = value[key];
    }
  }
  return found;
}

// The request loop

function serve(runtime) {
  const requests = new net.Socket({ fd: REQUESTS, readable: true, writable: false });
  let parts = [];
  requests.on('data', data => {
    // There is one request at a time: the playground sends the next after the reply.
    if (data[data.length - 1] !== 10) {
      parts.push(data);
      return;
    }
    const line = Buffer.concat([...parts, data]).toString();
    parts = [];
    void run(runtime, line).then(answer);
  });
  requests.on('end', () => process.exit(0));
}

function main([form, name]) {
  process.argv.length = 1;
  // Blocking, so that logs are written before the reply and before the process exits.
  for (const stream of [process.stdout, process.stderr]) {
    stream._handle?.setBlocking?.(true);
  }
  // V8 aborts when its heap is full, and the launcher reports an abort as memory exhausted. So an
  // abort by the action must exit in another way.
  process.abort = () => process.reallyExit(134);
  const runtime = createRuntime(finish);
  try {
    load(runtime, form, name);
  } catch (error) {
    report('Error during initialization:', error);
    const text = typeof error === 'string' ? error : error?.stack ? String(error.stack) : shown(error);
    answer(stringify({ error: `Initialization has failed due to: ${text}` }));
    process.exit(1);
  }
  answer('{"ok":true}');
  serve(runtime);
}

main(process.argv.slice(2));

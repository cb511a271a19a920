// The frames of OpenWhisk's Node.js runtime (contract §5.4).
//
// The stack of an action's error ends with the frames of the code that called the action. It is part
// of results, error messages and logs, so the same frames are below an action here. For that purpose
// scripts with the names of OpenWhisk's files are compiled, whose calls are at the same places. They
// only call each other: what the runtime does is in node_worker.js. Node.js 18 or newer.
'use strict';

const Module = require('node:module');

const EXPRESS = '/node_modules/express/lib/router';
const RUNTIME = '/nodejsAction';

/** Put pieces of code, given as `[line, column, text]` and in order, at their places in a text. */
function placed(pieces) {
  const lines = [];
  for (const [line, column, text] of pieces) {
    while (lines.length < line) {
      lines.push('');
    }
    lines[line - 1] = lines[line - 1].padEnd(column - 1) + text;
  }
  return lines.join('\n');
}

/** Compile a script under a name, and return its module. */
function compiled(file, parent, pieces) {
  const module = new Module(file, parent);
  module.filename = file;
  module.paths = Module._nodeModulePaths(process.cwd());
  module._compile(placed(pieces), file);
  return module;
}

const LAYER = [
  [90, 1, 'function Layer(fn) { this.handle = fn; }'],
  [91, 1, 'module.exports = Layer;'],
  [94, 1, 'Layer.prototype.handle_request = function handle(req) { const fn = this.handle, reply ='],
  [95, 5, 'fn(req); return reply; };']
];

const ROUTE = [
  [98, 1, 'function Route(layer) { this.layer = layer; }'],
  [99, 1, 'module.exports = Route;'],
  [118, 1, 'Route.prototype.dispatch = function dispatch(req) { const layer = this.layer, reply ='],
  [119, 3, 'next(); return reply;'],
  [148, 1, 'function next() { const reply ='],
  [149, 7, 'layer.handle_request(req); return reply; } };']
];

const ROUTER = [
  [280, 1, 'function router(layer, req) { return router.process_params(function () { const reply ='],
  [284, 9, 'layer.handle_request(req); return reply; }); }'],
  [300, 1, 'module.exports = router;'],
  [340, 1, 'router.process_params = function process_params(done) {'],
  [346, 5, 'return'],
  [346, 12, 'done(); };']
];

const PLATFORM = [
  [124, 1, 'module.exports = handler => req => { const reply ='],
  [125, 17, 'handler(req); return reply; };']
];

const SERVICE = [
  [90, 1, 'let runtime, runner;'],
  [91, 1, 'module.exports = { initCode, runCode, use(found) { runtime = found; } };'],
  [92, 1, 'function initCode(message) {'],
  [93, 17, 'return'],
  [93, 24, 'doInit(message); }'],
  [140, 1, 'function runCode(args) {'],
  [141, 13, 'return'],
  [141, 20, 'doRun(args); }'],
  [172, 1, 'function doInit(message) { const { initializeActionHandler, NodeActionRunner } = runtime;'],
  [173, 1, 'const handler ='],
  [174, 16, 'initializeActionHandler(message); runner = new NodeActionRunner(handler); return handler; }'],
  [195, 1, 'function doRun(args) { const result ='],
  [196, 7, 'runner.run(args); return result; }']
];

// The code of an action is evaluated in this scope, and sees what is declared here.
const RUNNER = [
  [23, 1, "const fs = require('fs');"],
  [24, 1, "const path = require('path');"],
  [78, 1, 'function initializeActionHandler(message) { const handler ='],
  [79, 23, 'eval('],
  [80, 11, '`(function(){'],
  [81, 16, '${message.code}'],
  [82, 16, 'try {'],
  [83, 18, 'return ${message.main}'],
  [84, 16, '} catch (error) {'],
  [85, 18, "if (error.name === 'ReferenceError') {"],
  [86, 21, 'return module.exports.${message.main}'],
  [86, 59, '|| exports.${message.main}'],
  [87, 18, '} else throw error'],
  [88, 16, '}'],
  [89, 12, '})()`); return handler; }'],
  [95, 1, 'class NodeActionRunner {'],
  [96, 5, 'constructor(handler) { this.userScriptMain = handler; }'],
  [102, 5, 'run(args) {'],
  [103, 9, 'return'],
  [103, 16, 'new Promise((resolve, reject) => {'],
  [104, 13, 'try {'],
  [105, 17, 'var result ='],
  [105, 30, 'this.userScriptMain(args);'],
  [106, 13, '} catch (error) { reject(error); return; }'],
  [107, 13, 'resolve(NodeActionRunner.finish(result)); }); } }'],
  [120, 1, 'module.exports = { NodeActionRunner, initializeActionHandler };']
];

/**
 * Return the runtime of one action.
 *
 * `init({ code, main })` evaluates the code, and returns `main`, which may be anything. `use(handler)`
 * takes the handler of an archive instead. `run(args)` returns a promise, which is rejected with what
 * the handler throws at once, and otherwise has the value of `finish(result)`.
 */
function createRuntime(finish) {
  const app = new Module(`${RUNTIME}/app.js`, null);
  app.filename = app.id;
  const service = compiled(`${RUNTIME}/src/service.js`, app, SERVICE);
  const runner = compiled(`${RUNTIME}/runner.js`, service, RUNNER).exports;
  const platform = compiled(`${RUNTIME}/platform/platform.js`, app, PLATFORM).exports;
  const Layer = compiled(`${EXPRESS}/layer.js`, null, LAYER).exports;
  const Route = compiled(`${EXPRESS}/route.js`, null, ROUTE).exports;
  const router = compiled(`${EXPRESS}/index.js`, null, ROUTER).exports;
  const { NodeActionRunner } = runner;
  NodeActionRunner.finish = finish;
  service.exports.use(runner);

  /** Return a function that calls `handler` as the router of the server does. */
  function routed(handler) {
    const route = new Route(new Layer(platform(handler)));
    const layer = new Layer(route.dispatch.bind(route));
    return request => router(layer, request);
  }

  return {
    init: routed(service.exports.initCode),
    run: routed(service.exports.runCode),
    use(handler) {
      service.exports.use({ ...runner, initializeActionHandler: () => handler });
      service.exports.initCode();
    }
  };
}

module.exports = { createRuntime };

/** The arguments of commands, for tools that call them. */

export const NOTHING = { args: { type: 'object', properties: {} } } as const;

export const ONE_FUNCTION = {
  args: {
    type: 'object',
    properties: {
      name: {
        type: 'string',
        description: 'The function. Without it: that of the active cell, or the user is asked.'
      }
    }
  }
} as const;

export const KEEP_WARM = {
  args: {
    type: 'object',
    properties: {
      ...ONE_FUNCTION.args.properties,
      prices: { type: 'string', description: 'The price list to tell its price by.' },
      since: { type: 'number', description: 'Of which calls, ms since 1970: the last 30 days.' }
    }
  }
} as const;

export const ONE_RULE = {
  args: {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'The function.' },
      rule: {
        type: 'string',
        description: 'The rule that runs it. Without both the user is asked.'
      }
    }
  }
} as const;

export const ONE_GRAPH = {
  args: {
    type: 'object',
    properties: {
      ...ONE_FUNCTION.args.properties,
      graph: {
        type: 'object',
        description: 'Its syntax tree, for one that neither the target nor an open notebook has.'
      }
    }
  }
} as const;

export const ROLLBACK = {
  args: {
    type: 'object',
    properties: {
      ...ONE_FUNCTION.args.properties,
      to: {
        type: 'string',
        description: 'The version, or the beginning of a sha256. Without it: the one before.'
      }
    }
  }
} as const;

export const ONE_ACTIVATION = {
  args: {
    type: 'object',
    properties: {
      id: { type: 'string', description: 'The activation. Without it the user is asked.' },
      tab: { type: 'string', description: 'The view to begin with, as in "logs".' }
    }
  }
} as const;

export const ONE_RUN = {
  args: {
    type: 'object',
    properties: {
      id: { type: 'string', description: 'The activation.' },
      name: { type: 'string', description: 'The function that ran.' }
    }
  }
} as const;

export const ONE_TARGET = {
  args: {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'The target. Without it the user is asked.' }
    }
  }
} as const;

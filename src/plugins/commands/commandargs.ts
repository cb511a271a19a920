/** JSON schemas of command arguments, for `describedBy`. */

export const NO_ARGS = { args: { type: 'object', properties: {} } } as const;

export const FUNCTION_ARGS = {
  args: {
    type: 'object',
    properties: {
      name: {
        type: 'string',
        description: 'The function. Default: the function of the active cell, or the user is asked.'
      }
    }
  }
} as const;

export const INVOKE_ARGS = {
  args: {
    type: 'object',
    properties: {
      ...FUNCTION_ARGS.args.properties,
      params: { type: 'object', description: 'The initial parameters of the form.' }
    }
  }
} as const;

export const KEEP_WARM_ARGS = {
  args: {
    type: 'object',
    properties: {
      ...FUNCTION_ARGS.args.properties,
      prices: { type: 'string', description: 'The price list to use.' },
      since: {
        type: 'number',
        description:
          'The start of the period, in ms since 1970. Default: the start of the last 30 days.'
      }
    }
  }
} as const;

export const RULE_ARGS = {
  args: {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'The function.' },
      rule: {
        type: 'string',
        description: 'The rule that runs the function. If it is missing, the user is asked.'
      }
    }
  }
} as const;

export const GRAPH_ARGS = {
  args: {
    type: 'object',
    properties: {
      ...FUNCTION_ARGS.args.properties,
      graph: {
        type: 'object',
        description:
          'The syntax tree of the composition. Required if neither the target nor an open notebook has it.'
      }
    }
  }
} as const;

export const ROLLBACK_ARGS = {
  args: {
    type: 'object',
    properties: {
      ...FUNCTION_ARGS.args.properties,
      to: {
        type: 'string',
        description:
          'The version, or the beginning of the sha256 of its package. Default: the previous version.'
      }
    }
  }
} as const;

export const ACTIVATION_ARGS = {
  args: {
    type: 'object',
    properties: {
      id: { type: 'string', description: 'The activation. If it is missing, the user is asked.' },
      tab: { type: 'string', description: 'The view to open, such as "logs".' },
      target: {
        type: 'string',
        description: 'The target of the run. Default: the current target.'
      }
    }
  }
} as const;

export const RUN_ARGS = {
  args: {
    type: 'object',
    properties: {
      id: { type: 'string', description: 'The activation.' },
      name: { type: 'string', description: 'The function that ran.' }
    }
  }
} as const;

export const LINE_ARGS = {
  args: {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'The function that ran.' },
      where: { type: 'object', description: 'The line, as in the key "where" of a failure.' }
    }
  }
} as const;

export const ADD_TARGET_ARGS = {
  args: {
    type: 'object',
    properties: { name: { type: 'string', description: 'The name that the form suggests.' } }
  }
} as const;

export const TARGET_ARGS = {
  args: {
    type: 'object',
    properties: {
      name: { type: 'string', description: 'The target. If it is missing, the user is asked.' }
    }
  }
} as const;

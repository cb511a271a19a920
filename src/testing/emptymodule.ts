// This module replaces style sheets in tests.
export {};

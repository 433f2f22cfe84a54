"""Rules for a config that need no import of what it names: defaults, schema, references between sections, shapes of estimators and spaces."""

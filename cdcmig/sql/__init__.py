"""SQL that cdcmig emits: versioned ``.sql`` templates, quoting, and one way to run a script."""
